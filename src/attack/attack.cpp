#include "holdfast/attack/attack.hpp"

#include <algorithm>
#include <optional>

#include "attack/attack_state.hpp"
#include "attack/outvoting_regions.hpp"
#include "holdfast/certify/exact_nn.hpp"
#include "holdfast/certify/for_each_correct_query.hpp"
#include "holdfast/certify/rescaled.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/linalg/spd.hpp"

namespace holdfast::attack {
namespace {

/// Reference rows of other classes toward which a line is searched.
constexpr std::size_t line_searches = 8;

/// Shortens the best perturbation by random steps: of each round's proposals, each a step aside and a step back towards
/// the row, the shortest that still changes the prediction is kept. Steps grow after success and shrink after failure.
/// At most `query_budget` predictions. Does nothing if there is no perturbation to start from.
void boundary_attack(AttackState& state, geometry::Norm norm, Index query_budget, Random& random) {
  constexpr Index proposals = 16;
  constexpr double smallest_step = 1e-7;
  if (!state.is_changed()) return;
  const Index d = state.best().size();
  double aside = 0.1;  // length of the step aside, relative to the perturbation
  double back = 0.01;  // relative shortening asked for
  for (Index asked = 0; asked + proposals <= query_budget && back > smallest_step; asked += proposals) {
    Matrix some(d, proposals);
    for (Index column = 0; column < proposals; ++column) {
      Vector step(d);
      for (double& value : step) value = random.normal();
      Vector u = state.best() + step * (aside * state.best().norm() / step.norm());
      u *= state.size() * (1.0 - back) / geometry::length(u, norm);
      some.col(column) = state.within_box(u);
    }
    const bool shorter = state.try_all(some);
    aside = std::min(1.0, aside * (shorter ? 1.2 : 0.7));
    back = std::min(0.3, back * (shorter ? 1.5 : 0.6));
  }
}

std::vector<Adversarial> attack_in_range(const certify::CertifiedKnn& knn, const certify::CertificationProblem& problem,
                                         const AttackOptions& options, std::span<const certify::Certificate> exact) {
  const geometry::PerturbedClassifier& classifier = knn.classifier();
  const certify::ThreatModel& threat = knn.threat();
  // The answer if it is given or of k = 1 in l2, else a start: the radius of the nearest row alone.
  const bool is_answer = !exact.empty() || (threat.is_euclidean() && problem.k == 1);
  std::vector<certify::Certificate> computed(problem.predicted.size());
  if (exact.empty() && certify::has_exact_range(knn)) {
    computed = certify::exact_nn_radii(knn, problem, options.observer);
  }
  if (exact.empty()) exact = computed;
  std::vector<Adversarial> found(problem.predicted.size(), {{0.0, certify::BoundKind::upper_bound}});
  for (std::size_t row = 0; row < found.size(); ++row) found[row].label = problem.predicted[row];
  const geometry::DualRows& dual = knn.dual_rows(threat.norm(), threat.box.has_value());
  const Matrix inverse = linalg::pseudo_inverse(classifier.map());
  certify::for_each_correct_query(knn, problem, "attack", options.observer, [&] {
    return [&, regions = OutvotingRegions(classifier, dual, threat.norm(), problem.k)](
               Index row, geometry::QueryRows& around) mutable {
      const auto at = static_cast<std::size_t>(row);
      AttackState state(knn, problem, row);
      if (exact[at].witness) {
        const Vector u = classifier.to_norm_space((*exact[at].witness - problem.rows.row(row)).transpose());
        const bool changes = is_answer && state.try_all(u);
        if (changes && exact[at].kind == certify::BoundKind::exact) {
          found[at] = state.adversarial();
          return;
        }
        if (!is_answer) state.search_line(u);
      }
      regions.attack(around, threat.limits_for(problem.rows.row(row)), state);
      const std::vector<geometry::RowDistance>& others = regions.other_class();
      for (std::size_t n = 0; !state.is_changed() && n < std::min(line_searches, others.size()); ++n) {
        const Vector move = (classifier.mapped().row(others[n].row) - problem.queries.row(row)).transpose();
        state.search_line(inverse * move);
      }
      Random random(options.seed, static_cast<std::uint64_t>(row));
      boundary_attack(state, threat.norm(), options.query_budget, random);
      found[at] = state.adversarial();
    };
  });
  return found;
}

}  // namespace

std::vector<Adversarial> attack(const certify::CertifiedKnn& knn, const certify::CertificationProblem& problem,
                                const AttackOptions& options, std::span<const certify::Certificate> exact) {
  if (const auto& box = knn.threat().box) box->require_within(problem.rows);
  return certify::in_range(knn, problem, [&](const certify::CertifiedKnn& in, const certify::CertificationProblem& of) {
    // Exact radii are in the units of the given problem.
    return attack_in_range(in, of, options, &of == &problem ? exact : std::span<const certify::Certificate>());
  });
}

}  // namespace holdfast::attack
