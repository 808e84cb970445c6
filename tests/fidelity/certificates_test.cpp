// Certificates on digits against an independent implementation.
#include <gtest/gtest.h>

#include "holdfast/metric/metric.hpp"
#include "holdfast/neighbors/classifier.hpp"
#include "reference/certification.hpp"
#include "reference/labelled_data.hpp"
#include "reference/shared_files.hpp"
#include "reference/tolerance.hpp"

namespace holdfast {
namespace {

/// The digits problem that the reference figures are about.
struct Digits {
  explicit Digits(const nlohmann::json& figures) : x(reference::shipped("digits").x / 16.0), m(64, 64) {
    const Dataset digits = reference::shipped("digits");
    classes = digits.labels->classes();
    codes.assign(digits.labels->codes.begin(), digits.labels->codes.begin() + train);
    rows = figures["test_rows"].get<std::vector<Index>>();
    for (const Index row : rows) wanted.push_back(digits.labels->codes[static_cast<std::size_t>(row)]);
    for (Index i = 0; i < 64; ++i) {
      for (Index k = 0; k < 64; ++k) m(i, k) = figures["M"][static_cast<std::size_t>(i)][static_cast<std::size_t>(k)];
    }
  }

  [[nodiscard]] metric::Metric metric(const std::string& name) const {
    return name == "euclidean" ? metric::Metric::euclidean(64) : metric::Metric::from_matrix(m);
  }
  [[nodiscard]] geometry::PerturbedClassifier classifier(const metric::Metric& learned) const {
    return {learned.transform(x.topRows(train)), codes, learned.map()};
  }
  [[nodiscard]] std::vector<int> predict(const geometry::PerturbedClassifier& classifier, const Matrix& queries,
                                         Index k) const {
    return neighbors::vote(neighbors::nearest(queries, classifier.mapped(), k), codes, classes);
  }

  static constexpr Index train = 1297;
  Matrix x;
  Matrix m;
  std::vector<int> codes;
  Index classes = 0;
  std::vector<Index> rows;
  std::vector<int> wanted;
};

TEST(CertificatesFidelity, KnnLowerBoundsOnDigitsAgree) {
  const auto file = reference::reference_file("certificates_digits.json");
  HOLDFAST_NEED(file, "certificates_digits.json");
  const nlohmann::json figures = reference::read_json(*file);
  const Digits digits(figures);
  int compared = 0;
  for (const char* name : {"euclidean", "mahalanobis"}) {
    const metric::Metric learned = digits.metric(name);
    const geometry::PerturbedClassifier classifier = digits.classifier(learned);
    const Matrix queries = learned.transform(select_rows(MatrixView(digits.x), digits.rows));
    for (const auto& [k_text, expected] : figures[name]["knn_l2_lower_bound"].items()) {
      const Index k = std::stol(k_text);
      const auto certificates =
          reference::lower_bounds(classifier, queries, digits.wanted, digits.predict(classifier, queries, k), k);
      for (std::size_t row = 0; row < digits.rows.size(); ++row) {
        EXPECT_NEAR(certificates[row].radius, expected[row].get<double>(), reference::radii)
            << name << " k " << k << " row " << digits.rows[row];
        ++compared;
      }
    }
  }
  EXPECT_EQ(compared, 2 * 4 * 30);
}

TEST(CertificatesFidelity, ExactRadiiOnDigitsAgreeOrAreProvenSmaller) {
  // The other implementation searches greedily. Under the learned metric it stops short of the smallest perturbation on
  // a few rows: there our witness, a row with another prediction nearer than the figure, shows it.
  const auto file = reference::reference_file("certificates_digits.json");
  HOLDFAST_NEED(file, "certificates_digits.json");
  const nlohmann::json figures = reference::read_json(*file);
  const Digits digits(figures);
  for (const std::string name : {"euclidean", "mahalanobis"}) {
    const metric::Metric learned = digits.metric(name);
    const geometry::PerturbedClassifier classifier = digits.classifier(learned);
    const Matrix rows = select_rows(MatrixView(digits.x), digits.rows);
    const Matrix queries = learned.transform(rows);
    const std::vector<int> predicted = digits.predict(classifier, queries, 1);
    const auto certificates = reference::exact_radii(classifier, queries, rows, digits.wanted, predicted);
    int smaller = 0;
    for (std::size_t row = 0; row < digits.rows.size(); ++row) {
      const double expected = figures[name]["exact_1nn_l2"][row];
      const certify::Certificate& own = certificates[row];
      EXPECT_LE(own.radius, expected + reference::other_search) << name << " row " << digits.rows[row];
      if (!own.witness) continue;
      const double size = (*own.witness - rows.row(static_cast<Index>(row))).norm();
      EXPECT_LE(size, own.radius * (1.0 + reference::radii) + reference::near_zero);
      EXPECT_NE(digits.predict(classifier, learned.transform(*own.witness), 1)[0], digits.wanted[row]);
      smaller += own.radius < expected - reference::other_search ? 1 : 0;
    }
    EXPECT_EQ(smaller, name == "euclidean" ? 0 : 4);
  }
}

}  // namespace
}  // namespace holdfast
