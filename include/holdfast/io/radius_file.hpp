// Files of radii, as certify and attack write them.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "holdfast/core/types.hpp"

namespace holdfast::io {

/// What the lines of a file of radii are about.
enum class RadiusSubject {
  predictions,  ///< certify, attack
  searches,     ///< certify --retrieval
  pairs,        ///< certify --test-pairs
};
/// By the header. Throws InputError for an empty file.
[[nodiscard]] RadiusSubject subject_of_radii(const std::filesystem::path& file);

/// Numbers of reference rows that must change before a prediction does; the largest Index if no number suffices.
struct ReferenceChanges {
  Index insertions;
  Index deletions;
  Index relabelings;
};

/// One line: a row of the test data with what is claimed about it. Texts as they stand in the file; empty if the
/// file has no such column.
struct RadiusLine {
  Index line;  ///< in the file, from 1
  Index row;
  std::string label;
  std::string predicted;
  std::string norm;
  std::string method;  ///< "attack" in a file of attacks
  double radius;       ///< may be infinite
  std::string space;
  std::optional<double> upper;                ///< empty if the line has none
  std::optional<ReferenceChanges> poisoning;  ///< nothing if the file has no such columns
  std::string model;
};

/// Reads columns by the names in the header: row, label, predicted, norm, radius, and method or adversarial_label;
/// space, upper, insertions with deletions and relabelings, and model if the file has them. Throws InputError,
/// "file:line:column: what is wrong", if one of them is missing, a row is not a whole number in 0..rows-1, a radius is
/// not a number of at least 0 or inf, or a number of reference rows is not a whole number of at least 0 or inf.
[[nodiscard]] std::vector<RadiusLine> read_radii(const std::filesystem::path& file, Index rows);

/// One line about the search of a row among the others.
struct SearchLine {
  Index line;
  Index row;
  std::string label;
  std::string predicted;  ///< the class of the row `nearest`
  std::string norm;
  std::string method;            ///< of `radius`
  std::optional<double> radius;  ///< nothing for the only row of its class
  std::string space;
  Index nearest;
  double same_row;
};

/// Reads columns by the names in the header: those of SearchLine. Throws as read_radii does.
[[nodiscard]] std::vector<SearchLine> read_search_radii(const std::filesystem::path& file, Index rows);

/// One line about the decision on a pair of rows.
struct PairLine {
  Index line;
  Index first;
  Index second;
  bool similar;  ///< label 1; -1 for a dissimilar pair
  bool same;     ///< decision "same"; "different" if not
  double distance;
  std::string norm;
  std::string method;
  double radius;
  std::string space;
  double threshold;
  std::string move;  ///< who is perturbed
};

/// Reads columns by the names in the header: first, second, label, decision and the others of PairLine. Throws as
/// read_radii does, also unless a label is 1 or -1 and a decision is same or different.
[[nodiscard]] std::vector<PairLine> read_pair_radii(const std::filesystem::path& file, Index rows);

}  // namespace holdfast::io
