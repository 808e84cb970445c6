// The program without the deep module.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "deep_module.hpp"
#include "holdfast/core/error.hpp"

namespace holdfast::app {

struct NetworkFit::Options {};
NetworkFit::NetworkFit() = default;
NetworkFit::~NetworkFit() = default;
void NetworkFit::add_to(CLI::App&) {}
void NetworkFit::warn_unless_used(const std::string&) const {}

model::EmbeddingReader embedding_reader() {
  return {};
}

std::vector<std::pair<std::string, std::string>> network_methods() {
  return {};
}

bool is_network_method(const std::string& method) {
  constexpr std::array<std::string_view, 8> names = {"hybrid",       "triplet",        "contrastive",
                                                     "nt-xent",      "soft-neighbour", "multi-similarity",
                                                     "proxy-anchor", "cross-entropy"};
  return std::find(names.begin(), names.end(), method) != names.end();
}

std::optional<Dataset> read_images_for(const model::Model&, const std::filesystem::path&, ImageLabels, bool) {
  return std::nullopt;
}

void NetworkFit::run(const std::string& method, const DataOptions&, const OptionSet&, const std::filesystem::path&,
                     const CommonOptions&) {
  throw InputError(
      fmt::format("fit {}: trains a network, and this program was built without the deep module; install "
                  "LibTorch and OpenCV (scripts/setup --deep) and build it again",
                  method));
}

Record attack_images(const model::Model&, const Dataset&, const std::string&, Index, Index, std::uint64_t,
                     const Observer&) {
  throw InputError("--attack: is for models with a network, and this program was built without the deep module");
}

}  // namespace holdfast::app
