// Lower bounds on the perturbation that changes a k-NN prediction.
#pragma once

#include <span>
#include <vector>

#include "holdfast/certify/certificate.hpp"
#include "holdfast/core/observer.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast::certify {

/// A k-NN classifier as a certificate sees it: reference rows in the space where distance is Euclidean, and the linear
/// map B that takes a perturbation there. B = L for perturbations of preprocessed rows; B = L W for perturbations of
/// raw rows under affine preprocessing x -> W x + c.
class PerturbedClassifier {
 public:
  /// `mapped`: n x r reference rows; `codes`: their classes; `map`: B, r x d; `space`: whose perturbations B takes.
  PerturbedClassifier(Matrix mapped, std::vector<int> codes, Matrix map, Space space);

  [[nodiscard]] Index size() const { return mapped_.rows(); }
  [[nodiscard]] const Matrix& mapped() const { return mapped_; }
  [[nodiscard]] const std::vector<int>& codes() const { return codes_; }
  [[nodiscard]] const Matrix& map() const { return map_; }
  [[nodiscard]] Space space() const { return space_; }
  /// B^T of every reference row, n x d: their differences are the gradients of the pair bound.
  [[nodiscard]] const Matrix& pulled_back() const { return pulled_back_; }
  /// The largest |B^T u|_p* over unit-length u, p* the dual norm of `norm` (for linf, a bound on it).
  [[nodiscard]] double dual_operator_norm(Norm norm) const;

 private:
  Matrix mapped_;
  std::vector<int> codes_;
  Matrix map_;
  Space space_;
  Matrix pulled_back_;
  double spectral_norm_;
};

/// e(i,l;z) = [D2(z,x_l) - D2(z,x_i)]+ / (2 |B^T (z_i - z_l)|_p*): no perturbation of z of p-norm below it makes
/// reference row l (another class) nearer than row i (class of z). `query` is mapped, r entries. Rounded down.
[[nodiscard]] double pair_bound(const PerturbedClassifier& classifier, const RowView& query, Index i, Index l,
                                Norm norm);

struct KnnBoundOptions {
  Index k = 1;  ///< odd
  Norm norm = Norm::l2;
  Observer observer = {};  ///< stage "certify", step in rows
};

/// For each query (q x r, mapped) with the class it must keep, the bound of Wang et al. (NeurIPS 2020, arXiv
/// 2006.07024) with s = (k+1)/2: over every reference row l of another class the s-th largest pair bound over rows i of
/// the class, then the s-th smallest over l. 0 where `predicted` is not the class; infinity where fewer than s rows are
/// of others.
///
/// All pairs count, but few are formed: others are visited by distance, (dist(z,l) - dist(z,i_s)) / (2 |B|) bounds what
/// is still to come, and a row l is left as soon as s of its pairs exceed the best so far. The result is exactly that
/// of the definition, rounded down.
[[nodiscard]] std::vector<Certificate> knn_lower_bounds(const PerturbedClassifier& classifier,
                                                        const MatrixView& queries, std::span<const int> classes,
                                                        std::span<const int> predicted,
                                                        const KnnBoundOptions& options = {});

}  // namespace holdfast::certify
