// Radii of test rows by any method, in one way, and the order that they must keep.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/certify/perturbed_classifier.hpp"
#include "holdfast/core/observer.hpp"
#include "holdfast/model/model.hpp"

namespace holdfast::evaluate {

enum class RadiusMethod {
  fast,    ///< the k-NN lower bound over the nearest rows: valid, at most `bound`
  bound,   ///< the k-NN lower bound of the definition
  exact,   ///< the smallest perturbation itself: k = 1, in l2 or an ellipsoid
  attack,  ///< the smallest perturbation found: an upper bound
};
[[nodiscard]] std::string_view name(RadiusMethod method);
[[nodiscard]] RadiusMethod parse_radius_method(std::string_view text);  ///< throws InputError that lists the choices

/// Rows with a model's predictions, made ready to be certified and attacked in one space.
struct RowsUnderTest {
  Index k;
  std::vector<int> codes;  ///< the class that each row's prediction is to keep, in the model's numbering
  std::vector<int> predicted;
  Matrix rows;     ///< q x d, in the units of the space
  Matrix queries;  ///< q x r, mapped
  certify::PerturbedClassifier classifier;
};

/// What a row's prediction is held to: its label, so that a wrong prediction has radius 0, or itself.
enum class HeldTo { label, prediction };

/// Throws InputError for columns or labels unknown to the model, an even k, and Space::raw where the preprocessing is
/// not affine.
[[nodiscard]] RowsUnderTest rows_under_test(const model::Model& model, const DatasetView& test, Index k,
                                            certify::Space space, const Observer& observer = {},
                                            HeldTo held_to = HeldTo::label);

/// How perturbations are measured and what they may do.
struct Threat {
  certify::Norm norm = certify::Norm::l2;
  std::optional<Matrix> ellipsoid = std::nullopt;  ///< A of |delta| = sqrt(delta^T A delta), with Norm::ellipsoid
  std::optional<certify::Box> box = std::nullopt;  ///< perturbed rows keep to it; lower bounds hold without it too
};

struct RadiusOptions {
  RadiusMethod method = RadiusMethod::bound;
  Threat threat = {};
  Index tries = 200;       ///< attack: predictions a row
  std::uint64_t seed = 0;  ///< attack
  Observer observer = {};
};

struct Radii {
  RadiusMethod method;
  std::vector<certify::Certificate> certificates;
  std::vector<int> labels;  ///< attack: the class predicted for each adversarial row
};

/// Throws InputError for RadiusMethod::exact where k is not 1 or the norm is l1 or linf.
[[nodiscard]] Radii radii(const RowsUnderTest& rows, const RadiusOptions& options);

/// What is wrong with radii of the same rows in the same norm, given from the lowest method to the highest: fast <=
/// bound <= exact <= attack must hold on every row, to 1e-9 of the radius. Nothing where it holds.
[[nodiscard]] std::optional<std::string> disorder(std::span<const Radii> radii);

}  // namespace holdfast::evaluate
