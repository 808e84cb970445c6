// What the program does with images and networks. Two files implement this header: deep_module.cpp where the program is
// built with the deep module, and deep_module_absent.cpp where it is not.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common.hpp"
#include "holdfast/core/observer.hpp"
#include "holdfast/core/option_value.hpp"

namespace holdfast::app {

/// The reader of networks in model files; empty without the deep module.
[[nodiscard]] model::EmbeddingReader embedding_reader();

/// Names and summaries of the methods that train networks; empty without the deep module.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> network_methods();
/// True for a method that trains a network, also where this program cannot.
[[nodiscard]] bool is_network_method(const std::string& method);

/// Whether a folder of images must have one folder for each class.
enum class ImageLabels { none, where_there, required };

/// A folder of images, or a manifest, as rows for a model with a network, brought to the size and channels that it
/// takes; nothing where `path` is neither. Warns of what was left out.
[[nodiscard]] std::optional<Dataset> read_images_for(const model::Model& model, const std::filesystem::path& path,
                                                     ImageLabels labels, bool skip_bad);

/// The options of `fit` for networks.
class NetworkFit {
 public:
  NetworkFit();
  ~NetworkFit();
  /// Adds them; nothing without the deep module.
  void add_to(CLI::App& command);
  /// Warns of those that have no effect with a method that trains no network.
  void warn_unless_used(const std::string& method) const;
  /// Trains and writes the model. `shared` are the options that other methods have too. Throws InputError that says how
  /// to get the deep module where it is absent.
  void run(const std::string& method, const DataOptions& data, const OptionSet& shared,
           const std::filesystem::path& out, const CommonOptions& common);

 private:
  struct Options;
  std::unique_ptr<Options> options_;
};

/// The attack of `evaluate --attack linf:0.03` on the images of a model's network, printed or as JSON.
[[nodiscard]] Record attack_images(const model::Model& model, const Dataset& data, const std::string& threat,
                                   Index steps, Index k, std::uint64_t seed, const Observer& observer);

}  // namespace holdfast::app
