#include "holdfast/model/embedding.hpp"

#include <gtest/gtest.h>

#include "holdfast/model/model.hpp"

namespace holdfast::model {
namespace {

/// Twice the rows.
class Doubled : public Embedding {
 public:
  [[nodiscard]] Index input_dimension() const override { return 2; }
  [[nodiscard]] Index output_dimension() const override { return 2; }
  [[nodiscard]] Matrix apply(const MatrixView& rows) const override { return 2.0 * rows; }
  [[nodiscard]] std::string input() const override { return "pairs of numbers"; }
  [[nodiscard]] std::string summary() const override { return "doubling"; }
  [[nodiscard]] StoredEmbedding store() const override { return {"doubled", {}}; }
};

TEST(Embedding, ComesBeforeThePreprocessingOfAModel) {
  const Matrix x{{1.0, 2.0}, {3.0, 4.0}};
  const auto embedding = std::make_shared<Doubled>();
  const preprocess::Preprocessor center = preprocess::Preprocessor::fit("center", embedding->apply(x));
  const Model model{center, metric::Metric::euclidean(2), Matrix::Zero(1, 2), {}, {}, {}, embedding};
  EXPECT_EQ(model.prepare_rows(x), (Matrix{{-2.0, -2.0}, {2.0, 2.0}}));
  EXPECT_EQ(model.preparation(), "embedding of the network, center");
  EXPECT_FALSE(model.is_affine());
}

TEST(StoredEmbedding, IsEqualIfAllOfItIs) {
  StoredEmbedding a{"net", {{"weight", {StoredTensor::Type::f32, {1, 2}, "12345678"}}}};
  StoredEmbedding b = a;
  EXPECT_EQ(a, b);
  b.tensors["weight"].shape = {2, 1};
  EXPECT_NE(a, b);
}

}  // namespace
}  // namespace holdfast::model
