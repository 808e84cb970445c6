// Retrieval figures against those of PyTorch Metric Learning.
#include "holdfast/evaluate/retrieval.hpp"

#include <gtest/gtest.h>

#include "reference/matrix_json.hpp"
#include "reference/shared_files.hpp"
#include "reference/tolerance.hpp"

namespace holdfast {
namespace {

TEST(RetrievalFidelity, FiguresAgree) {
  const auto file = reference::reference_file("embedding_losses.json");
  if (!file) GTEST_SKIP() << "embedding_losses.json is not there; set HOLDFAST_REFERENCE to its folder";
  const nlohmann::json figures = reference::read_json(*file);
  const auto codes = figures.at("labels").get<std::vector<int>>();
  const evaluate::Retrieval own = evaluate::retrieval(reference::matrix_of(figures.at("embeddings")), codes);
  const nlohmann::json& expected = figures.at("retrieval");
  EXPECT_NEAR(own.recall_at_1.value(), expected.at("precision_at_1").get<double>(), reference::rounding);
  EXPECT_NEAR(own.r_precision.value(), expected.at("r_precision").get<double>(), reference::rounding);
  EXPECT_NEAR(own.map_at_r.value(), expected.at("mean_average_precision_at_r").get<double>(), reference::rounding);
}

}  // namespace
}  // namespace holdfast
