#include "holdfast/certify/exact_nn.hpp"

#include "certify/cell_search.hpp"
#include "holdfast/certify/for_each_correct_query.hpp"
#include "holdfast/certify/rescaled.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/linalg/spd.hpp"

namespace holdfast::certify {
namespace {

using geometry::DualRows;
using geometry::PerturbedClassifier;
using geometry::QueryRows;

/// Turns solutions into perturbed rows that change the prediction.
class WitnessBuilder {
 public:
  WitnessBuilder(const CertifiedKnn& knn, const DualRows& dual)
      : classifier_(knn.classifier()),
        dual_(dual),
        inverse_(dual.is_identity() ? Matrix() : linalg::pseudo_inverse(dual.map())),
        box_(knn.threat().box) {}

  /// The perturbed row just inside the cell whose border the solution reaches. The cell is convex and contains its own
  /// row, so that a step towards that row leaves the tie behind; if rounding hides so small a step, the border itself
  /// is rounded outwards. Nothing if no step of a millionth of the radius leaves the tie.
  [[nodiscard]] std::optional<RowVector> build(CellSearch& search, QueryRows& rows, const RowView& row,
                                               const CellSolution& solution, const std::optional<Box>& limits) const {
    if (auto witness = inside(search, rows, row, solution, 5e-10)) return witness;
    const CellSolution further = search.solve_rounded_up(solution, rows, limits);
    if (further.coordinates.size() > 0) {
      if (auto witness = inside(search, rows, row, further, 0.0)) return witness;
      if (auto witness = inside(search, rows, row, further, 5e-10)) return witness;
    }
    return inside(search, rows, row, solution, 9e-7);
  }

 private:
  /// The row after a step of `share` of the radius from the border inwards, if that changes the prediction.
  [[nodiscard]] std::optional<RowVector> inside(const CellSearch& search, QueryRows& rows, const RowView& row,
                                                const CellSolution& solution, double share) const {
    const Eigen::Map<const Vector> query(rows.query(), classifier_.mapped().cols());
    Vector coordinates = solution.coordinates;
    if (share > 0.0) {
      const Vector left = classifier_.mapped().row(solution.row).transpose() - query - dual_.mapped(coordinates);
      const Vector towards = dual_.is_identity() ? left : Vector(inverse_ * left);
      const double length = towards.norm();
      if (length > 0.0) coordinates += std::min(1.0, std::max(share * solution.radius / length, 1e-12)) * towards;
    }
    RowVector witness = row + classifier_.to_row_space(dual_.lifted(coordinates)).transpose();
    if (box_) witness = box_->clamp(witness);
    const Vector u = classifier_.to_norm_space((witness - row).transpose());
    // A small change of a large number may be lost, and with it the length that it saved.
    if (!(geometry::length(u, Norm::l2) <= solution.radius * (1.0 + 1e-6))) return std::nullopt;
    const Vector moved = dual_.is_identity() ? u : Vector(classifier_.map() * u);
    if (!search.is_nearest_at(rows, query + moved, solution.row)) return std::nullopt;
    return witness;
  }

  const PerturbedClassifier& classifier_;
  const DualRows& dual_;
  Matrix inverse_;  ///< of the dual rows' map; empty if that is the identity
  const std::optional<Box>& box_;
};

std::vector<Certificate> radii_in_range(const CertifiedKnn& knn, const CertificationProblem& problem,
                                        const Observer& observer) {
  const ThreatModel& threat = knn.threat();
  std::vector<Certificate> certificates(problem.predicted.size(), Certificate{0.0, BoundKind::exact});
  const DualRows& dual = knn.dual_rows(Norm::l2, threat.box.has_value());
  const WitnessBuilder witness(knn, dual);
  for_each_correct_query(knn, problem, "certify", observer, [&] {
    return [&, search = CellSearch(knn.classifier(), dual)](Index row, QueryRows& around) mutable {
      const std::optional<Box> limits = threat.limits_for(problem.rows.row(row));
      const CellSolution solution = search.solve(around, limits);
      Certificate& certificate = certificates[static_cast<std::size_t>(row)];
      certificate.radius = solution.radius;
      certificate.kind = solution.kind;
      if (solution.coordinates.size() > 0) {
        certificate.witness = witness.build(search, around, problem.rows.row(row), solution, limits);
      }
    };
  });
  return certificates;
}

}  // namespace

bool has_exact_range(const CertifiedKnn& knn) {
  constexpr double widest = 0x1p600;
  const RowVector sizes = knn.classifier().map().cwiseAbs().colwise().maxCoeff();
  const double largest = sizes.maxCoeff();
  return (sizes.array() == 0.0 || sizes.array() >= largest / widest).all();
}

void require_exact_range(const CertifiedKnn& knn) {
  if (has_exact_range(knn)) return;
  throw InputError(Fault{.field = "method",
                         .value = "exact",
                         .rule = "the perturbed columns differ in scale by more than 1e180, too much for exact radii",
                         .remedy = "use `method=bound`, or divide the columns by constants"});
}

std::vector<Certificate> exact_nn_radii(const CertifiedKnn& knn, const CertificationProblem& problem,
                                        const Observer& observer) {
  if (const auto& box = knn.threat().box) box->require_within(problem.rows);
  require_exact_range(knn);
  return in_range(knn, problem, [&](const CertifiedKnn& in, const CertificationProblem& of) {
    return radii_in_range(in, of, observer);
  });
}

}  // namespace holdfast::certify
