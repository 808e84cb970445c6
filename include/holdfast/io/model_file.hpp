// Models on disk: one safetensors file, no code in it.
#pragma once

#include <filesystem>
#include <string>

#include "holdfast/model/model.hpp"

namespace holdfast::io {

/// The version of the format written. Files of a later version are refused with a message that says so.
inline constexpr int model_format_version = 2;

/// Writes the model (docs/model-format.md); the same model gives the same bytes. Throws InputError if the folder is
/// missing or not writable; the target is replaced only once the new file is complete.
void save_model(const std::filesystem::path& file, const model::Model& model);

/// What `save_model` writes, in memory.
[[nodiscard]] std::string model_bytes(const model::Model& model);

/// Reads a model. Every byte is checked before it is used: throws InputError for a file that is missing, truncated, not
/// a model, of a later version, or inconsistent; and for a model with an embedding if there is no reader for it
/// (deep::read_network is one).
[[nodiscard]] model::Model load_model(const std::filesystem::path& file,
                                      const model::EmbeddingReader& read_embedding = nullptr);
/// The model of such bytes, checked likewise.
[[nodiscard]] model::Model model_from_bytes(std::string bytes, const model::EmbeddingReader& read_embedding = nullptr);

}  // namespace holdfast::io
