// The program without the deep module.
#include <fmt/format.h>

#include "deep_module.hpp"
#include "holdfast/core/error.hpp"

namespace holdfast::app {

model::EmbeddingReader embedding_reader() { return {}; }

std::vector<std::pair<std::string, std::string>> network_methods() { return {}; }

std::optional<Dataset> read_images_for(const model::Model&, const DataOptions&, ImageLabels) { return std::nullopt; }

void add_network_options(CLI::App&, OptionSet&) {}

void fit_network(const std::string& method, const DataOptions&, const OptionSet&, const std::filesystem::path&,
                 const CommonOptions&) {
  throw InputError(
      fmt::format("fit {}: trains a network, and this program was built without the deep module; install "
                  "LibTorch and OpenCV (scripts/setup --deep) and build it again",
                  method));
}

Record attack_images(const model::Model&, const Dataset&, std::span<const Index>, const std::string&, Index, Index,
                     std::uint64_t, const Observer&) {
  throw InputError("--attack: is for models with a network, and this program was built without the deep module");
}

}  // namespace holdfast::app
