// Files for the tests of io: a fresh folder for each test, and hand-made bytes.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "holdfast/core/error.hpp"

namespace holdfast::io {

/// The base of all tests that use files.
class Files : public testing::Test {
 protected:
  Files() {
    const testing::TestInfo* const test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::temp_directory_path() /
              ("holdfast-" + std::to_string(::getpid()) + "-" + test->test_suite_name() + "-" + test->name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~Files() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

  std::filesystem::path write(const std::string& name, std::string_view bytes) const {
    const std::filesystem::path file = folder_ / name;
    std::ofstream(file, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return file;
  }

  static std::string read(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }

  [[nodiscard]] std::size_t count_files() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) count += entry.exists() ? 1 : 0;
    return count;
  }

  /// The message of the InputError that the call throws, without the name of the test's folder; "no error" where it
  /// throws none.
  template <class Call>
  std::string error_of(Call&& call) const {
    try {
      static_cast<void>(call());
    } catch (const InputError& error) {
      std::string message = error.what();
      const std::string prefix = folder_.string() + "/";
      for (std::size_t at = message.find(prefix); at != std::string::npos; at = message.find(prefix)) {
        message.erase(at, prefix.size());
      }
      return message;
    }
    return "no error";
  }

 private:
  std::filesystem::path folder_;
};

inline std::string gzip(std::string_view bytes) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, bytes.size()) + 64, '\0');
  std::string in(bytes);
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

/// The bytes of a value, in this machine's order or reversed.
template <class Value>
std::string bytes_of(Value value, bool reversed = false) {
  std::string bytes(reinterpret_cast<const char*>(&value), sizeof value);
  return reversed ? std::string(bytes.rbegin(), bytes.rend()) : bytes;
}

/// An npy file of that header dictionary and those data.
inline std::string npy_with_header(const std::string& header, std::string_view data, int version = 1) {
  std::string bytes = "\x93NUMPY";
  bytes += static_cast<char>(version);
  bytes += '\0';
  const std::string text = header + "\n";
  bytes += version == 1 ? bytes_of(static_cast<std::uint16_t>(text.size()))
                        : bytes_of(static_cast<std::uint32_t>(text.size()));
  bytes += text;
  bytes += data;
  return bytes;
}

inline std::string npy(const std::string& descr, const std::string& shape, std::string_view data, bool fortran = false,
                       int version = 1) {
  return npy_with_header(
      "{'descr': '" + descr + "', 'fortran_order': " + (fortran ? "True" : "False") + ", 'shape': " + shape + ", }",
      data, version);
}

template <class Value>
std::string values_of(std::initializer_list<Value> values, bool reversed = false) {
  std::string bytes;
  for (const Value value : values) bytes += bytes_of(value, reversed);
  return bytes;
}

}  // namespace holdfast::io
