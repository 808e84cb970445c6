// Runs the real program as a child process, the way a user or a script does.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::cli {

using Arguments = std::vector<std::string>;

/// How a child ended and what it said.
struct Outcome {
  int status = -1;  ///< exit status; 128 + the signal's number where a signal ended it
  std::string out;
  std::string err;
};

/// A child that is running. Both of its streams are pipes.
class Child {
 public:
  explicit Child(const Arguments& arguments);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void signal(int number) const;
  [[nodiscard]] bool ended() const;
  /// Seconds of processor time used so far: tells that it is past its start and at work.
  [[nodiscard]] double processor_seconds() const;
  /// Reads both streams to their end, then waits.
  Outcome wait();

 private:
  pid_t id_ = -1;
  int out_ = -1;
  int err_ = -1;
};

/// Runs the program to its end.
Outcome run(const Arguments& arguments);

/// Runs it with a terminal of its own as all three streams; `out` holds what the terminal got.
Outcome run_on_terminal(const Arguments& arguments);

/// The one JSON object that the text consists of; a failure and null where it is none.
nlohmann::json json_of(const std::string& text);

std::string shipped(const std::string& name);  ///< a file of the repository's data folder
std::string read_file(const std::filesystem::path& file);
std::string gunzipped(const std::filesystem::path& file);
std::vector<std::string> lines_of(const std::string& text);
std::vector<std::string> cells_of(const std::string& line);
/// Standard error without its notes, which tell of decisions and not of errors.
std::string without_notes(const std::string& err);

/// An npy file of float64 up to its values; the shape as NumPy writes it, such as "(3, 2)".
std::string npy_header(const std::string& shape);
std::string as_npy(std::size_t rows, std::size_t columns, const std::vector<double>& values);
std::string as_gzip(std::string_view bytes);
/// An idx header (MNIST's format) of unsigned bytes.
std::string idx_header(const std::vector<std::uint32_t>& extents);

/// A folder of its own for each test, removed after it.
class InFolder : public testing::Test {
 protected:
  InFolder();
  ~InFolder() override;

  [[nodiscard]] std::string path(const std::string& name) const { return (folder_ / name).string(); }
  /// Writes a file there and returns its path.
  std::string file(const std::string& name, std::string_view content) const;
  /// Names and contents of all files below: what a command that fails must leave as it was.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> listing() const;
  /// Fits a model there and returns its path.
  std::string fitted(const std::string& name, const Arguments& arguments) const;
  /// Runs the program and checks that it refuses its input: status 2, one line on standard error besides notes, which
  /// is returned without "holdfast: " and the name of this folder, nothing on standard output, and no file changed.
  std::string refusal(const Arguments& arguments) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace holdfast::cli
