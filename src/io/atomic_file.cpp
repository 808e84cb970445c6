#include "holdfast/io/atomic_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
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

std::string reason(int error) { return std::generic_category().message(error); }

fs::path folder_of(const fs::path& target) { return target.has_parent_path() ? target.parent_path() : fs::path("."); }

[[noreturn]] void refuse_folder(const fs::path& target, int error) {
  refuse(target, fmt::format("the folder {} cannot be written to ({})", folder_of(target).string(), reason(error)),
         "give a folder where you may write");
}

/// A new file without a name in the folder, which the system removes by itself however the program ends; -1 if the file
/// system has no such files. Its permissions follow the umask, as those of any output file should.
int create_unnamed(const fs::path& target) {
#ifdef O_TMPFILE
  const int descriptor = ::open(folder_of(target).c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
  if (descriptor < 0 && (errno == EACCES || errno == EROFS)) refuse_folder(target, errno);
  return descriptor;
#else
  return -1;
#endif
}

/// A new, empty file with a name of its own in the folder. The name is short and not the target's, which may already be
/// as long as is allowed.
fs::path create_named(const fs::path& target) {
  std::random_device entropy;
  for (int attempt = 0; attempt < 100; ++attempt) {
    fs::path file = folder_of(target) / fmt::format(".holdfast-{:08x}{:08x}.tmp", entropy(), entropy());
    const int descriptor = ::open(file.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
    if (descriptor >= 0) {
      ::close(descriptor);
      return file;
    }
    if (errno != EEXIST) refuse_folder(target, errno);
  }
  refuse(target, fmt::format("no temporary file could be made in {}", folder_of(target).string()),
         "remove the .holdfast-*.tmp files there");
}

/// The name under which the program can open its own file without a name.
std::string path_of(int descriptor) { return fmt::format("/proc/self/fd/{}", descriptor); }

/// Gives the file without a name the target's name. A new target appears in one step. The system cannot put such a file
/// in the place of another one, so that to replace a target it gets a name for the moment between two calls; a program
/// killed in that moment leaves a complete file, which the next write to the same target removes. False with errno set
/// if it fails.
bool give_name(int descriptor, const fs::path& target) {
  const auto link_as = [&](const fs::path& name) {
    return ::linkat(AT_FDCWD, path_of(descriptor).c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0;
  };
  if (link_as(target)) return true;
  if (errno != EEXIST) return false;
  const fs::path between = folder_of(target) / fmt::format(".holdfast-{:016x}.tmp", fs::hash_value(target.filename()));
  for (int attempt = 0; attempt < 100; ++attempt) {  // another program may be replacing the same target
    ::unlink(between.c_str());
    if (!link_as(between)) {
      if (errno == EEXIST) continue;
      return false;
    }
    if (::rename(between.c_str(), target.c_str()) == 0) return true;
    const int error = errno;
    if (error == ENOENT) continue;
    ::unlink(between.c_str());
    errno = error;
    return false;
  }
  return false;
}

/// Waits until the file is on the disk, so that a crash right after it gets its name cannot leave an empty target.
bool sync(int descriptor) {
  // Some file systems have no such operation; that alone is no failure to write.
  return ::fsync(descriptor) == 0 || errno == EINVAL || errno == ENOTSUP;
}

bool sync(const fs::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool done = sync(descriptor);
  ::close(descriptor);
  return done;
}

}  // namespace

AtomicFile::AtomicFile(fs::path target, Temporary temporary) : target_(std::move(target)) {
  if (target_.empty()) {
    throw InputError(Fault{.rule = "the name of the output file is empty", .remedy = "give a file name"});
  }
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
  const fs::path folder = folder_of(target_);
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
  if (temporary == Temporary::unnamed_if_possible) unnamed_ = create_unnamed(target_);
  if (unnamed_ >= 0) stream_.open(path_of(unnamed_), std::ios::binary);
  if (!stream_.is_open()) {
    discard();
    temporary_ = create_named(target_);
    stream_.open(temporary_, std::ios::binary | std::ios::trunc);
  }
  // A file that is replaced keeps its permissions.
  if (fs::exists(existing)) {
    fs::permissions(unnamed_ >= 0 ? fs::path(path_of(unnamed_)) : temporary_, existing.permissions(), status);
  }
  if (!stream_.is_open()) {
    discard();
    refuse(target_, "cannot be written to", "give another file name");
  }
}

AtomicFile::~AtomicFile() { discard(); }

void AtomicFile::discard() noexcept {
  stream_.close();
  stream_.clear();
  if (unnamed_ >= 0) ::close(unnamed_);
  unnamed_ = -1;
  std::error_code ignored;
  if (!temporary_.empty()) fs::remove(temporary_, ignored);
  temporary_.clear();
}

void AtomicFile::write(std::string_view bytes) {
  stream_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

void AtomicFile::commit() {
  const bool direct = unnamed_ < 0 && temporary_.empty();
  stream_.close();  // sets the error state if the last bytes could not be written
  if (!stream_ || (!direct && !(unnamed_ >= 0 ? sync(unnamed_) : sync(temporary_)))) {
    discard();
    refuse(target_, "could not be written completely", "check the free space there");
  }
  if (direct) return;
  const bool done = unnamed_ >= 0 ? give_name(unnamed_, target_) : ::rename(temporary_.c_str(), target_.c_str()) == 0;
  const int error = errno;
  if (done) temporary_.clear();  // it is the target now
  discard();
  if (!done) {
    refuse(target_, fmt::format("could not be replaced ({})", reason(error)), "give another file name");
  }
  sync(folder_of(target_));
}

}  // namespace holdfast::io
