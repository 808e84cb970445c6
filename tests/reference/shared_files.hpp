// Data sets and reference figures that are too large for the repository, where a machine has them.
#pragma once

#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>

namespace holdfast::reference {

/// The folder of an environment variable, else the one beside the repository.
inline std::filesystem::path shared_folder(const char* variable, const char* name) {
  if (const char* folder = std::getenv(variable)) return folder;
  return std::filesystem::path(HOLDFAST_SOURCE_DIR).parent_path() / "shared" / name;
}

/// A data file ($HOLDFAST_DATA, else ../shared/data) or nothing.
inline std::optional<std::filesystem::path> data_file(const std::string& name) {
  const std::filesystem::path file = shared_folder("HOLDFAST_DATA", "data") / name;
  return std::filesystem::exists(file) ? std::optional(file) : std::nullopt;
}

/// A file of reference figures ($HOLDFAST_REFERENCE, else ../shared/reference) or nothing.
inline std::optional<std::filesystem::path> reference_file(const std::string& name) {
  const std::filesystem::path file = shared_folder("HOLDFAST_REFERENCE", "reference") / name;
  return std::filesystem::exists(file) ? std::optional(file) : std::nullopt;
}

/// Parses a JSON file, plain or .gz.
inline nlohmann::json read_json(const std::filesystem::path& file) {
  gzFile in = gzopen(file.c_str(), "rb");
  if (in == nullptr) throw std::runtime_error("cannot open " + file.string());
  std::string text;
  char buffer[1 << 16];
  for (int got = 0; (got = gzread(in, buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<std::size_t>(got));
  gzclose(in);
  return nlohmann::json::parse(text);
}

}  // namespace holdfast::reference

/// Skips the current test with a message that says what is missing.
#define HOLDFAST_NEED(file, name) \
  if (!(file)) GTEST_SKIP() << (name) << " is not on this machine (set HOLDFAST_DATA or HOLDFAST_REFERENCE)"
