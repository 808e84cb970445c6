// Exact l2 radii of several neighbours: how many are found within ten seconds a row, and the time of all. Digits, the
// last 500 rows against the 1,297 before; MNIST, 1,000 test rows against 60,000 in 784 columns and under a learned
// metric on 50. Prints a table in Markdown.
#include <fmt/format.h>

#include <cstdio>

#include "holdfast/core/parallel.hpp"
#include "holdfast/evaluate/certifier.hpp"
#include "holdfast/evaluate/summary.hpp"
#include "holdfast/learners/train.hpp"
#include "measure.hpp"

namespace {

using namespace holdfast;
using namespace holdfast::experiments;

void measure_rows(const std::string& name, const model::Model& model, const Dataset& test,
                  const std::vector<Index>& ks) {
  const certify::CertifiedKnn knn(model, {});
  for (const Index k : ks) {
    const certify::CertificationProblem problem = knn.problem(test, {.k = k});
    evaluate::Radii radii;
    const Spent spent = spent_by(
        [&] { radii = evaluate::radii(knn, problem, evaluate::find_certifier("exact"), {.time_limit = 10.0}); });
    double lower = 0.0;
    double upper = 0.0;
    Index closed = 0;
    for (const certify::Certificate& certificate : radii.certificates) {
      lower += certificate.radius;
      upper += certificate.upper.value_or(certificate.radius);
      closed += certificate.kind == certify::BoundKind::exact ? 1 : 0;
    }
    const auto rows = static_cast<double>(problem.size());
    fmt::print("| {} | {} | {} | {} of {} | {:.6f} | {:.6f} | {:.2f} |\n", name, knn.classifier().size(), k, closed,
               problem.size(), lower / rows, upper / rows, spent.clock);
    std::fflush(stdout);
  }
}

}  // namespace

int main(int argc, char** argv) {
  print_commit();
  const std::filesystem::path folder = data_folder(argc, argv);
  fmt::print("\n{} threads\n\n", thread_count());
  fmt::print(
      "| data, metric | reference rows | k | exact | mean radius | mean upper end | seconds "
      "|\n|---|---:|---:|---:|---:|"
      "---:|---:|\n");
  const Dataset digits = io::read_dataset(folder / "digits" / "digits.csv.gz");
  const Dataset first = rows_between(digits, 0, 1297);
  const model::Model of_digits = learners::train(first, {.method = "euclidean", .preprocess = "minmax"}).model;
  measure_rows("digits, euclidean, minmax", of_digits, rows_between(digits, 1297, 1797), {3, 5, 7, 11});
  const Dataset train = images(folder, "train");
  const Dataset test = rows_between(images(folder, "t10k"), 0, 1000);
  for (const auto& [method, preprocess] : {std::pair("gmml", "minmax,pca:50"), std::pair("euclidean", "minmax")}) {
    const model::Model model = learners::train(train, {.method = method, .preprocess = preprocess}).model;
    measure_rows(fmt::format("mnist, {}, {}", method, preprocess), model, test, {3, 5});
  }
}
