// What holds for every learner: runs over the registry, so that a new method is tested by being there.
#include <gtest/gtest.h>

#include <cmath>

#include "holdfast/core/parallel.hpp"
#include "holdfast/io/model_file.hpp"
#include "holdfast/learners/perturbation.hpp"
#include "holdfast/learners/train.hpp"
#include "holdfast/linalg/symmetric_eigen.hpp"
#include "reference/labelled_data.hpp"
#include "reference/messages.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::learners {
namespace {

using reference::clouds;

/// A method by name, with and without the perturbation loss where it takes it.
struct Variant {
  std::string_view method;
  bool perturbed;
};

/// What a failure shows of a variant.
void PrintTo(const Variant& variant, std::ostream* out) {
  *out << variant.method << (variant.perturbed ? " with perturbation" : "");
}

std::vector<Variant> variants() {
  std::vector<Variant> all;
  for (const Method& method : methods()) {
    all.push_back({method.name, false});
    if (method.options->find("perturbation") != nullptr) all.push_back({method.name, true});
  }
  return all;
}

/// The classes named by their numbers, as quantities.
Dataset with_numbers(Dataset data) {
  for (std::size_t code = 0; code < data.labels->names.size(); ++code) data.labels->names[code] = std::to_string(code);
  return data;
}

class EveryLearner : public testing::TestWithParam<Variant> {
 protected:
  static bool is_regression() { return find_method(GetParam().method).task == model::Task::regression; }

