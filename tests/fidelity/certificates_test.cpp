// k-NN lower bounds on digits against an independent implementation.
#include <gtest/gtest.h>

#include "holdfast/certify/knn_bound.hpp"
#include "holdfast/metric/metric.hpp"
#include "holdfast/neighbors/classifier.hpp"
#include "reference/labelled_data.hpp"
#include "reference/shared_files.hpp"

namespace holdfast {
namespace {

TEST(CertificatesFidelity, KnnLowerBoundsOnDigitsAgree) {
  const auto file = reference::reference_file("certificates_digits.json");
  HOLDFAST_NEED(file, "certificates_digits.json");
  const nlohmann::json figures = reference::read_json(*file);
  const Dataset digits = reference::shipped("digits");
  const Matrix x = digits.x / 16.0;
  const Index train = 1297;
  const auto rows = figures["test_rows"].get<std::vector<Index>>();
  Matrix m(64, 64);
  for (Index i = 0; i < 64; ++i) {
    for (Index k = 0; k < 64; ++k) m(i, k) = figures["M"][static_cast<std::size_t>(i)][static_cast<std::size_t>(k)];
  }
  const std::vector<int> codes(digits.labels->codes.begin(), digits.labels->codes.begin() + train);
  std::vector<int> wanted;
  for (const Index row : rows) wanted.push_back(digits.labels->codes[static_cast<std::size_t>(row)]);
  int compared = 0;
  for (const char* name : {"euclidean", "mahalanobis"}) {
    const metric::Metric learned =
        std::string(name) == "euclidean" ? metric::Metric::euclidean(64) : metric::Metric::from_matrix(m);
    const certify::PerturbedClassifier classifier(learned.transform(x.topRows(train)), codes, learned.map(),
                                                  certify::Space::preprocessed);
    const Matrix queries = learned.transform(select_rows(MatrixView(x), rows));
    for (const auto& [k_text, expected] : figures[name]["knn_l2_lower_bound"].items()) {
      const Index k = std::stol(k_text);
      const std::vector<int> predicted =
          neighbors::vote(neighbors::nearest(queries, classifier.mapped(), k), codes, digits.labels->classes());
      const auto certificates = certify::knn_lower_bounds(classifier, queries, wanted, predicted, {.k = k});
      for (std::size_t row = 0; row < rows.size(); ++row) {
        const double given = expected[row];
        EXPECT_NEAR(certificates[row].radius, given, 1e-9) << name << " k " << k << " row " << rows[row];
        EXPECT_LE(certificates[row].radius, figures[name]["exact_1nn_l2"][row].get<double>() + (k == 1 ? 1e-8 : 1e9));
        ++compared;
      }
    }
  }
  EXPECT_EQ(compared, 2 * 4 * 30);
}

}  // namespace
}  // namespace holdfast
