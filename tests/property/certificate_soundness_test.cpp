// No perturbation inside a certified radius changes a prediction: 10^5 tries over metrics, norms and k.
#include <gtest/gtest.h>

#include <cmath>

#include "holdfast/certify/model_classifier.hpp"
#include "holdfast/evaluate/evaluation.hpp"
#include "holdfast/learners/train.hpp"
#include "reference/labelled_data.hpp"

namespace holdfast {
namespace {

using certify::Norm;

double norm_of(const RowVector& v, Norm norm) {
  switch (norm) {
    case Norm::l1:
      return v.cwiseAbs().sum();
    case Norm::linf:
      return v.cwiseAbs().maxCoeff();
    case Norm::l2:
    case Norm::ellipsoid:
      break;
  }
  return v.norm();
}

/// The direction of unit norm along which a.v grows fastest.
RowVector steepest(const RowVector& a, Norm norm) {
  RowVector v = RowVector::Zero(a.size());
  switch (norm) {
    case Norm::l1: {
      Index largest = 0;
      a.cwiseAbs().maxCoeff(&largest);
      v[largest] = a[largest] < 0.0 ? -1.0 : 1.0;
      return v;
    }
    case Norm::linf:
      return a.unaryExpr([](double value) { return value < 0.0 ? -1.0 : 1.0; });
    case Norm::l2:
    case Norm::ellipsoid:
      break;
  }
  return a.normalized();
}

struct Setting {
  const char* name;
  learners::TrainOptions options;
};

std::vector<Setting> settings() {
  learners::MethodOptions perturbed;
  perturbed.perturbation = learners::Perturbation{};
  learners::MethodOptions low_rank;
  low_rank.rank = 2;
  return {{"euclidean", {.method = "euclidean", .preprocess = "none"}},
          {"lmnn", {.method = "lmnn", .preprocess = "standardize"}},
          {"lmnn + perturbation", {.method = "lmnn", .preprocess = "minmax", .options = perturbed}},
          {"lmnn of rank 2 on whitened rows", {.method = "lmnn", .preprocess = "whiten", .options = low_rank}},
          {"lmnn on unit rows", {.method = "lmnn", .preprocess = "unit"}},
          {"aml", {.method = "aml", .preprocess = "standardize"}},
          {"arml", {.method = "arml", .preprocess = "minmax"}}};
}

/// Tries perturbations of each test row inside its radius, random ones and ones towards reference rows of other
/// classes. Returns the number of tries.
long attack(const model::Model& model, const Dataset& test, certify::Space space, Norm norm, Index k,
            Index tries_a_row) {
  const certify::PerturbedClassifier classifier = certify::perturbed_classifier(model, space);
  const Matrix prepared = model.prepare(test);
  const Matrix& origin = space == certify::Space::raw ? test.x : prepared;
  const evaluate::Predictor predictor(model);
  const std::vector<int> predicted = predictor.predict(prepared, k);
  const std::vector<int> codes = model.codes_of(test);
  const auto certificates =
      certify::knn_lower_bounds(classifier, model.metric.transform(prepared), codes, predicted, {.k = k, .norm = norm});
  long tries = 0;
  Random random(17, static_cast<std::uint64_t>(k));
  for (Index row = 0; row < test.rows(); ++row) {
    const auto at = static_cast<std::size_t>(row);
    const double radius = certificates[at].radius;
    if (!(radius > 0.0) || std::isinf(radius)) continue;
    Matrix moved(tries_a_row, origin.cols());
    for (Index t = 0; t < tries_a_row; ++t) {
      RowVector direction(origin.cols());
      if (t % 2 == 0) {
        for (double& value : direction) value = random.normal();
        direction /= norm_of(direction, norm);
      } else {
        // Across the bisector of a row of the class and one of another: the certificate's own worst case.
        Index i = random.below(model.reference.rows());
        Index l = random.below(model.reference.rows());
        while (classifier.codes()[static_cast<std::size_t>(i)] != codes[at]) i = random.below(model.reference.rows());
        while (classifier.codes()[static_cast<std::size_t>(l)] == codes[at]) l = random.below(model.reference.rows());
        direction = steepest((classifier.mapped().row(l) - classifier.mapped().row(i)) * classifier.map(), norm);
      }
      const double length = t % 4 < 2 ? 1.0 : random.uniform();
      moved.row(t) = origin.row(row) + length * radius * (1.0 - 1e-12) * direction;
    }
    const Matrix seen = space == certify::Space::raw ? model.preprocessor.apply(moved) : moved;
    const std::vector<int> now = predictor.predict(seen, k);
    for (Index t = 0; t < tries_a_row; ++t) {
      EXPECT_EQ(now[static_cast<std::size_t>(t)], predicted[at])
          << "row " << row << " changed by a perturbation of norm " << norm_of(moved.row(t) - origin.row(row), norm)
          << " inside its radius " << radius;
    }
    tries += tries_a_row;
  }
  return tries;
}

TEST(CertificateSoundness, NoPerturbationInsideTheRadiusChangesThePrediction) {
  const Dataset wine = reference::shipped("wine");
  std::vector<Index> train;
  std::vector<Index> test;
  for (Index row = 0; row < wine.rows(); ++row) (row % 3 == 0 ? test : train).push_back(row);
  long tries = 0;
  for (const Setting& setting : settings()) {
    SCOPED_TRACE(setting.name);
    const model::Model model = learners::train(select_rows(wine, train), setting.options).model;
    for (const Norm norm : {Norm::l2, Norm::l1, Norm::linf}) {
      for (const Index k : {1, 3, 7}) {
        SCOPED_TRACE(std::string(certify::name(norm)) + " k " + std::to_string(k));
        tries += attack(model, select_rows(wine, test), certify::Space::preprocessed, norm, k, 40);
        if (model.preprocessor.is_affine()) {
          tries += attack(model, select_rows(wine, test), certify::Space::raw, norm, k, 40);
        }
      }
    }
  }
  EXPECT_GE(tries, 100000);
}

TEST(CertificateTightness, OfOnePairAWitnessJustOutsideFlipsTheLabel) {
  // With one row a class the bound is exact: a step just beyond it along the steepest direction flips the label.
  Random random(3);
  for (int round = 0; round < 200; ++round) {
    const Matrix x = reference::random_normal(2, 4, 1000 + static_cast<std::uint64_t>(round));
    const Matrix map = reference::random_normal(4, 4, 2000 + static_cast<std::uint64_t>(round));
    const RowVector z = x.row(0) + 0.3 * (x.row(1) - x.row(0)) * random.uniform();
    const certify::PerturbedClassifier classifier(x * map.transpose(), {0, 1}, map, certify::Space::preprocessed);
    const auto nearer = [&](const RowVector& at) {
      const Matrix mapped = (x.rowwise() - at) * map.transpose();
      return mapped.row(0).squaredNorm() <= mapped.row(1).squaredNorm() ? 0 : 1;
    };
    if (nearer(z) != 0) continue;
    const std::vector<int> codes = {0};
    for (const Norm norm : {Norm::l2, Norm::l1, Norm::linf}) {
      const double radius =
          certify::knn_lower_bounds(classifier, z * map.transpose(), codes, codes, {.norm = norm})[0].radius;
      const RowVector direction =
          steepest((classifier.mapped().row(1) - classifier.mapped().row(0)) * classifier.map(), norm);
      EXPECT_EQ(nearer(z + radius * (1.0 - 1e-9) * direction), 0);
      EXPECT_EQ(nearer(z + radius * (1.0 + 1e-9) * direction), 1);
    }
  }
}

}  // namespace
}  // namespace holdfast
