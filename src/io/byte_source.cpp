#include "io/byte_source.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <limits>
#include <system_error>
#include <vector>

#include "holdfast/core/error.hpp"
#include "holdfast/io/read_options.hpp"
#include "io/file_kind.hpp"

namespace holdfast::io {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view gzip_magic = "\x1f\x8b";
constexpr std::string_view standard_input = "-";

class PlainFile final : public ByteSource {
 public:
  explicit PlainFile(const fs::path& file) : ByteSource(source_name(file)) {
    if (file == standard_input) {
      handle_.reset(::fdopen(::dup(STDIN_FILENO), "rb"));
      if (!handle_) fail(name(), "is closed; give data to it, or the name of a file");
      std::setvbuf(handle_.get(), nullptr, _IONBF, 0);
      return;
    }
    std::error_code error;
    const fs::file_status status = fs::status(file, error);
    if (status.type() == fs::file_type::not_found) fail(name(), "no such file; check its name and folder");
    if (fs::is_directory(status)) fail(name(), "is a folder; give the name of a file in it");
    handle_.reset(std::fopen(file.c_str(), "rb"));
    if (!handle_) {
      fail(name(), fmt::format("cannot be opened ({}); check its permissions", std::generic_category().message(errno)));
    }
    std::setvbuf(handle_.get(), nullptr, _IONBF, 0);  // reads are large already
    if (fs::is_regular_file(status)) left_ = fs::file_size(file, error);
    if (error) left_.reset();
  }

 protected:
  std::size_t read_more(void* to, std::size_t count) override {
    const std::size_t got = std::fread(to, 1, count, handle_.get());
    if (got < count && std::ferror(handle_.get()) != 0) {
      fail(name(),
           fmt::format("cannot be read ({}); check the file and its disk", std::generic_category().message(errno)));
    }
    if (left_) *left_ -= std::min<std::uint64_t>(*left_, got);
    return got;
  }
  [[nodiscard]] std::optional<std::uint64_t> more_remaining() const override { return left_; }

 private:
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> handle_{nullptr, &std::fclose};
  std::optional<std::uint64_t> left_;  // bytes of a regular file
};

/// Decompresses gzip: one or more members, as gzip and bgzip write them.
class GzipFile final : public ByteSource {
 public:
  explicit GzipFile(std::unique_ptr<ByteSource> file)
      : ByteSource(file->name()), file_(std::move(file)), input_(std::size_t{1} << 18) {
    // 16: a gzip wrapper, and no other.
    if (inflateInit2(&zlib_, 16 + MAX_WBITS) != Z_OK) throw std::bad_alloc();
  }
  ~GzipFile() override { inflateEnd(&zlib_); }
  GzipFile(const GzipFile&) = delete;
  GzipFile& operator=(const GzipFile&) = delete;

 protected:
  std::size_t read_more(void* to, std::size_t count) override {
    auto* out = static_cast<Bytef*>(to);
    std::size_t done = 0;
    while (done < count) {
      if (zlib_.avail_in == 0 && !refill()) {
        if (between_members_) break;
        fail(name(), "the gzip data end too early (the file is cut short); copy or download the file again");
      }
      if (between_members_ && !begin_member()) continue;
      const std::size_t room = std::min<std::size_t>(count - done, std::numeric_limits<uInt>::max());
      zlib_.next_out = out + done;
      zlib_.avail_out = static_cast<uInt>(room);
      const int status = inflate(&zlib_, Z_NO_FLUSH);
      done += room - zlib_.avail_out;
      if (status == Z_STREAM_END) {
        inflateReset(&zlib_);
        between_members_ = true;
      } else if (status != Z_OK && status != Z_BUF_ERROR) {
        fail_inflate(status);
      }
    }
    return done;
  }

 private:
  bool refill() {
    zlib_.next_in = input_.data();
    zlib_.avail_in = static_cast<uInt>(file_->read(input_.data(), input_.size()));
    return zlib_.avail_in > 0;
  }

