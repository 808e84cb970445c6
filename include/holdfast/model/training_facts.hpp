// How a model was trained, for `info` and for reproducing it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/core/record.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast::model {

struct TrainingFacts {
  std::string method;                                        ///< such as "lmnn"
  std::vector<std::pair<std::string, std::string>> options;  ///< every option in effect by its library name, as texts
  Index n = 0;                                               ///< training rows
  Index d = 0;                                               ///< columns before preprocessing
  Index n_triplets = 0;
  double objective = 0.0;
  Index iterations = 0;
  bool converged = true;
  std::string reason;  ///< why training ended, in words
  std::uint64_t seed = 0;
  std::string data_checksum;  ///< holdfast::checksum of the training data
  std::string program_version;

  bool operator==(const TrainingFacts&) const = default;
};

/// The facts as a record, in the order of model files.
[[nodiscard]] Record describe(const TrainingFacts& facts);
/// The facts of such a record, which may have other fields too. Throws std::invalid_argument if one is missing or of
/// another type.
[[nodiscard]] TrainingFacts training_facts_of(const Record& record);

}  // namespace holdfast::model
