#include "holdfast/certify/exact_knn.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "certify/region_search.hpp"
#include "holdfast/certify/exact_nn.hpp"
#include "holdfast/certify/for_each_correct_query.hpp"
#include "holdfast/certify/knn_bound.hpp"
#include "holdfast/certify/rescaled.hpp"
#include "holdfast/core/error.hpp"

namespace holdfast::certify {
namespace {

using geometry::DualRows;
using geometry::PerturbedClassifier;
using geometry::QueryRows;

constexpr double infinity = std::numeric_limits<double>::infinity();

/// The radius of one query after another.
class KnnRadius {
 public:
  KnnRadius(const CertifiedKnn& knn, const CertificationProblem& problem, const DualRows& dual,
            const ExactOptions& options)
      : knn_(knn),
        classifier_(knn.classifier()),
        threat_(knn.threat()),
        problem_(problem),
        dual_(dual),
        options_(options),
        search_(knn.classifier(), dual, knn.threat().norm(), problem.k) {}

  Certificate certificate(Index row, QueryRows& around) {
    const auto at = static_cast<std::size_t>(row);
    const std::optional<Box> limits = threat_.limits_for(problem_.rows.row(row));
    Certificate found{0.0, BoundKind::lower_bound};
    found.upper = infinity;
    if (!options_.attacks.empty() && options_.attacks[at].witness) {
      found.witness = options_.attacks[at].witness;
      found.upper = options_.attacks[at].radius;
    }
    const SearchLimits until{std::chrono::steady_clock::now() + std::chrono::duration<double>(options_.time_limit),
                             options_.max_nodes > 0 ? options_.max_nodes : std::numeric_limits<Index>::max()};
    const RegionSolution solution =
        search_.solve(around, problem_.classes[at], std::min(*found.upper, options_.up_to), limits, until);
    found.radius = solution.at_least;
    if (solution.coordinates.size() > 0) add_witness(row, solution, limits, found);
    const bool is_closed = solution.is_complete && *found.upper <= found.radius * (1.0 + closed);
    if (!is_closed) return found;
    found.kind = BoundKind::exact;
    found.upper = found.radius;
    return found;
  }

 private:
  /// A radius is exact if a witness is at most this much longer, relative.
  static constexpr double closed = 1e-9;
  /// The margins with which a witness is looked for, of the radius.
  static constexpr double least_part = 1e-11;
  static constexpr double largest_part = 1e-6;

  /// Replaces the witness by one next to the solution if that is shorter.
  void add_witness(Index row, const RegionSolution& solution, const std::optional<Box>& limits, Certificate& found) {
    NearbyRows& rows = search_.rows();
    rows.move_to(solution.coordinates);
    const int label = problem_.classes[static_cast<std::size_t>(row)];
    const auto vote = outvoting(rows, problem_.k, label);
    if (!vote) return;
    const Norm norm = threat_.norm();
    const double length = geometry::length(solution.coordinates, norm);
    for (double margin = least_part; margin <= largest_part; margin *= 10.0) {
      const Vector u = perturbation_to(*vote, rows, classifier_, limits, margin * std::max(length, least_margin()));
      if (u.size() == 0 || !(geometry::length(u, norm) < *found.upper)) return;
      RowVector witness = problem_.rows.row(row) + classifier_.to_row_space(dual_.lifted(u)).transpose();
      if (threat_.box) witness = threat_.box->clamp(witness);
      const Vector moved = classifier_.to_norm_space((witness - problem_.rows.row(row)).transpose());
      const double size = geometry::length(moved, norm);
      if (knn_.predict_perturbed(problem_, row, moved) == label) continue;
      if (!(size < *found.upper)) return;
      found.witness = std::move(witness);
      found.upper = size;
      return;
    }
  }

  /// A margin that the rounding of a mapped row does not hide, where the radius itself is nothing but rounding.
  [[nodiscard]] double least_margin() const {
    const double norm = classifier_.dual_operator_norm(threat_.norm());
    return norm > 0.0 ? 1e-6 * classifier_.longest_row() / norm : 0.0;
  }

  const CertifiedKnn& knn_;
  const PerturbedClassifier& classifier_;
  const ThreatModel& threat_;
  const CertificationProblem& problem_;
  const DualRows& dual_;
  const ExactOptions& options_;
  RegionSearch search_;
};

std::vector<Certificate> radii_in_range(const CertifiedKnn& knn, const CertificationProblem& problem,
                                        const ExactOptions& options) {
  std::vector<Certificate> certificates(problem.predicted.size(), Certificate{0.0, BoundKind::exact});
  for (Certificate& certificate : certificates) certificate.upper = 0.0;
  const DualRows& dual = knn.dual_rows(knn.threat().norm(), knn.threat().box.has_value());
  for_each_correct_query(knn, problem, "certify", options.observer, [&] {
    return [&, radius = KnnRadius(knn, problem, dual, options)](Index row, QueryRows& around) mutable {
      certificates[static_cast<std::size_t>(row)] = radius.certificate(row, around);
    };
  });
  return certificates;
}

/// Where a search ended before its time, the bound over pairs of rows may be the better one.
void raise_to_bound(const CertifiedKnn& knn, const CertificationProblem& problem,
                    std::vector<Certificate>& certificates) {
  if (std::ranges::all_of(certificates, [](const Certificate& of) { return of.kind == BoundKind::exact; })) return;
  const std::vector<Certificate> bounds = knn_lower_bounds(knn, problem);
  for (std::size_t row = 0; row < certificates.size(); ++row) {
    Certificate& certificate = certificates[row];
    if (certificate.kind == BoundKind::lower_bound) {
      certificate.radius = std::max(certificate.radius, bounds[row].radius);
    }
  }
}

void require_valid(const ExactOptions& options) {
  if (!(options.time_limit > 0.0)) {
    throw InputError(Fault{
        .field = "time_limit", .value = fmt::format("{}", options.time_limit), .rule = "must be above 0 seconds"});
  }
  if (options.max_nodes < 0) {
    throw InputError(Fault{.field = "max_nodes",
                           .value = fmt::format("{}", options.max_nodes),
                           .rule = "must be at least 0 (0: no limit)"});
  }
  if (!(options.up_to > 0.0)) {
    throw InputError(Fault{.field = "up_to", .value = fmt::format("{}", options.up_to), .rule = "must be above 0"});
  }
}

}  // namespace

std::vector<Certificate> exact_knn_radii(const CertifiedKnn& knn, const CertificationProblem& problem,
                                         const ExactOptions& options) {
  require_valid(options);
  if (problem.k == 1 && knn.threat().is_euclidean()) {
    std::vector<Certificate> certificates = exact_nn_radii(knn, problem, options.observer);
    for (Certificate& certificate : certificates) {
      if (certificate.kind == BoundKind::exact) certificate.upper = certificate.radius;
    }
    return certificates;
  }
  if (const auto& box = knn.threat().box) box->require_within(problem.rows);
  require_exact_range(knn);
  std::vector<Certificate> certificates =
      in_range(knn, problem, [&](const CertifiedKnn& in, const CertificationProblem& of) {
        ExactOptions scaled = options;
        // Attacks and sizes are in the units of the given problem.
        if (&of != &problem) {
          scaled.attacks = {};
          scaled.up_to = infinity;
        }
        return radii_in_range(in, of, scaled);
      });
  raise_to_bound(knn, problem, certificates);
  return certificates;
}

}  // namespace holdfast::certify
