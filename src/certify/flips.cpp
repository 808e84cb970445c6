#include "holdfast/certify/flips.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <string>

#include "holdfast/core/error.hpp"

namespace holdfast::certify {
namespace {

/// The values that the columns may take together. Throws InputError if there are too many.
Index combinations(const MatrixView& rows, std::span<const Flip> flips) {
  constexpr double most_bytes = 4e9;
  double count = 1.0;
  std::string names;
  for (const Flip& flip : flips) {
    count *= static_cast<double>(flip.values.rows());
    names += (names.empty() ? "" : ", ") + flip.column;
  }
  if (count > static_cast<double>(most_combinations)) {
    throw InputError(
        Fault{.field = "flip",
              .value = names,
              .rule = fmt::format("has {:.0f} combinations of values per row, more than {}", count, most_combinations),
              .remedy = "let fewer columns flip"});
  }
  if (const double bytes = 8.0 * count * static_cast<double>(rows.size()); bytes > most_bytes) {
    throw InputError(Fault{.field = "flip",
                           .value = names,
                           .rule = fmt::format("{} rows with {:.0f} combinations of values each need {:.1f} GB",
                                               rows.rows(), count, 1e-9 * bytes),
                           .remedy = "judge fewer rows at a time, or let fewer columns flip"});
  }
  return static_cast<Index>(count);
}

}  // namespace

FlippedRows flipped_rows(const MatrixView& rows, std::span<const Flip> flips) {
  const Index count = combinations(rows, flips);
  FlippedRows flipped{{}, Matrix(rows.rows() * count, rows.cols())};
  for (Index row = 0; row < rows.rows(); ++row) {
    for (Index combination = 0; combination < count; ++combination) {
      auto variant = flipped.rows.row(static_cast<Index>(flipped.of.size()));
      variant = rows.row(row);
      Index rest = combination;
      for (const Flip& flip : flips) {
        variant(flip.features) = flip.values.row(rest % flip.values.rows());
        rest /= flip.values.rows();
      }
      if (variant != rows.row(row)) flipped.of.push_back(row);
    }
  }
  flipped.rows.conservativeResize(static_cast<Index>(flipped.of.size()), rows.cols());
  return flipped;
}

ExpandedProblem::ExpandedProblem(const CertificationProblem& problem)
    : expanded_(problem), of_(static_cast<std::size_t>(problem.size())), size_(problem.size()) {
  const RowVariants& variants = problem.variants;
  std::iota(of_.begin(), of_.end(), Index{0});
  of_.insert(of_.end(), variants.of.begin(), variants.of.end());
  expanded_.rows.conservativeResize(size_ + variants.size(), problem.rows.cols());
  expanded_.rows.bottomRows(variants.size()) = variants.rows;
  expanded_.queries.conservativeResize(size_ + variants.size(), problem.queries.cols());
  expanded_.queries.bottomRows(variants.size()) = variants.queries;
  expanded_.predicted.insert(expanded_.predicted.end(), variants.predicted.begin(), variants.predicted.end());
  for (const Index row : variants.of) {
    const auto at = static_cast<std::size_t>(row);
    expanded_.classes.push_back(problem.classes[at]);
    if (!problem.left_out.empty()) expanded_.left_out.push_back(problem.left_out[at]);
  }
  expanded_.variants = {};
}

void ExpandedProblem::reduce(std::vector<Certificate>& certificates, std::vector<int>& labels) const {
  if (certificates.size() != of_.size() || (!labels.empty() && labels.size() != of_.size())) {
    throw std::invalid_argument("one certificate per row and variant is needed");
  }
  const auto rows = static_cast<std::size_t>(size_);
  for (std::size_t at = rows; at < of_.size(); ++at) {
    const auto row = static_cast<std::size_t>(of_[at]);
    if (expanded_.predicted[row] != expanded_.classes[row]) continue;  // wrong without a flip
    Certificate& smallest = certificates[row];
    Certificate& variant = certificates[at];
    const bool flip_suffices = expanded_.predicted[at] != expanded_.classes[at];
    if (flip_suffices && variant.kind != BoundKind::lower_bound) {
      variant.witness = expanded_.rows.row(static_cast<Index>(at));
    }
    const double least = std::min(smallest.radius, variant.radius);
    if (variant.upper_end() < smallest.upper_end()) {
      smallest = std::move(variant);
      if (!labels.empty()) labels[row] = labels[at];
    }
    if (smallest.kind == BoundKind::exact && smallest.radius > least) {
      smallest.upper = smallest.radius;
      smallest.kind = BoundKind::lower_bound;
    }
    smallest.radius = least;
  }
  certificates.resize(rows);
  if (!labels.empty()) labels.resize(rows);
}

}  // namespace holdfast::certify
