#include "holdfast/certify/pair_decision.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "certify/level_set.hpp"
#include "holdfast/certify/certified_knn.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/core/parallel.hpp"
#include "holdfast/linalg/range.hpp"
#include "holdfast/linalg/row_distance.hpp"

namespace holdfast::certify {
namespace {

using geometry::PerturbedClassifier;

constexpr double exact_gap = 1e-9;          ///< of an exact radius to the smallest perturbation found, relative
constexpr double beyond = 0.5 * exact_gap;  ///< how far a witness lies outside the radius

const ThreatModel& supported(const ThreatModel& threat) {
  if (!threat.is_euclidean()) {
    throw InputError(Fault{.field = "norm",
                           .value = std::string(threat.norm_name()),
                           .rule = "decisions on pairs are certified in l2 or an ellipsoid"});
  }
  if (threat.perturbed || !threat.flips.empty()) {
    throw InputError(Fault{.field = threat.perturbed ? "frozen" : "flip",
                           .rule = "decisions on pairs are certified with all columns free"});
  }
  if (threat.box) throw InputError(Fault{.field = "box", .rule = "decisions on pairs are certified without a box"});
  return threat;
}

/// The geometry of perturbations alone: a classifier by one row of zeros, in whose votes nobody is interested.
PerturbedClassifier geometry_of(Matrix map, const ThreatModel& threat) {
  Matrix zero = Matrix::Zero(1, map.rows());
  return CertifiedKnn(PerturbedClassifier(std::move(zero), {0}, std::move(map)), supported(threat)).classifier();
}

/// The search for one pair, in units in which squares are in range: mapped rows times 2^mapped, the map times 2^map.
class PairSearch {
 public:
  PairSearch(const PerturbedClassifier& geometry, const PairProblem& problem, const PairOptions& options)
      : geometry_(geometry),
        problem_(problem),
        options_(options),
        map_exponent_(linalg::range_exponent(linalg::largest_size(geometry.map()))),
        map_(linalg::scaled_by_power(geometry.map(), map_exponent_)),
        level_set_(map_) {}

  [[nodiscard]] PairCertificate certify(const linalg::RowPair& pair) const {
    const RowVector first = problem_.mapped.row(pair.first);
    const RowVector second = problem_.mapped.row(pair.second);
    const double largest = std::max({linalg::largest_size(first), linalg::largest_size(second), options_.threshold});
    const int exponent = linalg::range_exponent(largest);
    const RowVector from = linalg::scaled_by_power(first, exponent);
    const RowVector to = linalg::scaled_by_power(second, exponent);
    const Vector g = (from - to).transpose();
    const double threshold = std::ldexp(options_.threshold, exponent);
    const double length = std::sqrt(linalg::squared_distance(from.data(), to.data(), from.size()));
    PairCertificate result{.distance = std::ldexp(length, -exponent), .same = length <= threshold};
    const auto terms = static_cast<double>(map_.rows() + map_.cols() + 8);
    const double error = 2.0 * terms * std::numeric_limits<double>::epsilon() * (from.norm() + to.norm());
    const LevelPoint found =
        result.same ? level_set_.lengthen(g, threshold, error) : level_set_.shorten(g, threshold, error);
    // From the scaled units to those of the threat.
    const int back = map_exponent_ - exponent;
    const double halves = options_.moved == MovedMembers::both ? 0.5 : 1.0;
    result.radius = linalg::scaled_rounded_down(halves * found.lower, back);
    if (std::isinf(found.lower)) {
      result.kind = BoundKind::exact;
      return result;
    }
    if (found.u.norm() <= found.lower * (1.0 + exact_gap)) result.kind = BoundKind::exact;
    take_witness(pair, g, threshold, linalg::scaled_by_power(Vector(halves * found.u), back), -back, result);
    return result;
  }

