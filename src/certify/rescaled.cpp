#include "holdfast/certify/rescaled.hpp"

#include <cmath>
#include <limits>

#include "holdfast/core/error.hpp"
#include "holdfast/linalg/range.hpp"

namespace holdfast::certify {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// value * 2^exponent, rounded up.
double scaled_up(double value, int exponent) {
  const double scaled = std::ldexp(value, exponent);
  return std::ldexp(scaled, -exponent) < value ? std::nextafter(scaled, infinity) : scaled;
}

template <class Values>
Values selected(const Values& values, const std::vector<Index>& rows) {
  Values some;
  if (values.empty()) return some;
  for (const Index row : rows) some.push_back(values[static_cast<std::size_t>(row)]);
  return some;
}

}  // namespace

std::map<RescaledProblem::Units, std::vector<Index>> RescaledProblem::rows_by_units(
    const CertifiedKnn& knn, const CertificationProblem& problem) {
  const double of_reference = linalg::largest_size(knn.classifier().mapped());
  const int of_map = linalg::range_exponent(linalg::largest_size(knn.classifier().map()));
  std::map<Units, std::vector<Index>> groups;
  for (Index row = 0; row < problem.size(); ++row) {
    const int mapped = linalg::range_exponent(std::max(of_reference, linalg::largest_size(problem.queries.row(row))));
    groups[{mapped, mapped - of_map}].push_back(row);
  }
  return groups;
}

RescaledProblem::RescaledProblem(const CertifiedKnn& knn, const CertificationProblem& problem, Units units,
                                 const std::vector<Index>& rows)
    : knn_(knn),
      problem_(problem),
      rows_(rows),
      perturbation_(units.second),
      scaled_knn_(knn.rescaled(units.first, units.second)),
      scaled_{.k = problem.k,
              .rows = linalg::scaled_by_power(Matrix(problem.rows(rows, Eigen::all)), units.second),
              .queries = linalg::scaled_by_power(Matrix(problem.queries(rows, Eigen::all)), units.first),
              .classes = selected(problem.classes, rows),
              .predicted = selected(problem.predicted, rows),
              .left_out = selected(problem.left_out, rows)} {
  if (scaled_.rows.allFinite()) return;
  throw InputError(Fault{.field = "space",
                         .value = std::string(name(knn.threat().space)),
                         .rule = "the columns differ in scale by more than float64 can hold in one problem",
                         .remedy = "divide the columns by constants, so that their values are nearer to 1"});
}

int RescaledProblem::restore(Certificate& certificate, Index at) const {
  constexpr double unit_roundoff = std::numeric_limits<double>::epsilon();
  const auto here = static_cast<std::size_t>(at);
  const double radius = certificate.radius;
  const bool is_attack = certificate.kind == BoundKind::upper_bound;
  certificate.radius =
      is_attack ? scaled_up(radius, -perturbation_) : linalg::scaled_rounded_down(radius, -perturbation_);
  const double upper = certificate.upper.value_or(radius);
  if (certificate.upper) {
    certificate.upper = certificate.kind == BoundKind::exact ? certificate.radius : scaled_up(upper, -perturbation_);
  }
  if (!certificate.witness) return scaled_.predicted[here];
  // The perturbation goes back, not the row: in these units small entries of a row may have lost digits.
  const RowVector row = problem_.rows.row(rows_[here]);
  RowVector witness =
      row + linalg::scaled_by_power(RowVector(*certificate.witness - scaled_.rows.row(at)), -perturbation_);
  if (const auto& box = knn_.threat().box) witness = box->clamp(witness);
  const geometry::PerturbedClassifier& classifier = scaled_knn_.classifier();
  const Vector u =
      classifier.to_norm_space(linalg::scaled_by_power(Vector((witness - row).transpose()), perturbation_));
  const double size = geometry::length(u, knn_.threat().norm());
  const int label = scaled_knn_.predict_perturbed(scaled_, at, u);
  if (label != scaled_.classes[here] && (is_attack || size <= upper * (1.0 + 1e-9))) {
    if (is_attack) {
      certificate.radius = scaled_up(size * (1.0 + static_cast<double>(u.size() + 4) * unit_roundoff), -perturbation_);
    }
    certificate.witness = std::move(witness);
    return label;
  }
  certificate.witness.reset();
  if (certificate.upper && certificate.kind == BoundKind::lower_bound) certificate.upper = infinity;
  if (is_attack) certificate.radius = infinity;
  return scaled_.predicted[here];
}

}  // namespace holdfast::certify
