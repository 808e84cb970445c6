#include "holdfast/certify/exact_nn.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "certify/half_spaces.hpp"
#include "holdfast/core/parallel.hpp"
#include "holdfast/linalg/products.hpp"
#include "holdfast/linalg/row_distance.hpp"
#include "holdfast/linalg/spd.hpp"

namespace holdfast::certify {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
/// Nearest rows of the class whose single constraints order the rows of others.
constexpr std::size_t ordering_rows = 8;
/// Relative violation of a constraint that rounding explains.
constexpr double tolerance = 1e-12;

struct At {
  double key;
  Index row;
  bool operator<(const At& other) const { return key < other.key || (key == other.key && row < other.row); }
};

/// What one query's search found.
struct Found {
  double radius = infinity;
  Vector delta;   ///< the perturbation that attains it
  Index row = 0;  ///< the reference row that it makes nearest
};

/// The exact radius of one query.
class ExactQuery {
 public:
  explicit ExactQuery(const PerturbedClassifier& classifier) : classifier_(classifier) {}

  Found operator()(const double* query, int label) {
    const Matrix& mapped = classifier_.mapped();
    own_.clear();
    others_.clear();
    distance_.resize(mapped.rows());
    for (Index row = 0; row < mapped.rows(); ++row) {
      distance_[row] = linalg::squared_distance(query, mapped.row(row).data(), mapped.cols());
      (classifier_.codes()[static_cast<std::size_t>(row)] == label ? own_ : others_).push_back({distance_[row], row});
    }
    Found found{infinity, Vector::Zero(classifier_.map().cols()), 0};
    if (others_.empty()) return found;
    std::sort(own_.begin(), own_.end());
    for (At& other : others_) other.key = single_constraint_bound(other.row);
    std::sort(others_.begin(), others_.end());
    for (const At& other : others_) {
      if (other.key >= found.radius) break;
      solve_against(other.row, found);
    }
    return found;
  }

 private:
  /// Right side of a_i . delta >= b_i: delta must make row l at least as near as row i.
  [[nodiscard]] double offset(Index l, Index i) const { return 0.5 * (distance_[l] - distance_[i]); }

  [[nodiscard]] double single_constraint_bound(Index l) const {
    const Matrix& pulled = classifier_.pulled_back();
    double bound = 0.0;
    for (std::size_t n = 0; n < std::min(ordering_rows, own_.size()); ++n) {
      const Index i = own_[n].row;
      const double needed = offset(l, i);
      if (needed <= 0.0) continue;
      const double length =
          std::sqrt(linalg::squared_distance(pulled.row(l).data(), pulled.row(i).data(), pulled.cols()));
      bound = std::max(bound, length > 0.0 ? needed / length : infinity);
    }
    return bound;
  }

  /// The projection for row l; where it is shorter than what was found, it takes its place.
  void solve_against(Index l, Found& found) {
    const Matrix& pulled = classifier_.pulled_back();
    NearestPoint nearest(pulled.cols());
    while (true) {
      // The constraint violated by the longest way: (b_i - a_i . x) / |a_i|.
      const double at_l = pulled.row(l).dot(nearest.point());
      double worst = 0.0;
      Index enters = -1;
      for (const At& own : own_) {
        const double violation = offset(l, own.row) - (at_l - pulled.row(own.row).dot(nearest.point()));
        const double size = tolerance * (distance_[l] + distance_[own.row]);
        if (violation <= size || violation <= worst) continue;
        worst = violation;
        enters = own.row;
      }
      if (enters < 0) break;
      if (!nearest.add((pulled.row(l) - pulled.row(enters)).transpose(), offset(l, enters))) return;
      if (nearest.squared_length() >= found.radius * found.radius) return;  // it only grows
    }
    found = {std::sqrt(nearest.squared_length()), nearest.point(), l};
  }

  const PerturbedClassifier& classifier_;
  Vector distance_;  ///< squared, of the query to every reference row
  std::vector<At> own_;
  std::vector<At> others_;
};

/// B^+, d x r: takes a move in the mapped space to the shortest one that B maps to it.
Matrix pseudo_inverse(const Matrix& map) {
  const linalg::SymmetricEigen eigen = linalg::symmetric_eigen(linalg::product_with_transpose(map, map));
  const double least = 1e-12 * eigen.values.maxCoeff();
  const Vector inverse = (eigen.values.array() > least).select(eigen.values.cwiseInverse(), 0.0);
  return linalg::transpose_product(map, linalg::with_spectrum(eigen, inverse));
}

/// A step from the point that ties towards the row that wins there: the cell of that row is convex, so that the prediction
/// changes at once, at a ten-millionth more than the radius.
Vector nudge(const PerturbedClassifier& classifier, const Matrix& inverse, const RowView& query, const Found& found) {
  const Vector left = classifier.mapped().row(found.row).transpose() - query.transpose() - classifier.map() * found.delta;
  const Vector step = inverse * left;
  const double length = step.norm();
  return length > 0.0 ? Vector(step * std::min(1.0, 1e-7 * found.radius / length)) : step;
}

}  // namespace

std::vector<Certificate> exact_nn_radii(const PerturbedClassifier& classifier, const MatrixView& queries,
                                        const MatrixView& rows, std::span<const int> classes,
                                        std::span<const int> predicted, const ExactNnOptions& options) {
  const Index total = queries.rows();
  if (static_cast<Index>(classes.size()) != total || static_cast<Index>(predicted.size()) != total ||
      queries.cols() != classifier.mapped().cols() || rows.rows() != total ||
      rows.cols() != classifier.map().cols()) {
    throw std::invalid_argument("queries, rows, classes and predictions do not fit together");
  }
  std::vector<Certificate> certificates(static_cast<std::size_t>(total),
                                        Certificate{0.0, BoundKind::exact, Norm::l2, classifier.space(), std::nullopt});
  const Matrix inverse = pseudo_inverse(classifier.map());
  const Index stretch = options.observer ? 16 * Index{thread_count()} : std::max<Index>(total, 1);
  for (Index begin = 0; begin < total; begin += stretch) {
    if (asks_to_stop(options.observer, {"certify", begin, total, 0.0})) throw Stopped{};
    parallel_for(std::min(stretch, total - begin), 1, [&](Index from, Index to) {
      ExactQuery search(classifier);
      for (Index row = begin + from; row < begin + to; ++row) {
        const auto at = static_cast<std::size_t>(row);
        if (predicted[at] != classes[at]) continue;
        const Found found = search(queries.row(row).data(), classes[at]);
        certificates[at].radius = found.radius;
        if (!std::isfinite(found.radius)) continue;
        certificates[at].witness =
            rows.row(row) + (found.delta + nudge(classifier, inverse, queries.row(row), found)).transpose();
      }
    });
  }
  return certificates;
}

}  // namespace holdfast::certify
