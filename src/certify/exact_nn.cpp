#include "holdfast/certify/exact_nn.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "certify/cell_search.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/linalg/spd.hpp"

namespace holdfast::certify {
namespace {

void require_within(const Box& box, const MatrixView& rows) {
  if (box.lower.size() != rows.cols() || box.upper.size() != rows.cols()) {
    throw std::invalid_argument("the box must have one lower and one upper limit a column");
  }
  for (Index row = 0; row < rows.rows(); ++row) {
    for (Index column = 0; column < rows.cols(); ++column) {
      const double value = rows(row, column);
      if (value >= box.lower[column] && value <= box.upper[column]) continue;
      throw InputError(fmt::format("box: row {} has {} in column {}, outside its limits {} and {}", row, value,
                                   column + 1, box.lower[column], box.upper[column]));
    }
  }
}

/// What all queries share.
class Witnesses {
 public:
  Witnesses(const PerturbedClassifier& classifier, const DualRows& dual, const std::optional<Box>& box)
      : classifier_(classifier), dual_(dual), inverse_(linalg::pseudo_inverse(dual.map())), box_(box) {}

  /// The perturbed row just inside the cell whose border `found` reaches. The cell is convex and holds its own row, so
  /// that a step towards that row leaves the tie behind; where rounding hides so small a step, the border itself is
  /// rounded outwards. Nothing where no step of a millionth of the radius does.
  [[nodiscard]] std::optional<RowVector> operator()(CellSearch& search, const QueryRows& rows, const RowView& row,
                                                    const Found& found, const Box* limits) const {
    if (auto witness = inside(search, rows, row, found, 5e-10)) return witness;
    const Found beyond = search.beyond(found, rows, limits);
    if (beyond.coordinates.size() > 0) {
      if (auto witness = inside(search, rows, row, beyond, 0.0)) return witness;
      if (auto witness = inside(search, rows, row, beyond, 5e-10)) return witness;
    }
    return inside(search, rows, row, found, 9e-7);
  }

 private:
  /// The row after a step of `share` of the radius from the border inwards, where that changes the prediction.
  [[nodiscard]] std::optional<RowVector> inside(const CellSearch& search, const QueryRows& rows, const RowView& row,
                                                const Found& found, double share) const {
    const Eigen::Map<const Vector> query(rows.query(), classifier_.mapped().cols());
    Vector coordinates = found.coordinates;
    if (share > 0.0) {
      const Vector left = classifier_.mapped().row(found.row).transpose() - query - dual_.mapped(coordinates);
      const Vector towards = inverse_ * left;
      const double length = towards.norm();
      if (length > 0.0) coordinates += std::min(1.0, std::max(share * found.radius / length, 1e-12)) * towards;
    }
    RowVector witness = row + classifier_.change(dual_.lifted(coordinates)).transpose();
    if (box_) witness = witness.cwiseMax(box_->lower).cwiseMin(box_->upper);
    const Vector moved = classifier_.map() * classifier_.measured((witness - row).transpose());
    if (!search.wins_at(rows, query + moved, found.row)) return std::nullopt;
    return witness;
  }

  const PerturbedClassifier& classifier_;
  const DualRows& dual_;
  Matrix inverse_;
  const std::optional<Box>& box_;
};

}  // namespace

std::vector<Certificate> exact_nn_radii(const PerturbedClassifier& classifier, const MatrixView& queries,
                                        const MatrixView& rows, std::span<const int> classes,
                                        std::span<const int> predicted, const ExactNnOptions& options) {
  const Index total = queries.rows();
  if (static_cast<Index>(classes.size()) != total || static_cast<Index>(predicted.size()) != total ||
      queries.cols() != classifier.mapped().cols() || rows.rows() != total || rows.cols() != classifier.map().cols()) {
    throw std::invalid_argument("queries, rows, classes and predictions do not fit together");
  }
  if (options.box) require_within(*options.box, rows);
  const Norm norm = classifier.is_in_ellipsoid() ? Norm::ellipsoid : Norm::l2;
  std::vector<Certificate> certificates(static_cast<std::size_t>(total),
                                        Certificate{0.0, BoundKind::exact, norm, classifier.space(), std::nullopt});
  const DualRows dual(classifier, norm, options.box.has_value());
  const Witnesses witness(classifier, dual, options.box);
  over_right_queries(classifier, queries, classes, predicted, "certify", options.observer, [&] {
    return [&, search = CellSearch(classifier, dual)](Index row, QueryRows& around) mutable {
      Box limits;
      if (options.box) limits = {options.box->lower - rows.row(row), options.box->upper - rows.row(row)};
      const Box* const change_limits = options.box ? &limits : nullptr;
      const Found found = search(around, change_limits);
      Certificate& certificate = certificates[static_cast<std::size_t>(row)];
      certificate.radius = found.radius;
      certificate.kind = found.kind;
      if (found.coordinates.size() > 0) {
        certificate.witness = witness(search, around, rows.row(row), found, change_limits);
      }
    };
  });
  return certificates;
}

}  // namespace holdfast::certify
