#include "holdfast/preprocess/preprocessor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <stdexcept>

#include "holdfast/core/error.hpp"
#include "holdfast/core/parse.hpp"
#include "holdfast/linalg/products.hpp"
#include "holdfast/linalg/range.hpp"
#include "holdfast/linalg/row_distance.hpp"
#include "holdfast/linalg/symmetric_eigen.hpp"

namespace holdfast::preprocess {
namespace {

constexpr const char* choices = "auto, none, center, standardize, minmax, unit, pca:K, pca:FRACTION or whiten";

/// Population standard deviations; exactly zero for a constant column, whatever rounding makes of its mean.
RowVector standard_deviations(const MatrixView& x, const RowVector& mean) {
  RowVector result = RowVector::Zero(x.cols());
  for (Index k = 0; k < x.cols(); ++k) {
    if (is_constant(x, k)) continue;
    result[k] = std::sqrt((x.col(k).array() - mean[k]).square().mean());
    if (result[k] > 0x1p-200 && result[k] < 0x1p200) continue;
    // Squares may have left the range.
    const Vector centred = x.col(k).array() - mean[k];
    const int exponent = linalg::range_exponent(linalg::largest_size(centred));
    result[k] = std::ldexp(std::sqrt(linalg::scaled_by_power(centred, exponent).array().square().mean()), -exponent);
  }
  return result;
}

[[noreturn]] void refuse(std::string_view step, const std::string& rule, const std::string& remedy = {}) {
  throw InputError(Fault{.field = "preprocess", .value = fmt::format("\"{}\"", step), .rule = rule, .remedy = remedy});
}

[[noreturn]] void refuse_overflow(const std::string& name) {
  refuse(name, "the values are too large to be scaled in float64", "divide the columns beyond 1e150 first");
}

[[noreturn]] void refuse_underflow(const std::string& name) {
  refuse(name, "the values differ by too little to be scaled in float64", "multiply the columns below 1e-300 first");
}

/// 1 / width of each column; 0 for a constant one.
RowVector reciprocal_or_zero(const RowVector& values, const std::string& name) {
  if (!values.allFinite()) refuse_overflow(name);
  RowVector result = values.unaryExpr([](double value) { return value > 0.0 ? 1.0 / value : 0.0; });
  if (!result.allFinite()) refuse_underflow(name);
  return result;
}

Step fit_scale(std::string name, const MatrixView& x) {
  Step step{std::move(name), Step::Kind::scale, x.colwise().mean(), RowVector::Ones(x.cols()), {}};
  if (step.name == "standardize") step.scale = reciprocal_or_zero(standard_deviations(x, step.shift), step.name);
  if (step.name == "minmax") {
    step.shift = x.colwise().minCoeff();
    RowVector widths = x.colwise().maxCoeff() - step.shift;
    for (Index k = 0; k < x.cols(); ++k) {
      if (is_constant(x, k)) widths[k] = 0.0;
    }
    step.scale = reciprocal_or_zero(widths, step.name);
  }
  return step;
}

/// The argument of "pca:".
struct Components {
  Index count = 0;  ///< 0 for a fraction
  double fraction = 1.0;
};

Components parse_components(std::string_view step, Index dimension) {
  const std::string_view text = step.substr(4);
  const std::optional<double> number = parse_real(text);
  const double value = number.value_or(0.0);
  const bool fraction = text.find('.') != std::string_view::npos;
  if (!number || !(value > 0.0) || (fraction && value > 1.0) || (!fraction && value != std::floor(value))) {
    refuse(step, "must be a number of components (pca:50) or a fraction of the variance (pca:0.95)");
  }
  if (fraction) return {0, value};
  if (value > static_cast<double>(dimension)) {
    refuse(step, fmt::format("must be at most {}, the number of columns", dimension));
  }
  return {static_cast<Index>(value), 1.0};
}

Step fit_projection(std::string name, const MatrixView& x) {
  const bool whiten = name == "whiten";
  const Index d = x.cols();
  Components wanted = whiten ? Components{0, 1.0} : parse_components(name, d);
  Step step{std::move(name), Step::Kind::project, x.colwise().mean(), {}, {}};
  Matrix centred = x.rowwise() - step.shift;
  const int exponent = linalg::range_exponent(linalg::largest_size(centred));
  if (exponent != 0) centred = linalg::scaled_by_power(centred, exponent);
  const Matrix covariance = linalg::transpose_product(centred, centred) / static_cast<double>(x.rows());
  if (!covariance.allFinite()) refuse_overflow(step.name);
  const linalg::SymmetricEigen eigen = linalg::symmetric_eigen(covariance);
  const Vector variances = eigen.values.reverse().cwiseMax(0.0);
  // Directions without variance hold rounding errors alone: of no use, and whitening would blow them up.
  Index count = 0;
  const double total = variances.sum();
  const double negligible = 1e-12 * variances[0];
  double covered = 0.0;
  while (count < d && (wanted.count > 0 ? count < wanted.count
                                        : variances[count] > negligible && covered < wanted.fraction * total)) {
    covered += variances[count++];
  }
  count = std::max<Index>(count, 1);
  step.map.resize(count, d);
  for (Index row = 0; row < count; ++row) {
    step.map.row(row) = eigen.vectors.col(d - 1 - row).transpose();
    // The sign of an eigenvector is arbitrary: its largest entry shall be positive, so that models can be compared.
    Index largest = 0;
    step.map.row(row).cwiseAbs().maxCoeff(&largest);
    if (step.map(row, largest) < 0.0) step.map.row(row) *= -1.0;
    if (!whiten) continue;
    const double scale = variances[row] > 0.0 ? 1.0 / std::sqrt(variances[row]) : 0.0;
    step.map.row(row) *= exponent == 0 ? scale : std::ldexp(scale, exponent);
  }
  if (!step.map.allFinite()) refuse_underflow(step.name);
  return step;
}

/// Makes the step the identity on some columns.
void keep_columns(Step& step, const std::vector<bool>& kept) {
  for (std::size_t k = 0; k < kept.size(); ++k) {
    if (!kept[k]) continue;
    step.shift[static_cast<Index>(k)] = 0.0;
    step.scale[static_cast<Index>(k)] = 1.0;
  }
}

/// `encoded` columns have no say.
std::string automatic_choice(const MatrixView& x, const std::vector<bool>& encoded) {
  const RowVector all = standard_deviations(x, x.colwise().mean());
  std::vector<double> deviations;
  for (Index k = 0; k < all.size(); ++k) {
    const bool counts = encoded.empty() || !encoded[static_cast<std::size_t>(k)];
    if (counts && all[k] > 0.0) deviations.push_back(all[k]);
  }
  if (deviations.empty()) return "center";
  std::sort(deviations.begin(), deviations.end());
  const double median = deviations[(deviations.size() - 1) / 2];  // the lower one: of two columns the smaller
  const bool differ = deviations.back() > Preprocessor::auto_scale_ratio * median;
  return differ || linalg::range_exponent(deviations.back()) != 0 ? "standardize" : "center";
}

Step fit_step(const std::string& name, const MatrixView& x) {
  if (name == "center" || name == "standardize" || name == "minmax") return fit_scale(name, x);
  if (name == "whiten" || name.starts_with("pca:")) return fit_projection(name, x);
  if (name == "unit") return {name, Step::Kind::unit, {}, {}, {}};
  refuse(name, fmt::format("must be {} (several: comma-separated, in order)", choices));
}

Matrix apply_step(const Step& step, const MatrixView& x) {
  switch (step.kind) {
    case Step::Kind::scale: return ((x.rowwise() - step.shift).array().rowwise() * step.scale.array()).matrix();
    case Step::Kind::project: return linalg::row_products_with_transpose(x.rowwise() - step.shift, step.map);
    case Step::Kind::unit: break;
  }
  Matrix result = x;
  for (Index row = 0; row < result.rows(); ++row) {
    // Entries are at most 1 in size before they are squared, so that no square overflows.
    const double largest = result.row(row).cwiseAbs().maxCoeff();
    if (largest > 0.0) result.row(row) /= largest;
    const double length = std::sqrt(linalg::squared_length(result.row(row).data(), result.cols()));
    if (length > 0.0) result.row(row) /= length;
  }
  return result;
}

}  // namespace

bool is_constant(const MatrixView& x, Index column) {
  const double least = x.col(column).minCoeff();
  const double greatest = x.col(column).maxCoeff();
  const double rounding = static_cast<double>(std::max<Index>(x.rows(), 8)) * std::numeric_limits<double>::epsilon();
  return greatest - least <= rounding * std::max(std::abs(least), std::abs(greatest));
}

bool Step::operator==(const Step& other) const {
  const auto equal = [](const auto& a, const auto& b) {
    return a.rows() == b.rows() && a.cols() == b.cols() && a == b;
  };
  return name == other.name && kind == other.kind && equal(shift, other.shift) && equal(scale, other.scale) &&
         equal(map, other.map);
}

Preprocessor::Preprocessor(Index dimension, std::vector<Step> steps)
    : input_dimension_(dimension), output_dimension_(dimension), steps_(std::move(steps)) {
  for (const Step& step : steps_) {
    const bool fits =
        step.kind == Step::Kind::unit || (step.shift.size() == output_dimension_ &&
                                          (step.kind == Step::Kind::scale ? step.scale.size() == output_dimension_
                                                                          : step.map.cols() == output_dimension_));
    if (!fits)
      throw std::invalid_argument(fmt::format("preprocessing step {} does not fit the step before it", step.name));
    if (step.kind == Step::Kind::project) output_dimension_ = step.map.rows();
  }
}

Preprocessor Preprocessor::fit(std::string_view specification, const MatrixView& x, const std::vector<bool>& encoded) {
  return fit_transform(specification, x, encoded).first;
}

std::pair<Preprocessor, Matrix> Preprocessor::fit_transform(std::string_view specification, const MatrixView& x,
                                                            const std::vector<bool>& encoded) {
  std::vector<Step> steps;
  Matrix current = x;
  std::vector<bool> kept = encoded;  // columns that are neither shifted nor scaled
  for (std::string& name : split_list(specification)) {
    if (name == "none") continue;
    if (name == "auto") name = automatic_choice(current, kept);
    Step step = fit_step(name, current);
    if (step.kind == Step::Kind::scale) keep_columns(step, kept);
    if (step.kind == Step::Kind::project) kept.clear();
    Matrix next = apply_step(step, current);
    if (!next.allFinite()) refuse_overflow(name);
    current = std::move(next);
    steps.push_back(std::move(step));
  }
  return {Preprocessor(x.cols(), std::move(steps)), std::move(current)};
}

std::string Preprocessor::specification() const {
  std::string text;
  for (const Step& step : steps_) text += (text.empty() ? "" : ",") + step.name;
  return text.empty() ? "none" : text;
}

Matrix Preprocessor::apply(const MatrixView& x) const {
  if (x.cols() != input_dimension_) {
    throw std::invalid_argument(fmt::format("rows of {} entries for a preprocessor of {}", x.cols(), input_dimension_));
  }
  if (steps_.empty()) return x;
  Matrix current = apply_step(steps_.front(), x);
  for (std::size_t i = 1; i < steps_.size(); ++i) current = apply_step(steps_[i], current);
  return current;
}

bool Preprocessor::keeps_columns() const {
  return std::ranges::all_of(steps_, [](const Step& step) { return step.kind == Step::Kind::scale; });
}

bool Preprocessor::is_affine() const {
  return std::none_of(steps_.begin(), steps_.end(), [](const Step& step) { return step.kind == Step::Kind::unit; });
}

AffineMap Preprocessor::folded() const {
  AffineMap total{Matrix::Identity(input_dimension_, input_dimension_), RowVector::Zero(input_dimension_)};
  for (const Step& step : steps_) {
    if (step.kind == Step::Kind::unit) throw std::logic_error("unit rows are not an affine map");
    const RowVector shifted = total.offset - step.shift;
    if (step.kind == Step::Kind::scale) {
      total.weight = step.scale.transpose().asDiagonal() * total.weight;
      total.offset = shifted.cwiseProduct(step.scale);
    } else {
      total.weight = linalg::product(step.map, total.weight);
      total.offset = shifted * step.map.transpose();
    }
  }
  return total;
}

Matrix Preprocessor::restore(const MatrixView& prepared) const {
  Matrix current = prepared;
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
    if (step->kind == Step::Kind::unit) throw std::logic_error("unit rows cannot be restored");
    if (step->kind == Step::Kind::scale) {
      const RowVector inverse = (step->scale.array() != 0.0).select(step->scale.cwiseInverse(), 0.0);
      current = (current.array().rowwise() * inverse.array()).matrix();
    } else {
      // The rows of the map are orthogonal, so that its pseudoinverse is its transpose over their squared lengths.
      const Vector squares = step->map.rowwise().squaredNorm();
      const Vector inverse = (squares.array() > 0.0).select(squares.cwiseInverse(), 0.0);
      current = linalg::product(current * inverse.asDiagonal(), step->map);
    }
    current.rowwise() += step->shift;
  }
  return current;
}

}  // namespace holdfast::preprocess
