// A zip archive in memory, whose entries are sources of bytes.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "io/byte_source.hpp"

struct zip;

namespace holdfast::io {

/// An npz archive: arrays by their names, which are those of the entries without .npy. It is read into memory, so that
/// a pipe and a .gz serve as well as a file.
class ZipArchive {
 public:
  /// Throws InputError if the file cannot be read or is no zip archive.
  explicit ZipArchive(const std::filesystem::path& file);
  ~ZipArchive();
  ZipArchive(const ZipArchive&) = delete;
  ZipArchive& operator=(const ZipArchive&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }
  /// The names of the arrays in the order of the archive.
  [[nodiscard]] const std::vector<std::string>& arrays() const { return arrays_; }
  [[nodiscard]] bool has(std::string_view array) const;
  /// The bytes of an array that the archive has. The archive must outlive the source.
  [[nodiscard]] std::unique_ptr<ByteSource> open(std::string_view array) const;

 private:
  std::string name_;
  std::string bytes_;  // must outlive the archive
  zip* archive_ = nullptr;
  std::vector<std::string> arrays_;
};

}  // namespace holdfast::io
