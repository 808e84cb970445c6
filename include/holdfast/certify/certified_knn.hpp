// A k-NN classifier made ready to be certified under one threat.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/certify/threat_model.hpp"
#include "holdfast/core/observer.hpp"
#include "holdfast/geometry/dual_rows.hpp"
#include "holdfast/geometry/perturbed_classifier.hpp"
#include "holdfast/model/predictor.hpp"

namespace holdfast::certify {

/// Rows that the adversary may put in the place of the rows of a problem before perturbing them: other values of
/// columns that flip.
struct RowVariants {
  std::vector<Index> of;       ///< v, the row of the problem that each stands for
  Matrix rows;                 ///< v x d, in the units of the threat
  Matrix queries;              ///< v x r, the same rows mapped
  std::vector<int> predicted;  ///< v

  [[nodiscard]] Index size() const { return rows.rows(); }
};

/// Rows with the predictions of a k-NN classifier, made ready to be certified and attacked. CertifiedKnn::problem makes
/// one; it serves every threat in the same space.
struct CertificationProblem {
  Index k = 1;                 ///< nearest reference rows that vote, odd
  Matrix rows;                 ///< q x d, in the units of the threat
  Matrix queries;              ///< q x r, the same rows mapped
  std::vector<int> classes;    ///< q, the class that each prediction must keep; another prediction has radius 0
  std::vector<int> predicted;  ///< q
  /// Empty, or for each query one reference row that counts as absent (leave-one-out): the query's own, if queries are
  /// reference rows.
  std::vector<Index> left_out = {};
  /// Certifiers take problems without variants: ExpandedProblem makes them rows (evaluate::radii does so).
  RowVariants variants = {};

  [[nodiscard]] Index size() const { return rows.rows(); }
  /// The reference row that is absent for a query; -1 if all take part.
  [[nodiscard]] Index left_out_of(Index query) const {
    return left_out.empty() ? -1 : left_out[static_cast<std::size_t>(query)];
  }
  /// The first `count` queries, or all if there are fewer, with their variants.
  [[nodiscard]] CertificationProblem first(Index count) const;
};

/// The class that a prediction must keep: the label, so that a wrong prediction has radius 0, or the prediction itself.
enum class CertifyAgainst { labels, predictions };

struct ProblemOptions {
  Index k = 1;  ///< odd
  CertifyAgainst against = CertifyAgainst::labels;
  std::vector<Index> left_out = {};  ///< empty, or per row the reference row that is absent (leave-one-out)
  Observer observer = {};            ///< stage "neighbours", step in rows
};

/// Throws InputError for Space::raw if the model's preparation of rows is not affine.
void require_space(const model::Model& model, Space space);

/// B, which takes a perturbation of a row to the space where distance is Euclidean: L, or L W for raw rows under the
/// preparation x -> W x + c. Throws as require_space does, and if L W leaves the range of float64.
[[nodiscard]] Matrix perturbation_map(const model::Model& model, Space space);

/// "raw", "preprocessed", or "embedding" instead of the latter if the model has a network.
[[nodiscard]] std::string_view space_name(const model::Model& model, Space space);
/// "raw units" or, with the steps, "preprocessed units (standardize)": the units of a radius.
[[nodiscard]] std::string units(const model::Model& model, Space space);

/// Rows in the units of a space, and mapped.
struct MappedRows {
  Matrix rows;    ///< n x d
  Matrix mapped;  ///< n x r
};
/// Throws InputError for columns unknown to the model and values that leave the range of float64.
[[nodiscard]] MappedRows mapped_rows(const model::Model& model, Space space, const DatasetView& data);

/// The k-NN classifier of a model under a threat: reference rows mapped and indexed once (shared with the Predictor),
/// the map of perturbations, and the dual rows, made once at first use. A cheap value to copy; const calls from several
/// threads are safe.
class CertifiedKnn {
 public:
  /// Keeps a reference to the predictor's model, which must outlive it. Throws InputError for a model without labels, a
  /// metric of zero, Space::raw if the model's preparation of rows is not affine, and an ellipsoid of another dimension
  /// than the rows; std::invalid_argument for such a box, and for columns that are none.
  CertifiedKnn(const model::Predictor& predictor, const ThreatModel& threat);
  CertifiedKnn(const model::Model& model, const ThreatModel& threat) : CertifiedKnn(model::Predictor(model), threat) {}
  CertifiedKnn(model::Model&&, ThreatModel) = delete;
  /// Of rows that the caller maps: no model, so that the caller also fills the CertificationProblem.
  CertifiedKnn(geometry::PerturbedClassifier classifier, ThreatModel threat);

  [[nodiscard]] const ThreatModel& threat() const { return threat_; }
  /// With B of the threat's space and ellipsoid.
  [[nodiscard]] const geometry::PerturbedClassifier& classifier() const { return classifier_; }
  /// Built at first use. `full_space` only matters in l2.
  [[nodiscard]] const geometry::DualRows& dual_rows(Norm norm, bool full_space) const;

  /// The same in other units: mapped rows times 2^mapped_exponent, perturbations and the box times
  /// 2^perturbation_exponent.
  [[nodiscard]] CertifiedKnn rescaled(int mapped_exponent, int perturbation_exponent) const;

  /// Maps and predicts rows, and their variants if columns of the threat flip. Throws InputError for columns or labels
  /// unknown to the model, an even k, and too many variants.
  [[nodiscard]] CertificationProblem problem(const DatasetView& data, const ProblemOptions& options = {}) const;
  /// The class predicted for a query of the problem under the perturbation u (in the space of the norm).
  [[nodiscard]] int predict_perturbed(const CertificationProblem& problem, Index query, const Vector& u) const;
  /// Throws InputError for an invalid k, and std::invalid_argument unless the problem's parts fit together and to the
  /// classifier.
  void require_fits(const CertificationProblem& problem) const;

  /// As the functions of that name have them; without a model, the space and its units.
  [[nodiscard]] std::string_view space_name() const;
  [[nodiscard]] std::string units() const;

 private:
  struct DualRowsCache;

  [[nodiscard]] RowVariants variants_of(const DatasetView& data, const ProblemOptions& options) const;

  const model::Model* model_ = nullptr;
  ThreatModel threat_;
  geometry::PerturbedClassifier classifier_;
  std::shared_ptr<DualRowsCache> dual_rows_;
};

}  // namespace holdfast::certify
