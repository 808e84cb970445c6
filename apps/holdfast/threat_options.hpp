// The options that say what perturbations are: --norm, --space, --box.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "holdfast/evaluate/radii.hpp"

namespace holdfast::app {

class ThreatOptions {
 public:
  void add_to(CLI::App& command);

  /// The norms asked for, checked before anything is read: throws InputError for an unknown one.
  [[nodiscard]] std::vector<certify::Norm> norms() const;
  [[nodiscard]] certify::Space space() const;
  /// The threat in one of them for rows of `columns` columns. Reads the matrix of an ellipsoid.
  [[nodiscard]] evaluate::Threat threat(certify::Norm norm, Index columns) const;
  /// As the user wrote them.
  [[nodiscard]] const std::string& norms_text() const { return norms_; }

 private:
  [[nodiscard]] std::filesystem::path ellipsoid_file() const;

  std::string norms_ = "l2";
  std::string space_ = "preprocessed";
  std::string box_;
};

}  // namespace holdfast::app