  /// Skips the zero bytes that tapes and some tools leave between members. False if no other byte is at hand.
  bool begin_member() {
    while (zlib_.avail_in > 0 && *zlib_.next_in == 0) {
      ++zlib_.next_in;
      --zlib_.avail_in;
    }
    if (zlib_.avail_in == 0) return false;
    if (*zlib_.next_in != static_cast<Bytef>(gzip_magic[0])) {
      fail(name(), "other bytes follow the end of the gzip data; compress the file again with gzip");
    }
    between_members_ = false;
    return true;
  }

  [[noreturn]] void fail_inflate(int status) {
    if (status == Z_MEM_ERROR) throw std::bad_alloc();
    const std::string_view message = zlib_.msg != nullptr ? zlib_.msg : "";
    if (message == "incorrect data check" || message == "incorrect length check") {
      fail(name(), "the gzip data have a wrong checksum (the file is damaged); copy or download the file again");
    }
    fail(name(), fmt::format("the gzip data are damaged ({}); copy or download the file again",
                             message.empty() ? "not readable" : message));
  }

  std::unique_ptr<ByteSource> file_;
  std::vector<Bytef> input_;
  z_stream zlib_{};
  bool between_members_ = true;
};

}  // namespace

void fail(const std::string& place, std::string_view problem) {
  const std::size_t end = problem.rfind("; ");
  const std::string_view remedy = end == std::string_view::npos ? std::string_view() : problem.substr(end + 2);
  throw InputError(Fault{.place = place, .rule = std::string(problem.substr(0, end)), .remedy = std::string(remedy)});
}

std::size_t ByteSource::read(void* to, std::size_t count) {
  const std::size_t from_ahead = std::min(count, ahead_.size() - ahead_begin_);
  if (from_ahead > 0) {
    std::memcpy(to, ahead_.data() + ahead_begin_, from_ahead);
    ahead_begin_ += from_ahead;
  }
  if (from_ahead == count) return count;
  return from_ahead + read_more(static_cast<char*>(to) + from_ahead, count - from_ahead);
}

std::string_view ByteSource::peek(std::size_t count) {
  ahead_.erase(0, ahead_begin_);
  ahead_begin_ = 0;
  if (ahead_.size() < count) {
    const std::size_t had = ahead_.size();
    ahead_.resize(count);
    ahead_.resize(had + read_more(ahead_.data() + had, count - had));
  }
  return std::string_view(ahead_).substr(0, count);
}

std::string ByteSource::read_all() {
  std::string all;
  std::size_t step = std::size_t{1} << 16;
  // One byte more than the file has, so that its end is seen without another round.
  if (const auto size = remaining()) step = static_cast<std::size_t>(*size) + 1;
  for (;;) {
    const std::size_t had = all.size();
    all.resize(had + step);
    const std::size_t got = read(all.data() + had, step);
    all.resize(had + got);
    if (got < step) return all;
    step = all.size();
  }
}

std::optional<std::uint64_t> ByteSource::remaining() const {
  const std::optional<std::uint64_t> more = more_remaining();
  if (!more) return std::nullopt;
  return *more + (ahead_.size() - ahead_begin_);
}

std::unique_ptr<ByteSource> open_file(const fs::path& file, Contents contents) {
  std::unique_ptr<ByteSource> source = std::make_unique<PlainFile>(file);
  const std::string name = source->name();
  if (source->at_end()) fail(name, "the file is empty; it must hold at least one row");
  const bool gzipped = source->peek(gzip_magic.size()) == gzip_magic;
  if (gzipped) {
    source = std::make_unique<GzipFile>(std::move(source));
    if (source->at_end()) fail(name, "the gzip file holds nothing; it must hold at least one row");
  }
  const std::string foreign = foreign_kind(source->peek(telling_bytes), plain_name(file), contents == Contents::npz);
  if (!foreign.empty()) fail(name, foreign);
  if (std::string end = file.extension().string(); !gzipped && (end == ".gz" || end == ".GZ")) {
    fail(name, "is not gzip data, though its name ends in .gz; compress it with gzip or take .gz off its name");
  }
  return source;
}

bool is_stream(const fs::path& file) {
  return file == standard_input || file == "/dev/stdin" || file.parent_path() == "/dev/fd";
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return lower;
}

std::string plain_name(const fs::path& file) {
  std::string name = lower_case(file.filename().string());
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  return name;
}

}  // namespace holdfast::io
