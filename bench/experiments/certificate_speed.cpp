// The time of certificates beside that of one float64 matrix product of the same shape with the same BLAS: MNIST, exact
// radii for k = 1 and bounds for k = 11, Euclidean on 784 columns and a learned metric on 50; and 2,000 queries against
// 50,000 to 200,000 rows of 30 columns. Prints tables in Markdown.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

#include "holdfast/core/parallel.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/evaluate/certifier.hpp"
#include "holdfast/evaluate/summary.hpp"
#include "holdfast/learners/train.hpp"
#include "holdfast/linalg/products.hpp"
#include "measure.hpp"

extern "C" const char* openblas_get_corename();

namespace {

using namespace holdfast;
using namespace holdfast::experiments;

/// a * b^T, a block of rows of a at a time: the whole would fill the memory. A thread keeps its block's memory, so that
/// the time is that of the product and not of fresh pages.
Spent product(const Matrix& a, const Matrix& b) {
  linalg::use_one_blas_thread();
  constexpr Index block = 250;
  return spent_by([&] {
    parallel_for(a.rows(), block, [&](Index begin, Index end) {
      static thread_local Matrix result;
      result.resize(end - begin, b.rows());
      result.noalias() = a.middleRows(begin, end - begin) * b.transpose();
    });
  });
}

struct Job {
  const char* method;
  Index k;
};

/// Predictions and radii, each beside a product right before it.
void measure_jobs(const std::string& name, const model::Model& model, const Dataset& test,
                  const std::vector<Job>& jobs) {
  const certify::CertifiedKnn knn(model, {});
  for (const Job& job : jobs) {
    certify::CertificationProblem problem;
    const Spent prediction = spent_by([&] { problem = knn.problem(test, {.k = job.k}); });
    const Spent of_product = product(problem.queries, knn.classifier().mapped());
    evaluate::Radii radii;
    const Spent certificates =
        spent_by([&] { radii = evaluate::radii(knn, problem, evaluate::find_certifier(job.method)); });
    fmt::print("| {} | {} | {} | {} | {:.6f} | {:.2f} | {:.2f} | {:.2f} | {:.2f} | {:.2f} | {:.2f} |\n", name,
               knn.classifier().size(), job.k, job.method, evaluate::summarize(radii.certificates, {}).mean,
               of_product.clock, certificates.clock, of_product.processors, prediction.processors,
               certificates.processors, certificates.processors / of_product.processors);
    std::fflush(stdout);
  }
}

/// Rows of 200 Gaussians, ten of their columns informative, in ten classes.
Dataset gaussians(Index rows, std::uint64_t seed) {
  Random centre_random(0, 0);
  Matrix centres(200, 10);
  for (Index i = 0; i < centres.size(); ++i) centres.data()[i] = 2.0 * centre_random.normal();
  Random random(seed, 1);
  Dataset data;
  data.x.resize(rows, 30);
  Labels labels{.codes = {}, .names = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}};
  for (Index row = 0; row < rows; ++row) {
    const Index cluster = random.below(200);
    for (Index column = 0; column < 30; ++column) data.x(row, column) = random.normal();
    data.x.row(row).head(10) += centres.row(cluster);
    labels.codes.push_back(static_cast<int>(cluster % 10));
  }
  data.labels = std::move(labels);
  return data;
}

}  // namespace

int main(int argc, char** argv) {
  print_commit();
  const std::filesystem::path folder = data_folder(argc, argv);
  fmt::print("\n{} threads; OpenBLAS has the kernels of {}. Seconds by the clock (s) and of the processors (cpu):\n\n",
             thread_count(), openblas_get_corename());
  fmt::print(
      "| data, metric | reference rows | k | method | mean radius | product, s | radii, s | product, cpu | prediction, "
      "cpu | radii, cpu | radii / product |\n|---|---:|---:|---|---:|---:|---:|---:|---:|---:|---:|\n");
  for (const Index rows : {50'000, 100'000, 200'000}) {
    const model::Model model = learners::train(gaussians(rows, 1), {.method = "euclidean", .preprocess = "none"}).model;
    measure_jobs("gaussians in 30 columns", model, gaussians(2'000, 2), {{"exact", 1}, {"bound", 11}});
  }
  const Dataset train = images(folder, "train");
  const Dataset test = images(folder, "t10k");
  for (const char* method : {"gmml", "lmnn"}) {
    const model::Model model = learners::train(train, {.method = method, .preprocess = "minmax,pca:50"}).model;
    measure_jobs(fmt::format("mnist, {}, minmax,pca:50", method), model, test, {{"exact", 1}, {"bound", 11}});
  }
  const model::Model model = learners::train(train, {.method = "euclidean", .preprocess = "minmax"}).model;
  measure_jobs("mnist, euclidean, minmax", model, test, {{"exact", 1}, {"bound", 11}});
}
