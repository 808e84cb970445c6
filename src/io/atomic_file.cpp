#include "holdfast/io/atomic_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <random>
#include <system_error>
#include <utility>

#include "holdfast/core/error.hpp"

namespace holdfast::io {
namespace {

namespace fs = std::filesystem;

std::string reason(int error) {
  return std::generic_category().message(error);
}

/// A new, empty file with a name of its own in the folder. Unlike mkstemp's, its permissions follow the umask, as those
/// of any output file should. The name is short and its own, since the target's may already be as long as is allowed.
fs::path create_temporary(const fs::path& folder, const fs::path& target) {
  std::random_device entropy;
  for (int attempt = 0; attempt < 100; ++attempt) {
    fs::path file = folder / fmt::format(".holdfast-{:08x}{:08x}.tmp", entropy(), entropy());
    const int descriptor = ::open(file.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
    if (descriptor >= 0) {
      ::close(descriptor);
      return file;
    }
    if (errno != EEXIST) {
      throw InputError(fmt::format("{}: the folder {} cannot be written to ({}); give a folder where you may write",
                                   target.string(), folder.string(), reason(errno)));
    }
  }
  throw InputError(fmt::format("{}: no temporary file could be made in {}; remove the .holdfast-*.tmp files there",
                               target.string(), folder.string()));
}

/// Waits until the file is on the disk, so that a crash right after the rename cannot leave an empty target.
bool sync(const fs::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  // Some file systems have no such operation; that alone is no failure to write.
  const bool done = ::fsync(descriptor) == 0 || errno == EINVAL || errno == ENOTSUP;
  ::close(descriptor);
  return done;
}

}  // namespace

AtomicFile::AtomicFile(fs::path target) : target_(std::move(target)) {
  if (target_.empty()) throw InputError("the name of the output file is empty; give a file name");
  std::error_code status;
  if (fs::is_symlink(target_, status)) target_ = fs::weakly_canonical(target_, status);
  const fs::file_status existing = fs::status(target_, status);
  if (fs::is_directory(existing) || !target_.has_filename()) {
    throw InputError(fmt::format("{}: is a folder; give the name of a file in it", target_.string()));
  }
  if (existing.type() == fs::file_type::none) {
    throw InputError(
        fmt::format("{}: cannot be written to ({}); give another file name", target_.string(), status.message()));
  }
  // Devices and pipes (such as /dev/stdout) take the bytes directly: a rename would replace them by a file.
  if (fs::exists(existing) && !fs::is_regular_file(existing)) {
    stream_.open(target_, std::ios::binary);
    if (!stream_) throw InputError(fmt::format("{}: cannot be written to; give another file", target_.string()));
    return;
  }
  const fs::path folder = target_.has_parent_path() ? target_.parent_path() : fs::path(".");
  const fs::file_status place = fs::status(folder, status);
  if (!fs::exists(place)) {
    throw InputError(fmt::format("{}: the folder {} does not exist; create it or give another file name",
                                 target_.string(), folder.string()));
  }
  if (!fs::is_directory(place)) {
    throw InputError(
        fmt::format("{}: {} is a file, not a folder; give another file name", target_.string(), folder.string()));
  }
  if (fs::exists(existing) && ::access(target_.c_str(), W_OK) != 0) {
    throw InputError(fmt::format("{}: is write-protected; remove it or give another file name", target_.string()));
  }
  temporary_ = create_temporary(folder, target_);
  // A file that is replaced keeps its permissions.
  if (fs::exists(existing)) fs::permissions(temporary_, existing.permissions(), status);
  stream_.open(temporary_, std::ios::binary | std::ios::trunc);
  if (!stream_) {
    remove_temporary();
    throw InputError(fmt::format("{}: cannot be written to; give another file name", target_.string()));
  }
}

AtomicFile::~AtomicFile() {
  remove_temporary();
}

void AtomicFile::remove_temporary() noexcept {
  if (temporary_.empty()) return;
  stream_.close();
  std::error_code ignored;
  fs::remove(temporary_, ignored);
  temporary_.clear();
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  stream_.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

void AtomicFile::write(std::string_view bytes) {
  write(std::as_bytes(std::span(bytes)));
}

void AtomicFile::commit() {
  stream_.close();  // sets the error state where the last bytes could not be written
  if (!stream_ || (!temporary_.empty() && !sync(temporary_))) {
    remove_temporary();
    throw InputError(fmt::format("{}: could not be written completely; check the free space there", target_.string()));
  }
  if (temporary_.empty()) return;
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) {
    const int error = errno;
    remove_temporary();
    throw InputError(
        fmt::format("{}: could not be replaced ({}); give another file name", target_.string(), reason(error)));
  }
  temporary_.clear();
  const fs::path folder = target_.has_parent_path() ? target_.parent_path() : fs::path(".");
  sync(folder);
}

}  // namespace holdfast::io
