// Values and gradients of the standard losses against those of PyTorch Metric Learning, in float64.
#include <gtest/gtest.h>

#include "holdfast/deep/metric_loss.hpp"
#include "reference/matrix_json.hpp"
#include "reference/shared_files.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::deep {
namespace {

struct Case {
  const char* name;
  MetricLossOptions options;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

MetricLossOptions geometric(const char* geometry, const Loss& form) {
  MetricLossOptions options;
  options.trade_off = 1.0;
  options.geometry = find_geometry(geometry);
  options.form = form;
  return options;
}

std::vector<Case> cases() {
  return {{"triplet_all_unit_l2_margin_0.2", geometric("euclidean", TripletLoss{})},
          {"triplet_batch_hard_unit_l2_margin_0.2", geometric("euclidean", TripletLoss{.mining = Mining::hard})},
          {"triplet_semihard_unit_l2_margin_0.2", geometric("euclidean", TripletLoss{.mining = Mining::semi_hard})},
          {"contrastive_unit_l2_0_1", geometric("euclidean", ContrastiveLoss{.margin = 1.0})},
          {"ntxent_cosine_T_0.1", geometric("cosine", NPairLoss{})},
          {"multi_similarity_2_50_0.5", geometric("cosine", MultiSimilarityLoss{})}};
}

class EmbeddingLosses : public testing::TestWithParam<Case> {};

TEST_P(EmbeddingLosses, ValueAndGradientAgree) {
  const auto file = reference::reference_file("embedding_losses.json");
  if (!file) GTEST_SKIP() << "embedding_losses.json is not there; set HOLDFAST_REFERENCE to its folder";
  const nlohmann::json figures = reference::read_json(*file);
  Matrix rows = reference::matrix_of(figures.at("embeddings"));
  const auto labels = figures.at("labels").get<std::vector<std::int64_t>>();
  const torch::Tensor embeddings =
      torch::from_blob(rows.data(), {rows.rows(), rows.cols()}, torch::kFloat64).clone().set_requires_grad(true);
  const torch::Tensor classes = torch::tensor(labels);
  MetricLoss loss(GetParam().options, rows.cols(), 6);
  loss.to(torch::kFloat64);
  // The gradient with respect to the raw embeddings: through the scaling to unit length where there is one.
  const torch::Tensor value = loss.forward(torch::nn::functional::normalize(embeddings), classes);
  value.backward();
  const nlohmann::json& expected = figures.at("losses").at(GetParam().name);
  EXPECT_NEAR(value.item<double>(), expected.at("value").get<double>(), reference::spectral);
  const Matrix gradient = reference::matrix_of(expected.at("gradient"));
  for (Index row = 0; row < rows.rows(); ++row) {
    for (Index column = 0; column < rows.cols(); ++column) {
      EXPECT_NEAR(embeddings.grad()[row][column].item<double>(), gradient(row, column), reference::spectral);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Losses, EmbeddingLosses, testing::ValuesIn(cases()));

}  // namespace
}  // namespace holdfast::deep
