#include "holdfast/certify/certified_knn.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <optional>
#include <stdexcept>

#include "holdfast/certify/flips.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/linalg/products.hpp"
#include "holdfast/linalg/range.hpp"
#include "holdfast/neighbors/classifier.hpp"

namespace holdfast::certify {
namespace {

using geometry::DualRows;
using geometry::PerturbedClassifier;

/// L W, formed from factors near 1. Throws InputError if it leaves the range of float64.
Matrix raw_map(const Matrix& map, const Matrix& weight) {
  // Below this, entries lose digits.
  constexpr double least = 0x1p-960;
  const int of_map = linalg::range_exponent(linalg::largest_size(map));
  const int of_weight = linalg::range_exponent(linalg::largest_size(weight));
  const Matrix near_one =
      linalg::product(linalg::scaled_by_power(map, of_map), linalg::scaled_by_power(weight, of_weight));
  Matrix product = linalg::scaled_by_power(near_one, -of_map - of_weight);
  const bool vanishes = linalg::largest_size(near_one) > 0.0 && linalg::largest_size(product) < least;
  if (product.allFinite() && !vanishes) return product;
  throw InputError(Fault{.field = "space",
                         .value = "raw",
                         .rule = "the map of raw rows to the metric leaves the range of float64",
                         .remedy = "use `space=preprocessed`"});
}

/// The classifier of a model under perturbations in a space: B = L, or L W for raw rows.
PerturbedClassifier classifier_in(const model::Predictor& predictor, Space space) {
  const model::Model& model = predictor.model();
  model.require_classifier("be certified");
  if (!predictor.index()->rows().allFinite()) {
    throw InputError(
        "the reference rows leave the range of float64 under the model's metric; fit it on standardized "
        "columns, or divide them by a constant first");
  }
  if ((model.metric.map().array() == 0.0).all()) {
    throw InputError(
        "the model's metric is zero: all rows are at distance 0, and no prediction rests on a distance; fit "
        "it again, with less regularization or another method");
  }
  return {predictor.index(), model.labels.codes, perturbation_map(model, space)};
}

PerturbedClassifier measured_by(const ThreatModel& threat, PerturbedClassifier classifier) {
  const Index columns = classifier.row_dimension();
  if (threat.box && (threat.box->lower.size() != columns || threat.box->upper.size() != columns)) {
    throw std::invalid_argument("the box must have one lower and one upper limit per column");
  }
  const Ellipsoid* const ellipsoid = threat.ellipsoid();
  if (ellipsoid != nullptr && ellipsoid->matrix().rows() != columns) {
    const Index given = ellipsoid->matrix().rows();
    throw InputError(
        Fault{.field = "ellipsoid",
              .rule = fmt::format("is of {} dimensions; the perturbed rows have {} columns", given, columns),
              .remedy = fmt::format("give {0} x {0} numbers, or {0} for the diagonal", columns)});
  }
  const Matrix a = ellipsoid != nullptr ? threat.restricted_ellipsoid() : Matrix();
  if (threat.perturbed) classifier = classifier.restricted_to(*threat.perturbed);
  return ellipsoid != nullptr ? classifier.in_ellipsoid(a) : classifier;
}

}  // namespace

CertificationProblem CertificationProblem::first(Index count) const {
  count = std::min(count, size());
  const auto head = [&](const auto& values) {
    return std::decay_t<decltype(values)>(values.begin(), values.begin() + (values.empty() ? 0 : count));
  };
  CertificationProblem some{
      k, rows.topRows(count), queries.topRows(count), head(classes), head(predicted), head(left_out)};
  std::vector<Index> kept;
  for (Index at = 0; at < variants.size(); ++at) {
    const auto place = static_cast<std::size_t>(at);
    if (variants.of[place] >= count) continue;
    kept.push_back(at);
    some.variants.of.push_back(variants.of[place]);
    some.variants.predicted.push_back(variants.predicted[place]);
  }
  some.variants.rows = variants.rows(kept, Eigen::all);
  some.variants.queries = variants.queries(kept, Eigen::all);
  return some;
}

void require_space(const model::Model& model, Space space) {
  if (space != Space::raw || model.is_affine()) return;
  throw InputError(
      Fault{.field = "space",
            .value = "raw",
            .rule = fmt::format("the model's preparation of rows ({}) is not affine, so that radii exist only after it",
                                model.preparation()),
            .remedy = "use `space=preprocessed`"});
}

Matrix perturbation_map(const model::Model& model, Space space) {
  require_space(model, space);
  const Matrix& map = model.metric.map();
  return space == Space::raw ? raw_map(map, model.preprocessor.folded().weight) : map;
}

std::string_view space_name(const model::Model& model, Space space) {
  return space == Space::preprocessed && model.embedding ? "embedding" : name(space);
}

std::string units(const model::Model& model, Space space) {
  if (space == Space::raw) return fmt::format("{} units", name(space));
  return fmt::format("{} units ({})", space_name(model, space), model.preparation());
}

MappedRows mapped_rows(const model::Model& model, Space space, const DatasetView& data) {
  Matrix prepared = model.prepare(data);
  MappedRows found{.rows = {}, .mapped = model.metric.transform(prepared)};
  if (!found.mapped.allFinite()) {
    throw InputError(Fault{.place = std::string(data.source),
                           .rule = "values leave the range of float64 under the model's metric",
                           .remedy = "check the units of the columns"});
  }
  found.rows = space == Space::raw ? Matrix(data.x) : std::move(prepared);
  return found;
}

/// One slot per norm, and one for l2 in the full space.
struct CertifiedKnn::DualRowsCache {
  struct Slot {
    std::once_flag made;
    std::optional<DualRows> rows;
  };
  std::array<Slot, 4> slots;
};

CertifiedKnn::CertifiedKnn(PerturbedClassifier classifier, ThreatModel threat)
    : threat_(std::move(threat)),
      classifier_(measured_by(threat_, std::move(classifier))),
      dual_rows_(std::make_shared<DualRowsCache>()) {}

CertifiedKnn::CertifiedKnn(const model::Predictor& predictor, const ThreatModel& threat)
    : CertifiedKnn(classifier_in(predictor, threat.space), threat) {
  model_ = &predictor.model();
}

CertifiedKnn CertifiedKnn::rescaled(int mapped_exponent, int perturbation_exponent) const {
  CertifiedKnn scaled = *this;
  scaled.classifier_ = classifier_.rescaled(mapped_exponent, perturbation_exponent);
  if (Box* box = scaled.threat_.box ? &*scaled.threat_.box : nullptr) {
    box->lower = linalg::scaled_by_power(box->lower, perturbation_exponent);
    box->upper = linalg::scaled_by_power(box->upper, perturbation_exponent);
  }
  scaled.dual_rows_ = std::make_shared<DualRowsCache>();
  return scaled;
}

const DualRows& CertifiedKnn::dual_rows(Norm norm, bool full_space) const {
  const std::size_t slot = norm == Norm::l2 && full_space ? 3 : static_cast<std::size_t>(norm);
  DualRowsCache::Slot& kept = dual_rows_->slots[slot];
  std::call_once(kept.made, [&] { kept.rows.emplace(classifier_, norm, full_space); });
  return *kept.rows;
}

CertificationProblem CertifiedKnn::problem(const DatasetView& data, const ProblemOptions& options) const {
  if (model_ == nullptr) throw std::logic_error("a problem of rows needs a CertifiedKnn of a model");
  CertificationProblem problem{.k = options.k, .left_out = options.left_out};
  if (options.against == CertifyAgainst::labels) problem.classes = model_->codes_of(data);
  MappedRows prepared = mapped_rows(*model_, threat_.space, data);
  neighbors::require_valid_k(options.k, classifier_.size() - (options.left_out.empty() ? 0 : 1));
  problem.rows = std::move(prepared.rows);
  problem.queries = std::move(prepared.mapped);
  problem.predicted = classifier_.predict(problem.queries, options.k, options.left_out, options.observer);
  if (options.against == CertifyAgainst::predictions) problem.classes = problem.predicted;
  if (!threat_.flips.empty()) problem.variants = variants_of(data, options);
  return problem;
}

RowVariants CertifiedKnn::variants_of(const DatasetView& data, const ProblemOptions& options) const {
  FlippedRows flipped = flipped_rows(data.x, threat_.flips);
  MappedRows prepared =
      mapped_rows(*model_, threat_.space, DatasetView(flipped.rows, nullptr, data.columns, data.source));
  std::vector<Index> left_out;
  if (!options.left_out.empty()) {
    for (const Index row : flipped.of) left_out.push_back(options.left_out[static_cast<std::size_t>(row)]);
  }
  RowVariants variants{std::move(flipped.of), std::move(prepared.rows), std::move(prepared.mapped), {}};
  variants.predicted = classifier_.predict(variants.queries, options.k, left_out, options.observer);
  return variants;
}

int CertifiedKnn::predict_perturbed(const CertificationProblem& problem, Index query, const Vector& u) const {
  const Matrix point = problem.queries.row(query) + (classifier_.map() * u).transpose();
  std::vector<Index> left_out;
  if (!problem.left_out.empty()) left_out.push_back(problem.left_out_of(query));
  return classifier_.predict(point, problem.k, left_out).front();
}

void CertifiedKnn::require_fits(const CertificationProblem& problem) const {
  const auto count = static_cast<std::size_t>(problem.rows.rows());
  neighbors::require_valid_k(problem.k, classifier_.size() - (problem.left_out.empty() ? 0 : 1));
  if (problem.classes.size() != count || problem.predicted.size() != count ||
      problem.queries.rows() != problem.rows.rows() || problem.queries.cols() != classifier_.mapped().cols() ||
      problem.rows.cols() != classifier_.row_dimension() ||
      !(problem.left_out.empty() || problem.left_out.size() == count)) {
    throw std::invalid_argument("queries, rows, classes and predictions do not fit together");
  }
}

std::string_view CertifiedKnn::space_name() const {
  return model_ == nullptr ? name(threat_.space) : certify::space_name(*model_, threat_.space);
}

std::string CertifiedKnn::units() const {
  return model_ == nullptr ? fmt::format("{} units", space_name()) : certify::units(*model_, threat_.space);
}

}  // namespace holdfast::certify
