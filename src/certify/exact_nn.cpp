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

  /// The perturbed row just inside the cell whose border `found` reaches: the cell is convex and holds its own row, so
  /// that a step towards that row leaves the tie behind. Nothing where no step of a millionth of the radius does.
  [[nodiscard]] std::optional<RowVector> operator()(const CellSearch& search, const QueryRows& rows, const RowView& row,
                                                    const Found& found) const {
    const Index r = classifier_.mapped().cols();
    const Eigen::Map<const Vector> query(rows.query(), r);
    const Vector left = classifier_.mapped().row(found.row).transpose() - query - dual_.mapped(found.coordinates);
    const Vector towards = inverse_ * left;
    const double length = towards.norm();
    for (const double share : {5e-10, 1e-8, 1e-6}) {
      const double step = length > 0.0 ? std::min(1.0, std::max(share * found.radius / length, 1e-12)) : 0.0;
      RowVector witness = row + classifier_.change(dual_.lifted(found.coordinates + step * towards)).transpose();
      if (box_) witness = witness.cwiseMax(box_->lower).cwiseMin(box_->upper);
      const Vector moved = classifier_.map() * classifier_.measured((witness - row).transpose());
      if (search.wins_at(rows, query + moved, found.row)) return witness;
    }
    return std::nullopt;
  }

 private:
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
      const Found found = search(around, options.box ? &limits : nullptr);
      Certificate& certificate = certificates[static_cast<std::size_t>(row)];
      certificate.radius = found.radius;
      certificate.kind = found.kind;
      if (found.coordinates.size() > 0) certificate.witness = witness(search, around, rows.row(row), found);
    };
  });
  return certificates;
}

}  // namespace holdfast::certify
