// Images and networks in the program. Two files implement this header: deep_module.cpp if the program is built with the
// deep module, else deep_module_absent.cpp.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common.hpp"
#include "holdfast/core/observer.hpp"
#include "holdfast/core/option_table.hpp"
#include "holdfast/core/record.hpp"

namespace holdfast::app {

/// The reader of networks in model files; empty without the deep module.
[[nodiscard]] model::EmbeddingReader embedding_reader();

/// Names and summaries of the methods that train networks; empty without the deep module, which
/// deep::find_method then still knows by name.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> network_methods();

/// Whether a folder of images must have one folder per class.
enum class ImageLabels { none, optional, required };

/// A folder of images, a manifest or one image as rows for a model with a network, converted to the size and channels
/// that it takes; nothing if the data are none of these. Warns of images left out.
[[nodiscard]] std::optional<Dataset> read_images_for(const model::Model& model, const DataOptions& data,
                                                     ImageLabels labels);

/// Adds the options of networks; the values given go to `given`. Adds nothing without the deep module.
void add_network_options(CLI::App& command, OptionSet& given);

/// Trains a network and writes the model. `given` may hold options of other methods, which have no effect. Throws
/// InputError that says how to get the deep module if it is absent.
void fit_network(const std::string& method, const DataOptions& data, const OptionSet& given,
                 const std::filesystem::path& out, const CommonOptions& common);

/// The attack of `evaluate --attack linf:0.03` on the images of a model's network, described. `own_rows`: empty, or the
/// reference row that each image is.
[[nodiscard]] Record attack_images(const model::Model& model, const Dataset& data, std::span<const Index> own_rows,
                                   const std::string& threat, Index steps, Index k, std::uint64_t seed,
                                   const Observer& observer);

}  // namespace holdfast::app
