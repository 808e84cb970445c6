// The threat model: the perturbations of a row that an adversary may choose.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "holdfast/core/types.hpp"
#include "holdfast/geometry/box.hpp"
#include "holdfast/geometry/norm.hpp"

namespace holdfast::certify {

using geometry::Box;
using geometry::Norm;

/// The units of a perturbation: those of the rows as the user gives them, or of the rows after the model's preparation
/// (network and preprocessing).
enum class Space { raw, preprocessed };
[[nodiscard]] std::string_view name(Space space);        ///< "raw", "preprocessed"
[[nodiscard]] Space parse_space(std::string_view text);  ///< throws InputError that lists the choices

/// Perturbations measured by |delta|_p.
struct LpBall {
  Norm p = Norm::l2;
};

/// Perturbations measured by sqrt(delta^T A delta). A cheap value to copy.
class Ellipsoid {
 public:
  /// A, d x d. Throws InputError unless it is symmetric and positive definite.
  explicit Ellipsoid(Matrix a);
  [[nodiscard]] const Matrix& matrix() const { return *a_; }

 private:
  std::shared_ptr<const Matrix> a_;
};

/// A categorical column that may take any of its values.
struct Flip {
  std::string column;           ///< its name, for messages
  std::vector<Index> features;  ///< of the raw rows, that encode it
  Matrix values;                ///< one row per value: what these features are then
};

/// One perturbed row: row + delta, with delta measured by the ball and 0 in frozen columns, and row + delta within the
/// box if there is one. Exact radii and attacks keep to the box; lower bounds hold without it too. If columns may flip,
/// that happens first and costs nothing: the row is then any of its variants.
struct ThreatModel {
  std::variant<LpBall, Ellipsoid> ball = LpBall{};
  Space space = Space::preprocessed;
  std::optional<Box> box = std::nullopt;  ///< of perturbed rows, in the units of the space
  /// The columns of the space that delta may change, rising; the others are frozen. Nothing: all may change.
  std::optional<std::vector<Index>> perturbed = std::nullopt;
  /// Columns that may take any value, alone or together: their features have to be frozen.
  std::vector<Flip> flips = {};

  /// "l1", "l2", "linf" or "ellipsoid".
  [[nodiscard]] std::string_view norm_name() const;
  /// Null for a p-norm.
  [[nodiscard]] const Ellipsoid* ellipsoid() const { return std::get_if<Ellipsoid>(&ball); }
  /// A of the ellipsoid at the columns that may change; 1 x 1 if there are none.
  [[nodiscard]] Matrix restricted_ellipsoid() const;
  /// The p-norm of a perturbation in the space of the norm (PerturbedClassifier::to_norm_space): l2 for an ellipsoid.
  [[nodiscard]] Norm norm() const;
  /// l2 or an ellipsoid: balls whose exact radii come from projections onto polyhedra.
  [[nodiscard]] bool is_euclidean() const { return norm() == Norm::l2; }
  /// The size of a change delta (d entries), from the definition.
  [[nodiscard]] double measure(const VectorView& delta) const;
  /// Limits of the change of `row` (d entries), nothing if every change is allowed.
  [[nodiscard]] std::optional<Box> limits_for(const RowView& row) const;
};

}  // namespace holdfast::certify
