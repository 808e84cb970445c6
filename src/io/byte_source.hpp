// The bytes of an input: a plain file, a gzip file, an entry of an archive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast::io {

/// Throws the InputError "place: problem"; what follows the last "; " of the problem is its remedy.
[[noreturn]] void fail(const std::string& place, std::string_view problem);

/// A forward stream of bytes. Every failure is an InputError that begins with the source's name.
class ByteSource {
 public:
  explicit ByteSource(std::string name) : name_(std::move(name)) {}
  virtual ~ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  /// The next `count` bytes; fewer only at the end.
  std::size_t read(void* to, std::size_t count);
  /// The next bytes, at most `count`, without taking them; fewer only at the end.
  [[nodiscard]] std::string_view peek(std::size_t count);
  /// All bytes that are left.
  [[nodiscard]] std::string read_all();
  [[nodiscard]] bool at_end() { return peek(1).empty(); }

  /// The number of bytes left if it is known without reading: never for compressed data, whose
  /// own claim is not to be trusted.
  [[nodiscard]] std::optional<std::uint64_t> remaining() const;
  /// What messages call it.
  [[nodiscard]] const std::string& name() const { return name_; }

 protected:
  virtual std::size_t read_more(void* to, std::size_t count) = 0;
  [[nodiscard]] virtual std::optional<std::uint64_t> more_remaining() const { return std::nullopt; }

 private:
  std::string name_;
  std::string ahead_;  // peeked at, not yet read
  std::size_t ahead_begin_ = 0;
};

/// What a reader expects of a file: rows or texts in one of the formats, or a zip archive of NumPy arrays.
enum class Contents { data, npz };

/// Opens a file, a pipe, or standard input, whose name is "-". It is read once, from the beginning to the end. What
/// begins as gzip is decompressed, whatever the name; a name in .gz promises gzip. Throws InputError if the file is
/// missing, a folder, not readable, empty, or in truth of another kind (`foreign_kind`).
[[nodiscard]] std::unique_ptr<ByteSource> open_file(const std::filesystem::path& file,
                                                    Contents contents = Contents::data);

/// Whether the name is one of standard input or of a pipe from a shell, which tells nothing of the contents: "-",
/// /dev/stdin, /dev/fd/N.
[[nodiscard]] bool is_stream(const std::filesystem::path& file);

/// Lower case of ASCII letters; other bytes stay.
[[nodiscard]] std::string lower_case(std::string_view text);

/// Lower-case file name without a .gz at its end: what the format is judged by.
[[nodiscard]] std::string plain_name(const std::filesystem::path& file);

}  // namespace holdfast::io
