// The safetensors container: an 8-byte little-endian header length, a JSON header, the tensors' bytes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include "holdfast/core/types.hpp"
#include "holdfast/model/embedding.hpp"

namespace holdfast::io {

/// Named tensors with a metadata map of texts.
class Safetensors {
 public:
  using Tensor = model::StoredTensor;

  std::map<std::string, std::string> metadata;

  void put(const std::string& name, const Matrix& values);
  void put(const std::string& name, const RowVector& values);
  void put(const std::string& name, const std::vector<int>& values);
  void put(const std::string& name, Tensor tensor) { tensors_[name] = std::move(tensor); }

  [[nodiscard]] bool contains(const std::string& name) const { return tensors_.contains(name); }
  /// The tensor of that name and number of dimensions. Throws InputError, with the file's name, if it is missing or of
  /// another type.
  [[nodiscard]] Matrix matrix(const std::string& name) const;
  [[nodiscard]] RowVector row(const std::string& name) const;
  [[nodiscard]] std::vector<int> integers(const std::string& name) const;
  /// All tensors whose names begin with the prefix, by the rest of their names.
  [[nodiscard]] std::map<std::string, Tensor> with_prefix(const std::string& prefix) const;

  void save(const std::filesystem::path& file) const;
  void write(std::ostream& out) const;
  /// Throws InputError for anything but a well-formed file whose tensors lie within it.
  [[nodiscard]] static Safetensors load(const std::filesystem::path& file);
  /// From a stream of `size` bytes; `source` stands for it in messages.
  [[nodiscard]] static Safetensors read(std::istream& in, std::uint64_t size, const std::string& source);

 private:
  [[nodiscard]] const Tensor& find(const std::string& name, Tensor::Type type, std::size_t dimensions) const;

  std::string source_;  // for messages
  std::map<std::string, Tensor> tensors_;
};

}  // namespace holdfast::io
