#include "io/npz.hpp"

#include <fmt/format.h>
#include <zip.h>

#include <memory>
#include <new>

#include "io/byte_source.hpp"
#include "io/npy.hpp"
#include "io/text.hpp"

namespace holdfast::io {
namespace {

struct CloseArchive {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct CloseEntry {
  void operator()(zip_file_t* entry) const { zip_fclose(entry); }
};

/// An archive, and the bytes it lies in: it is read into memory, so that a pipe and a .gz serve as well as a file.
class Archive {
 public:
  explicit Archive(const std::filesystem::path& file) : name_(file.string()), bytes_(open_file(file)->read_all()) {
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* const source = zip_source_buffer_create(bytes_.data(), bytes_.size(), 0, &error);
    if (source == nullptr) throw std::bad_alloc();
    archive_.reset(zip_open_from_source(source, ZIP_RDONLY, &error));
    if (!archive_) {
      const std::string reason = zip_error_strerror(&error);
      zip_source_free(source);
      zip_error_fini(&error);
      fail(name_,
           fmt::format("is not an npz file, or is damaged ({}); write it with numpy.savez(file, X=X, y=y)", reason));
    }
    zip_error_fini(&error);
  }

  [[nodiscard]] zip_t* get() const { return archive_.get(); }
  [[nodiscard]] const std::string& name() const { return name_; }

  [[nodiscard]] std::vector<std::string> entries() const {
    std::vector<std::string> names;
    for (zip_int64_t i = 0; i < zip_get_num_entries(archive_.get(), 0); ++i) {
      const char* const name = zip_get_name(archive_.get(), static_cast<zip_uint64_t>(i), ZIP_FL_ENC_RAW);
      std::string text = name == nullptr ? "" : name;
      if (text.ends_with(".npy")) text.resize(text.size() - 4);
      names.push_back(std::move(text));
    }
    return names;
  }

 private:
  std::string name_;
  std::string bytes_;  // must outlive the archive
  std::unique_ptr<zip_t, CloseArchive> archive_;
};

class Entry final : public ByteSource {
 public:
  Entry(const Archive& archive, zip_uint64_t index, std::string_view array)
      : ByteSource(fmt::format("{}: array \"{}\"", archive.name(), array)),
        entry_(zip_fopen_index(archive.get(), index, 0)) {
    if (!entry_) refuse(zip_strerror(archive.get()));
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

std::unique_ptr<Entry> open_entry(const Archive& archive, std::string_view array) {
  const zip_int64_t index = zip_name_locate(archive.get(), fmt::format("{}.npy", array).c_str(), 0);
  if (index < 0) return nullptr;
  return std::make_unique<Entry>(archive, static_cast<zip_uint64_t>(index), array);
}

}  // namespace

Dataset read_npz(const std::filesystem::path& file, const ReadOptions& options) {
  const Archive archive(file);
  const std::unique_ptr<Entry> x = open_entry(archive, "X");
  if (!x) {
    const std::vector<std::string> entries = archive.entries();
    fail(archive.name(), fmt::format("has no array \"X\" ({}); write it with numpy.savez(file, X=X, y=y)",
                                     entries.empty() ? "it is empty" : "it has " + shown_list(entries)));
  }
  Dataset data;
  data.x = read_npy_matrix(*x);
  if (!options.own_labels()) return data;
  if (const std::unique_ptr<Entry> y = open_entry(archive, "y")) {
    const std::vector<std::string> labels = read_npy_labels(*y);
    if (static_cast<Index>(labels.size()) != data.rows()) {
      fail(archive.name(), fmt::format("array \"y\" holds {} labels for the {} rows of \"X\"; give one label per row",
                                       labels.size(), data.rows()));
    }
    data.labels = encode_labels(labels);
  }
  return data;
}

}  // namespace holdfast::io
