// All learners by name.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/constraints/supervision.hpp"
#include "holdfast/core/option_table.hpp"
#include "holdfast/learners/fit_result.hpp"
#include "holdfast/model/model.hpp"

namespace holdfast::learners {

/// The alternatives of constraints::Supervision, in their order.
enum class SupervisionKind { labels, pairs, triplets, chunks, quadruplets };
[[nodiscard]] std::string_view name(SupervisionKind kind);

/// One learner.
struct Method {
  std::string_view name;
  std::string_view summary;  ///< one line
  std::vector<SupervisionKind> learns_from = {SupervisionKind::labels};
  model::Task task = model::Task::classification;  ///< what its models predict; regression needs numeric labels
  bool takes_weights = false;                      ///< whether samples can have weights (Labels::weights)
  bool needs_classes = true;                       ///< whether `train` refuses labels that are all the same
  const OptionList* options = nullptr;             ///< never null in the registry
  std::function<Fit(const MatrixView& x, const constraints::Supervision& supervision, const OptionSet& options,
                    const FitContext& context)>
      fit = {};

  [[nodiscard]] bool learns(SupervisionKind kind) const;
};

/// All methods, in the order in which they are listed to users.
[[nodiscard]] std::span<const Method> methods();
/// The method of that name. Throws InputError that lists the names.
[[nodiscard]] const Method& find_method(std::string_view name);
/// The methods that learn from supervision of that kind and have options: all but the baselines.
[[nodiscard]] std::vector<std::string_view> methods_that_learn_from(SupervisionKind kind);
/// Throws InputError for an option that no method has.
void require_known(const OptionSet& options);

/// Throws InputError that lists the supervision of `method`, and the methods for the given kind of supervision.
[[noreturn]] void refuse_supervision(std::string_view method, const constraints::Supervision& given);

}  // namespace holdfast::learners
