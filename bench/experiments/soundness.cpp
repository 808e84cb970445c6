// Are the certificates sound, at scale? A hundred million attempts to change a prediction from inside its radius, over
// data sets, metrics, norms, k and both units; and is every exact radius tight: does its witness change the prediction
// within a millionth of the radius? Prints a table in Markdown; exit status 1 where an attempt succeeds. Arguments:
// the folder of the data, and names of data sets if not all are wanted.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "holdfast/evaluate/certifier.hpp"
#include "holdfast/learners/perturbation.hpp"
#include "holdfast/learners/train.hpp"
#include "holdfast/linalg/products.hpp"
#include "measure.hpp"
#include "reference/attempts.hpp"

namespace {

using namespace holdfast;
using namespace holdfast::experiments;
using certify::ThreatModel;

constexpr Case cases[] = {{"wine", "standardize"}, {"iris", "minmax"},     {"wdbc", "standardize"},
                          {"digits", "minmax"},    {"sonar", "whiten"},    {"glass", "minmax"},
                          {"balance", "minmax"},   {"australian", "unit"}, {"segment", "standardize"}};
constexpr Index most_test_rows = 100;
constexpr Index tries_a_row = 480;

struct Metric {
  const char* name;
  const char* method;
  Index rank;
  bool perturbed;
};
constexpr Metric metrics[] = {
    {"euclidean", "euclidean", 0, false}, {"lmnn", "lmnn", 0, false}, {"lmnn + perturbation", "lmnn", 0, true},
    {"lmnn of rank 3", "lmnn", 3, false}, {"gmml", "gmml", 0, false}, {"arml", "arml", 0, false}};

struct Row {
  long tries = 0;
  long successes = 0;
  long radii = 0;      ///< above 0
  long witnesses = 0;  ///< of exact radii above 0, those whose witness has another prediction within 1e-6
};

Matrix some_ellipsoid(Index columns) {
  Random random(5);
  Matrix root(columns, columns);
  for (Index i = 0; i < columns; ++i) {
    for (Index j = 0; j < columns; ++j) root(i, j) = random.normal();
  }
  return linalg::product_with_transpose(root, root) / static_cast<double>(columns) +
         0.1 * Matrix::Identity(columns, columns);
}

void count_witnesses(const model::Model& model, const certify::CertifiedKnn& knn,
                     const certify::CertificationProblem& problem, const evaluate::Radii& exact, Row& row) {
  const ThreatModel& threat = knn.threat();
  const model::Predictor predictor(model);
  for (Index i = 0; i < problem.size(); ++i) {
    const certify::Certificate& certificate = exact.certificates[static_cast<std::size_t>(i)];
    if (!(certificate.radius > 0.0)) continue;
    ++row.radii;
    if (!certificate.witness || certificate.kind != certify::BoundKind::exact) continue;
    const Matrix witness = *certificate.witness;
    const double size = threat.measure((witness - problem.rows.row(i)).transpose());
    const Matrix prepared = threat.space == certify::Space::raw ? model.preprocessor.apply(witness) : witness;
    const bool flips = predictor.predict(prepared, problem.k)[0] != problem.predicted[static_cast<std::size_t>(i)];
    row.witnesses += flips && size <= certificate.radius * (1.0 + 1e-6) ? 1 : 0;
  }
}

std::vector<ThreatModel> threats_of(const model::Model& model, certify::Space space) {
  std::vector<ThreatModel> threats;
  for (const auto norm : {geometry::Norm::l2, geometry::Norm::l1, geometry::Norm::linf}) {
    threats.push_back({certify::LpBall{norm}, space});
  }
  const Index columns = space == certify::Space::raw ? model.input_dimension() : model.reference.cols();
  threats.push_back({certify::Ellipsoid(some_ellipsoid(columns)), space});
  // Every other column is frozen.
  std::vector<Index> perturbed;
  for (Index column = 0; column < columns; column += 2) perturbed.push_back(column);
  for (const auto norm : {geometry::Norm::l2, geometry::Norm::linf}) {
    threats.push_back({.ball = certify::LpBall{norm}, .space = space, .perturbed = perturbed});
  }
  return threats;
}

Row attack_rows(const Case& c, const Dataset& train, const Dataset& test, const Metric& metric) {
  learners::TrainOptions options{.method = metric.method, .preprocess = c.preprocess};
  if (metric.rank > 0) options.options.set("rank", metric.rank);
  if (metric.perturbed) options.options.set("perturbation", learners::Perturbation{});
  const model::Model model = learners::train(train, options).model;
  Row row;
  for (const certify::Space space : {certify::Space::preprocessed, certify::Space::raw}) {
    if (space == certify::Space::raw && !model.preprocessor.is_affine()) continue;
    for (const ThreatModel& threat : threats_of(model, space)) {
      const certify::CertifiedKnn knn(model, threat);
      for (const Index k : {1, 3, 5, 11}) {
        const certify::CertificationProblem problem = knn.problem(test, {.k = k});
        const evaluate::Radii radii =
            evaluate::radii(knn, problem, evaluate::find_certifier("exact"), {.time_limit = 0.3});
        const evaluate::Radii attacks =
            evaluate::radii(knn, problem, evaluate::find_certifier("attack"), {.query_budget = 32});
        const reference::Attempts attempts = reference::attempt(model, knn, problem, radii.certificates,
                                                                attacks.certificates, 1.0 - 1e-9, tries_a_row, 7);
        row.tries += attempts.tries;
        row.successes += attempts.successes;
        if (attempts.successes > 0) {
          fmt::print(stderr, "{} {} {}: {}\n", c.name, metric.name, threat.norm_name(), attempts.first_success);
        }
        count_witnesses(model, knn, problem, radii, row);
      }
    }
  }
  return row;
}

}  // namespace

int main(int argc, char** argv) {
  print_commit();
  const std::filesystem::path folder = data_folder(argc, argv);
  const auto began = std::chrono::steady_clock::now();
  Row total;
  fmt::print(
      "| data | metric | attempts | successes | radii | exact, with a witness that flips "
      "|\n|---|---|---:|---:|---:|---:|\n");
  const std::vector<std::string_view> only(argv + std::min(argc, 2), argv + argc);
  for (const Case& c : cases) {
    if (!only.empty() && std::ranges::find(only, c.name) == only.end()) continue;
    std::filesystem::path file;
    if (!find_data(folder, c, file)) continue;
    const auto [train, test] = attacked_rows(io::read_dataset(file), most_test_rows);
    for (const Metric& metric : metrics) {
      const Row row = attack_rows(c, train, test, metric);
      fmt::print("| {} | {} | {} | {} | {} | {} |\n", c.name, metric.name, row.tries, row.successes, row.radii,
                 row.witnesses);
      std::fflush(stdout);
      total.tries += row.tries;
      total.successes += row.successes;
      total.radii += row.radii;
      total.witnesses += row.witnesses;
    }
  }
  fmt::print("| **all** | | {} | {} | {} | {} |\n\n{:.0f} s\n", total.tries, total.successes, total.radii,
             total.witnesses, std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
  return total.successes == 0 ? 0 : 1;
}