  /// With the derived weight of the perturbation loss. Its choice (perturbation_test.cpp) is fifteen fits more, and
  /// jumps between factors that are equally good to rounding.
  static Fit fit(const Dataset& given) {
    OptionSet options;
    const Dataset data = is_regression() ? with_numbers(given) : given;
    if (GetParam().perturbed) options.set("perturbation", Perturbation{Derivable::times(1.0), {}});
    return find_method(GetParam().method).fit(data.x, *data.labels, options, {});
  }
};

TEST_P(EveryLearner, GivesASymmetricPositiveSemidefiniteMatrix) {
  const Matrix m = fit(clouds(80, 5, 3, 1)).metric.matrix();
  EXPECT_EQ(m, m.transpose());
  EXPECT_GE(linalg::symmetric_eigen(m).values.minCoeff(), -reference::rounding * m.trace());
}

TEST_P(EveryLearner, IsTheSameBitForBitWhenRepeated) {
  const Dataset data = clouds(80, 5, 3, 1);
  const Fit first = fit(data);
  const Dataset copy = data;
  EXPECT_TRUE(first.metric == fit(copy).metric);
}

TEST_P(EveryLearner, OtherThreadCountsAgreeToRounding) {
  const Dataset data = clouds(80, 5, 3, 1);
  const int before = thread_count();
  set_thread_count(1);
  const Matrix one = fit(data).metric.matrix();
  set_thread_count(4);
  const Matrix four = fit(data).metric.matrix();
  set_thread_count(before);
  EXPECT_LT(reference::largest_entry(one - four), reference::spectral * one.cwiseAbs().maxCoeff());
}

TEST_P(EveryLearner, DoesNotSeeTheNamesOfTheLabels) {
  if (is_regression()) GTEST_SKIP() << "the names are the quantities that it learns from";
  const Dataset data = clouds(80, 5, 3, 1);
  Dataset renamed = data;
  std::vector<std::string> texts;
  for (Index row = 0; row < 80; ++row) texts.push_back(data.labels->text(row) == "c0" ? "-1" : data.labels->text(row));
  renamed.labels = encode_labels(texts);
  EXPECT_LT(reference::largest_entry(fit(data).metric.matrix() - fit(renamed).metric.matrix()), reference::spectral);
}

TEST_P(EveryLearner, DoesNotSeeTheOrderOfTheRows) {
  const Dataset data = clouds(80, 5, 3, 1);
  const Dataset shuffled = select_rows(data, Random(4).permutation(80));
  const Matrix m = fit(data).metric.matrix();
  EXPECT_LT(reference::largest_entry(m - fit(shuffled).metric.matrix()), reference::spectral * m.cwiseAbs().maxCoeff());
}

TEST_P(EveryLearner, IsFiniteOnDegenerateData) {
  Dataset data = clouds(40, 6, 3, 2);
  data.x.col(2).setConstant(7.0);
  for (Index row = 20; row < 40; ++row) data.x.row(row) = data.x.row(row - 20);  // duplicates, some of other labels
  EXPECT_TRUE(fit(data).metric.map().allFinite());
  const Dataset wide = clouds(10, 30, 2, 3);
  EXPECT_TRUE(fit(wide).metric.map().allFinite());
  const Dataset tiny_classes = clouds(9, 3, 4, 3);
  EXPECT_TRUE(fit(tiny_classes).metric.map().allFinite());
}

TEST_P(EveryLearner, IsFiniteAtEveryScaleAndWithoutAny) {
  const Dataset data = clouds(30, 3, 2, 4);
  for (const double scale : {0.0, 1e-100, 1e-6, 1e6, 1e100}) {
    Dataset scaled = data;
    scaled.x *= scale;
    if (scale == 1e100 && GetParam().method == "arml") {
      // The gradient of a margin in these units is beyond float64: no step can be told from a bad one.
      EXPECT_THROW((void)fit(scaled), FitFailed);
      continue;
    }
    EXPECT_TRUE(fit(scaled).metric.map().allFinite()) << scale;
  }
  Dataset duplicated = data;
  for (Index row = 0; row < 30; ++row) duplicated.x.row(row) = data.x.row(row % 3);
  EXPECT_TRUE(fit(duplicated).metric.map().allFinite());
}

TEST_P(EveryLearner, GivesAFiniteMetricOrAnErrorWhereSquaresOverflow) {
  Dataset data = clouds(30, 3, 2, 4);
  data.x *= 1e200;
  try {
    EXPECT_TRUE(fit(data).metric.map().allFinite());
  } catch (const FitFailed&) {
  } catch (const InputError&) {
  }
}

TEST_P(EveryLearner, FollowsTheUnitsOfTheData) {
  // The adversary's price is in absolute units.
  if (GetParam().method == "aml") GTEST_SKIP() << "aml depends on the units by definition";
  const Dataset data = clouds(80, 4, 3, 5);
  Dataset scaled = data;
  scaled.x *= 0.001;
  const Matrix m = fit(data).metric.matrix();
  const Matrix other = fit(scaled).metric.matrix();
  EXPECT_LT((m / m.trace() - other / other.trace()).norm(),
            GetParam().perturbed ? reference::perturbed_metrics : reference::spectral);
}

TEST_P(EveryLearner, RefusesOptionsOutOfBoundsByNameValueAndBound) {
  const Dataset data = clouds(30, 3, 2, 4);
  const Method& method = find_method(GetParam().method);
  for (const OptionInfo& info : method.options->options()) {
    const std::string& name = info.name;
    OptionValue value = -1;
    if (info.kind == OptionKind::number) value = std::nan("");
    if (info.kind == OptionKind::text) value = "x";
    if (info.kind == OptionKind::derivables) value = Derivables(info.parts.size(), -1.0);
    const OptionSet wrong = {{name, value}};
    const std::string message = reference::message_of([&] { (void)method.fit(data.x, *data.labels, wrong, {}); });
    EXPECT_EQ(message.find(name), 0u) << message;
    EXPECT_NE(message.find(info.kind == OptionKind::derivables ? "-1" : text_of(value)), std::string::npos) << message;
    EXPECT_NE(message.find("must be"), std::string::npos) << message;
  }
}

std::string name_of(const testing::TestParamInfo<Variant>& info) {
  return std::string(info.param.method) + (info.param.perturbed ? "_perturbed" : "");
}
INSTANTIATE_TEST_SUITE_P(Registry, EveryLearner, testing::ValuesIn(variants()), name_of);

}  // namespace
}  // namespace holdfast::learners
