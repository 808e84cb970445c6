// Preprocessing as part of the model.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "holdfast/core/types.hpp"

namespace holdfast::preprocess {

/// x -> W x + c on a sample: W is r x d, c has r entries.
struct AffineMap {
  Matrix weight;
  RowVector offset;
};

/// One fitted step. An affine step takes x to (x - shift) scaled: entry by entry if `map` is empty, else by the
/// k x d `map`. A unit step divides a row by its Euclidean length (a zero row stays zero) and is not affine.
struct Step {
  enum class Kind { scale, project, unit };

  std::string name;  ///< as in the specification, such as "pca:50"
  Kind kind;
  RowVector shift;  ///< d; empty for unit
  RowVector scale;  ///< d; scale only
  Matrix map;       ///< k x d; project only

  bool operator==(const Step& other) const;
};

/// Whether the entries of a column of x (n x d) differ by no more than rounding: their spread is at most
/// max(n, 8) epsilon times the largest of them. Such a column carries nothing.
[[nodiscard]] bool is_constant(const MatrixView& x, Index column);

/// Steps fitted on training rows, applied in order to any rows. A regular value.
class Preprocessor {
 public:
  /// The identity on rows of `dimension` entries.
  explicit Preprocessor(Index dimension = 0) : input_dimension_(dimension), output_dimension_(dimension) {}
  /// From steps already fitted (a model file). Throws std::invalid_argument if they do not fit together.
  Preprocessor(Index dimension, std::vector<Step> steps);

  /// Fits the comma-separated `specification` on x (n x d): none, center, standardize (population standard deviation),
  /// minmax, unit, pca:K (components), pca:F (fraction of the variance, 0 < F <= 1), whiten; or auto, which is
  /// `standardize` if the columns differ in scale by more than `auto_scale_ratio` or squares of their values leave the
  /// range of float64, else `center`. Standardizing and minmax leave a constant column (is_constant) at zero. Steps of
  /// a specification see the rows that the steps before them made.
  ///
  /// Features that are `encoded` categories (d flags, or none) keep their 0 and 1: the steps before the first
  /// projection neither shift nor scale them, and `auto` does not look at them.
  ///
  /// Throws InputError for an unknown step, a component count beyond d, and values too large or too small to be scaled.
  [[nodiscard]] static Preprocessor fit(std::string_view specification, const MatrixView& x,
                                        const std::vector<bool>& encoded = {});

  /// The preprocessor and `apply` of x, bit for bit.
  [[nodiscard]] static std::pair<Preprocessor, Matrix> fit_transform(std::string_view specification,
                                                                     const MatrixView& x,
                                                                     const std::vector<bool>& encoded = {});

  /// Largest over median standard deviation of the columns above which `auto` standardises.
  static constexpr double auto_scale_ratio = 4.0;

  [[nodiscard]] Index input_dimension() const { return input_dimension_; }
  [[nodiscard]] Index output_dimension() const { return output_dimension_; }
  [[nodiscard]] const std::vector<Step>& steps() const { return steps_; }
  /// The specification, such as "standardize,pca:50"; "none" if there is no step.
  [[nodiscard]] std::string specification() const;

  /// n x input_dimension to n x output_dimension.
  [[nodiscard]] Matrix apply(const MatrixView& x) const;

  /// Whether each prepared column comes from one raw column, in the same order: no step mixes columns.
  [[nodiscard]] bool keeps_columns() const;
  /// Whether all steps fold into one affine map, so that radii can be given in raw units.
  [[nodiscard]] bool is_affine() const;
  /// That map. Throws std::logic_error if is_affine() is false.
  [[nodiscard]] AffineMap folded() const;

  /// The shortest way back: raw rows (n x input_dimension) that `apply` takes to the given ones, constant columns at
  /// their training value, directions that a projection left out at their mean. Throws std::logic_error if
  /// is_affine() is false.
  [[nodiscard]] Matrix restore(const MatrixView& prepared) const;

  bool operator==(const Preprocessor&) const = default;

 private:
  Index input_dimension_;
  Index output_dimension_;
  std::vector<Step> steps_;
};

}  // namespace holdfast::preprocess
