// Misuse that must not compile. check.py compiles this file once as it stands, then once with each CASE_ defined: that
// must give one error, in whose message the pattern behind "error:" is found.
#include "holdfast/learners/train.hpp"
#include "holdfast/model/predictor.hpp"
#include "holdfast/objectives/nca_objective.hpp"
#include "holdfast/objectives/parametrization.hpp"
#include "holdfast/objectives/triplet_objective.hpp"

namespace {

using holdfast::Index;
using holdfast::Matrix;
using holdfast::MatrixView;
namespace objectives = holdfast::objectives;

/// A right objective, f(M) = tr M, beside which the wrong ones differ in one place.
struct Trace {
  double value_and_gradient_at_map(const MatrixView& map, Matrix& gradient) const {
    gradient = Matrix::Identity(map.cols(), map.cols());
    return map.squaredNorm();
  }
};
struct FloatTrace {
  float value_and_gradient_at_map(const MatrixView& map, Matrix& gradient) const;
};
struct TraceWithoutGradient {
  double value_and_gradient_at_map(const MatrixView& map) const;
};
struct ChangingTrace {
  double value_and_gradient_at_map(const MatrixView& map, Matrix& gradient);
};
struct TraceOfMatrix {
  double value_and_gradient_at_matrix(const MatrixView& m, Matrix& gradient) const;
};
struct LossWithoutSlopes {
  static constexpr bool uses_gradient_norm = false;
  double operator()(double gap, double gradient_norm_squared) const;
};

[[maybe_unused]] void use(const Trace& trace, const Matrix& x, const std::vector<int>& codes,
                          const holdfast::constraints::TripletSet& set, const holdfast::Dataset& data) {
  objectives::SumObjective sum;
  sum.add(2.0, trace);
  [[maybe_unused]] const objectives::MapParametrization over_map(sum, 2, 3);
  [[maybe_unused]] const objectives::TripletTerm term(objectives::HingeLoss{}, 1.0);
  const objectives::TripletObjective triplets(x, set, 0.0, {term});
  const objectives::NcaObjective nca(x, codes);
  [[maybe_unused]] const objectives::AnchorBatch batch(nca, {0});
#if defined(CASE_WRONG_RETURN_TYPE)
  // error: SumObjective::add.*MapObjective.*return-type-requirement
  const FloatTrace wrong;
  sum.add(1.0, wrong);
#elif defined(CASE_MISSING_GRADIENT)
  // error: SumObjective::add.*MapObjective.*value_and_gradient_at_map\(map, gradient\)
  const TraceWithoutGradient wrong;
  sum.add(1.0, wrong);
#elif defined(CASE_NOT_CONST)
  // error: SumObjective::add.*MapObjective.*value_and_gradient_at_map\(map, gradient\)
  const ChangingTrace wrong;
  sum.add(1.0, wrong);
#elif defined(CASE_OTHER_VARIABLE)
  // error: SumObjective::add.*MapObjective.*value_and_gradient_at_map\(map, gradient\)
  const TraceOfMatrix wrong;
  sum.add(1.0, wrong);
#elif defined(CASE_LOSS_WITHOUT_SLOPES)
  // error: TripletTerm.*TripletLoss.*return-type-requirement
  [[maybe_unused]] const objectives::TripletTerm wrong(LossWithoutSlopes{}, 1.0);
#elif defined(CASE_TEMPORARY_IN_A_SUM)
  // error: use of deleted function.*SumObjective::add
  sum.add(1.0, Trace{});
#elif defined(CASE_TEMPORARY_ROWS)
  // error: use of deleted function.*TripletObjective
  [[maybe_unused]] const objectives::TripletObjective wrong(Matrix(2.0 * x), set, 0.0, {term});
#elif defined(CASE_TEMPORARY_OBJECTIVE)
  // error: use of deleted function.*MapParametrization
  [[maybe_unused]] const objectives::MapParametrization<Trace> wrong(Trace{}, 2, 3);
#elif defined(CASE_TEMPORARY_NCA)
  // error: use of deleted function.*AnchorBatch
  [[maybe_unused]] const objectives::AnchorBatch<objectives::NcaObjective> wrong(objectives::NcaObjective(x, codes),
                                                                                 {0});
#elif defined(CASE_TEMPORARY_MODEL)
  // error: use of deleted function.*Predictor
  [[maybe_unused]] const holdfast::model::Predictor wrong(holdfast::learners::train(data, {}).model);
#endif
  (void)data;
}

}  // namespace
