#include "holdfast/attack/attack.hpp"

#include <algorithm>
#include <stdexcept>

#include "attack/boundary_walk.hpp"
#include "attack/cells.hpp"
#include "attack/victim.hpp"
#include "holdfast/certify/exact_nn.hpp"
#include "holdfast/linalg/spd.hpp"

namespace holdfast::attack {
namespace {

using certify::Norm;

/// Reference rows of other classes whose way is tried.
constexpr std::size_t ways = 8;

}  // namespace

std::vector<Adversarial> attack(const certify::PerturbedClassifier& classifier, const MatrixView& queries,
                                const MatrixView& rows, std::span<const int> classes, std::span<const int> predicted,
                                const AttackOptions& options) {
  classifier.require_norm(options.norm);
  const Victim victim(classifier, options.k);
  const bool is_euclidean = options.norm != Norm::l1 && options.norm != Norm::linf;
  // Of the same rows in l2: for k = 1 in that norm it is the answer, else a way to start.
  const std::vector<certify::Certificate> exact = certify::exact_nn_radii(
      classifier, queries, rows, classes, predicted, {.box = options.box, .observer = options.observer});
  std::vector<Adversarial> found(
      static_cast<std::size_t>(queries.rows()),
      Adversarial{{0.0, certify::BoundKind::upper_bound, options.norm, classifier.space(), std::nullopt}, -1});
  for (std::size_t row = 0; row < found.size(); ++row) found[row].label = predicted[row];
  const certify::DualRows dual(classifier, options.norm, options.box.has_value());
  const Matrix inverse = linalg::pseudo_inverse(classifier.map());
  certify::over_right_queries(classifier, queries, classes, predicted, "attack", options.observer, [&] {
    return [&, cells = CellAttack(classifier, dual, options)](Index row, certify::QueryRows& around) mutable {
      const auto at = static_cast<std::size_t>(row);
      Target target(victim, queries.row(row), rows.row(row), classes[at], options);
      if (exact[at].witness) {
        const Vector u = classifier.measured((*exact[at].witness - rows.row(row)).transpose());
        if (options.k == 1 && is_euclidean) {
          if (target.try_all(u)) {
            found[at] = target.adversarial();
            return;
          }
        } else {
          target.try_along(u);
        }
      }
      certify::Box limits;
      if (options.box) limits = {options.box->lower - rows.row(row), options.box->upper - rows.row(row)};
      cells(around, options.box ? &limits : nullptr, target);
      for (std::size_t way = 0; !target.is_changed() && way < std::min(ways, cells.others().size()); ++way) {
        const Vector move = (classifier.mapped().row(cells.others()[way].row) - queries.row(row)).transpose();
        target.try_along(inverse * move);
      }
      Random random(options.seed, static_cast<std::uint64_t>(row));
      walk_boundary(target, options.norm, options.tries, random);
      found[at] = target.adversarial();
    };
  });
  return found;
}

}  // namespace holdfast::attack
