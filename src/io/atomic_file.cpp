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

[[noreturn]] void refuse(const fs::path& target, const std::string& rule, const std::string& remedy) {
  throw InputError(Fault{.place = target.string(), .rule = rule, .remedy = remedy});
}

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
      refuse(target, fmt::format("the folder {} cannot be written to ({})", folder.string(), reason(errno)),
             "give a folder where you may write");
    }
  }
  refuse(target, fmt::format("no temporary file could be made in {}", folder.string()),
         "remove the .holdfast-*.tmp files there");
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
  if (target_.empty())
    throw InputError(Fault{.rule = "the name of the output file is empty", .remedy = "give a file name"});
  std::error_code status;
  if (fs::is_symlink(target_, status)) target_ = fs::weakly_canonical(target_, status);
  const fs::file_status existing = fs::status(target_, status);
  if (fs::is_directory(existing) || !target_.has_filename()) {
    refuse(target_, "is a folder", "give the name of a file in it");
  }
  if (existing.type() == fs::file_type::none) {
    refuse(target_, fmt::format("cannot be written to ({})", status.message()), "give another file name");
  }
  // Devices and pipes (such as /dev/stdout) take the bytes directly: a rename would replace them by a file.
  if (fs::exists(existing) && !fs::is_regular_file(existing)) {
    stream_.open(target_, std::ios::binary);
    if (!stream_) refuse(target_, "cannot be written to", "give another file");
    return;
  }
  const fs::path folder = target_.has_parent_path() ? target_.parent_path() : fs::path(".");
  const fs::file_status place = fs::status(folder, status);
  if (!fs::exists(place)) {
    refuse(target_, fmt::format("the folder {} does not exist", folder.string()),
           "create it or give another file name");
  }
  if (!fs::is_directory(place)) {
    refuse(target_, fmt::format("{} is a file, not a folder", folder.string()), "give another file name");
  }
  if (fs::exists(existing) && ::access(target_.c_str(), W_OK) != 0) {
    refuse(target_, "is write-protected", "remove it or give another file name");
  }
  temporary_ = create_temporary(folder, target_);
  // A file that is replaced keeps its permissions.
  if (fs::exists(existing)) fs::permissions(temporary_, existing.permissions(), status);
  stream_.open(temporary_, std::ios::binary | std::ios::trunc);
  if (!stream_) {
    remove_temporary();
    refuse(target_, "cannot be written to", "give another file name");
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
    refuse(target_, "could not be written completely", "check the free space there");
  }
  if (temporary_.empty()) return;
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) {
    const int error = errno;
    remove_temporary();
    refuse(target_, fmt::format("could not be replaced ({})", reason(error)), "give another file name");
  }
  temporary_.clear();
  const fs::path folder = target_.has_parent_path() ? target_.parent_path() : fs::path(".");
  sync(folder);
}

}  // namespace holdfast::io
