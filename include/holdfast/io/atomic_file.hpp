// Output files that are either whole or not there.
#pragma once

#include <filesystem>
#include <fstream>
#include <ostream>
#include <string_view>

namespace holdfast::io {

/// Writes to a file without a name in the target's folder, which gets the target's name when all has been written.
/// Until `commit()` the target stays as it was, and nothing is left behind however the program ends, killed or not. Two
/// exceptions: a file system without such files (NFS, for example) needs a temporary file with a name, which a kill
/// leaves there; and a kill in the moment in which `commit()` replaces an existing target (two system calls) leaves a
/// complete file named .holdfast-*.tmp, which the next write to the target removes.
class AtomicFile {
 public:
  /// Where the bytes wait for the commit. `named` is what file systems without files without a name get.
  enum class Temporary { unnamed_if_possible, named };

  /// Throws InputError, before any work is lost, if the target's folder is missing or not writable, or if the target is
  /// a folder.
  explicit AtomicFile(std::filesystem::path target, Temporary temporary = Temporary::unnamed_if_possible);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// The stream to write to. Its errors are reported by `commit()`.
  [[nodiscard]] std::ostream& stream() { return stream_; }
  void write(std::string_view bytes);

  /// Flushes to the disk, checks, and puts the file in the target's place. Throws InputError if the disk is full or the
  /// target cannot be replaced; the target is then as it was. To be called once.
  void commit();

 private:
  void discard() noexcept;

  std::filesystem::path target_;     // where the bytes end up: symbolic links are followed
  std::filesystem::path temporary_;  // with a name; empty if there is none, and once committed or removed
  int unnamed_ = -1;                 // descriptor of the file without a name, or -1
  std::ofstream stream_;
};

}  // namespace holdfast::io
