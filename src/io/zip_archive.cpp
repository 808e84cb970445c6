#include "io/zip_archive.hpp"

#include <fmt/format.h>
#include <zip.h>

#include <algorithm>
#include <new>

namespace holdfast::io {
namespace {

struct CloseEntry {
  void operator()(zip_file_t* entry) const { zip_fclose(entry); }
};

class Entry final : public ByteSource {
 public:
  Entry(zip_t* archive, zip_uint64_t index, std::string name)
      : ByteSource(std::move(name)), entry_(zip_fopen_index(archive, index, 0)) {
    if (!entry_) refuse(zip_strerror(archive));
  }

 protected:
  std::size_t read_more(void* to, std::size_t count) override {
    std::size_t done = 0;
    while (done < count) {
      const zip_int64_t got = zip_fread(entry_.get(), static_cast<char*>(to) + done, count - done);
      if (got < 0) refuse(zip_file_strerror(entry_.get()));
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    return done;
  }

 private:
  [[noreturn]] void refuse(const char* reason) const {
    fail(name(), fmt::format("cannot be read from the archive ({}); write it again with numpy.savez", reason));
  }

  std::unique_ptr<zip_file_t, CloseEntry> entry_;
};

}  // namespace

ZipArchive::ZipArchive(const std::filesystem::path& file) {
  const std::unique_ptr<ByteSource> source = open_file(file, Contents::npz);
  name_ = source->name();
  bytes_ = source->read_all();
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* const buffer = zip_source_buffer_create(bytes_.data(), bytes_.size(), 0, &error);
  if (buffer == nullptr) throw std::bad_alloc();
  archive_ = zip_open_from_source(buffer, ZIP_RDONLY, &error);
  if (archive_ == nullptr) {
    const std::string reason = zip_error_strerror(&error);
    zip_source_free(buffer);
    zip_error_fini(&error);
    fail(name_,
         fmt::format("is not an npz file, or is damaged ({}); write it with numpy.savez(file, X=X, y=y)", reason));
  }
  zip_error_fini(&error);
  for (zip_int64_t i = 0; i < zip_get_num_entries(archive_, 0); ++i) {
    const char* const entry = zip_get_name(archive_, static_cast<zip_uint64_t>(i), ZIP_FL_ENC_RAW);
    std::string array = entry == nullptr ? "" : entry;
    if (array.ends_with(".npy")) array.resize(array.size() - 4);
    arrays_.push_back(std::move(array));
  }
}

ZipArchive::~ZipArchive() { zip_discard(archive_); }

bool ZipArchive::has(std::string_view array) const { return std::ranges::find(arrays_, array) != arrays_.end(); }

std::unique_ptr<ByteSource> ZipArchive::open(std::string_view array) const {
  const auto index = static_cast<zip_uint64_t>(std::ranges::find(arrays_, array) - arrays_.begin());
  return std::make_unique<Entry>(archive_, index, fmt::format("{}: array \"{}\"", name_, array));
}

}  // namespace holdfast::io
