// Output files that are either whole or not there.
#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <span>
#include <string_view>

namespace holdfast::io {

/// Writes to a temporary file beside its target and renames it over the target when all has been written. Until
/// `commit()` the target stays as it was; without it the destructor removes the temporary file.
class AtomicFile {
 public:
  /// Throws InputError, before any work is lost, where the target's folder is missing or not writable, or where the
  /// target is a folder.
  explicit AtomicFile(std::filesystem::path target);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// The stream to write to. Its errors are reported by `commit()`.
  [[nodiscard]] std::ostream& stream() { return stream_; }
  void write(std::span<const std::byte> bytes);
  void write(std::string_view bytes);

  [[nodiscard]] const std::filesystem::path& target() const { return target_; }

  /// Flushes to the disk, checks, renames over the target. Throws InputError where the disk is full or the rename
  /// fails; the target is then as it was. To be called once.
  void commit();

 private:
  void remove_temporary() noexcept;

  std::filesystem::path target_;     // where the bytes end up: symbolic links are followed
  std::filesystem::path temporary_;  // empty once committed or removed
  std::ofstream stream_;
};

}  // namespace holdfast::io