 private:
  /// `u`: the perturbation of each member that moves, in the units of the threat; times 2^scale in those of g.
  void take_witness(const linalg::RowPair& pair, const Vector& g, double threshold, const Vector& u, int scale,
                    PairCertificate& result) const {
    const RowVector delta = geometry_.to_row_space((1.0 + beyond) * u).transpose();
    const RowVector x = problem_.rows.row(pair.first);
    const RowVector y = problem_.rows.row(pair.second);
    const bool both = options_.moved == MovedMembers::both;
    const RowVector moved_x = x + delta;
    const RowVector moved_y = both ? RowVector(y - delta) : y;
    // As float64 holds them.
    const Vector change_x = geometry_.to_norm_space((moved_x - x).transpose());
    const Vector change_y = geometry_.to_norm_space((moved_y - y).transpose());
    const Vector image = g + map_ * linalg::scaled_by_power(Vector(change_x - change_y), scale);
    const bool flips = (linalg::length(image) <= threshold) != result.same;
    const double size = std::max(linalg::length(change_x), linalg::length(change_y));
    if (!flips || !(size <= result.radius * (1.0 + exact_gap)) || !moved_x.allFinite() || !moved_y.allFinite()) return;
    result.first = moved_x;
    if (both) result.second = moved_y;
  }

  const PerturbedClassifier& geometry_;
  const PairProblem& problem_;
  const PairOptions& options_;
  int map_exponent_;
  Matrix map_;
  LevelSet level_set_;
};

constexpr std::array<std::string_view, 2> moved_names = {"one", "both"};

}  // namespace

std::string_view name(MovedMembers moved) { return moved_names[static_cast<std::size_t>(moved)]; }

MovedMembers parse_moved_members(std::string_view text) {
  if (text == name(MovedMembers::one)) return MovedMembers::one;
  if (text == name(MovedMembers::both)) return MovedMembers::both;
  throw InputError(Fault{.field = "move", .value = fmt::format("\"{}\"", text), .rule = "must be one or both"});
}

CertifiedPairs::CertifiedPairs(const model::Model& model, const ThreatModel& threat)
    : CertifiedPairs(perturbation_map(model, threat.space), threat) {
  model_ = &model;
}

CertifiedPairs::CertifiedPairs(Matrix map, const ThreatModel& threat)
    : threat_(threat), geometry_(geometry_of(std::move(map), threat)) {}

PairProblem CertifiedPairs::problem(const DatasetView& data, std::vector<linalg::RowPair> pairs) const {
  if (model_ == nullptr) throw std::logic_error("a problem of rows needs CertifiedPairs of a model");
  MappedRows prepared = mapped_rows(*model_, threat_.space, data);
  return {std::move(prepared.rows), std::move(prepared.mapped), std::move(pairs)};
}

std::vector<PairCertificate> CertifiedPairs::radii(const PairProblem& problem, const PairOptions& options) const {
  if (!(options.threshold >= 0.0) || std::isinf(options.threshold)) {
    throw InputError(Fault{.field = "threshold",
                           .value = fmt::format("{}", options.threshold),
                           .rule = "must be a finite distance of at least 0"});
  }
  const auto fits = [&](const linalg::RowPair& pair) {
    return pair.first >= 0 && pair.second >= 0 && std::max(pair.first, pair.second) < problem.rows.rows();
  };
  if (problem.rows.rows() != problem.mapped.rows() || problem.rows.cols() != geometry_.map().cols() ||
      problem.mapped.cols() != geometry_.map().rows() || !std::ranges::all_of(problem.pairs, fits)) {
    throw std::invalid_argument("rows, mapped rows and pairs do not fit together");
  }
  const PairSearch search(geometry_, problem, options);
  const auto total = static_cast<Index>(problem.pairs.size());
  std::vector<PairCertificate> result(problem.pairs.size());
  constexpr Index stretch = 1024;  // between questions to the observer
  for (Index begin = 0; begin < total; begin += stretch) {
    if (asks_to_stop(options.observer, {"certify", begin, total, 0.0})) throw Stopped{};
    parallel_for(std::min(stretch, total - begin), 4, [&](Index from, Index to) {
      for (Index at = begin + from; at < begin + to; ++at) {
        const auto place = static_cast<std::size_t>(at);
        result[place] = search.certify(problem.pairs[place]);
      }
    });
  }
  return result;
}

std::string_view CertifiedPairs::space_name() const {
  return model_ == nullptr ? name(threat_.space) : certify::space_name(*model_, threat_.space);
}

std::string CertifiedPairs::units() const {
  return model_ == nullptr ? fmt::format("{} units", space_name()) : certify::units(*model_, threat_.space);
}

}  // namespace holdfast::certify
