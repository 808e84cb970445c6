#include "deep/fingerprint.hpp"

#include "holdfast/core/parallel.hpp"

namespace holdfast::deep {

Fingerprint fingerprint_of(const ImageSet& images, const TrainingOptions& options) {
  Fingerprint fingerprint = {{"images", images.checksum()},
                             {"seed", std::to_string(options.seed)},
                             {"threads", std::to_string(thread_count())}};
  for (const auto& [name, value] : training_options().fingerprint(options)) fingerprint[name] = text_of(value);
  return fingerprint;
}

}  // namespace holdfast::deep
