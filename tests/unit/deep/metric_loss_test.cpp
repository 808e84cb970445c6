#include "holdfast/deep/metric_loss.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "holdfast/core/error.hpp"
#include "holdfast/objectives/triplet_objective.hpp"
#include "reference/deep/tensors.hpp"
#include "reference/random_data.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::deep {
namespace {

using reference::gradient_error;
using reference::random_tensor;
using torch::Tensor;

const Tensor classes = torch::tensor({0, 0, 1, 1, 2, 2, 2}, torch::kInt64);

Tensor embeddings(std::uint64_t seed) { return torch::nn::functional::normalize(random_tensor({7, 6}, seed)); }

MetricLoss loss_of(const MetricLossOptions& options) {
  torch::manual_seed(1);
  MetricLoss loss(options, 6, 3);
  loss.to(torch::kFloat64);
  return loss;
}

TEST(MetricLoss, TheExtremesOfTheTradeOffAreThePureLosses) {
  const Tensor z = embeddings(1);
  MetricLossOptions options;
  options.trade_off = 1.0;
  const double geometric = TripletLoss{}(pairs_within(torch::cdist(z, z), classes)).item<double>();
  EXPECT_NEAR(loss_of(options).forward(z, classes).item<double>(), geometric, reference::rounding);
  options.trade_off = 0.0;
  const Tensor log_p = torch::log_softmax(z / options.temperature, 1);
  const Tensor js = find_divergence("js")(log_p, log_p);
  EXPECT_NEAR(loss_of(options).forward(z, classes).item<double>(),
              TripletLoss{}(pairs_within(js, classes)).item<double>(), reference::rounding);
  // In between, the proximity is the mixture, and comes to the extremes without a jump.
  for (const double end : {0.0, 1.0}) {
    options.trade_off = end;
    const double at = loss_of(options).forward(z, classes).item<double>();
    options.trade_off = end == 0.0 ? reference::few_operations : 1.0 - reference::few_operations;
    EXPECT_NEAR(loss_of(options).forward(z, classes).item<double>(), at, reference::rounding);
  }
  options.trade_off = 0.3;
  const Tensor mixed = 0.3 * torch::cdist(z, z) + 0.7 * js;
  EXPECT_LT((loss_of(options).dissimilarity(z, z) - mixed).abs().max().item<double>(), reference::rounding);
}

TEST(MetricLoss, GradientsAreThoseOfFiniteDifferencesForEveryGeometryDivergenceAndForm) {
  // Kinks and slopes of the defaults are too sharp for differences.
  const Loss forms[] = {TripletLoss{.mining = Mining::all},
                        TripletLoss{.mining = Mining::hard},
                        TripletLoss{.margin = 0.6, .mining = Mining::semi_hard},
                        ContrastiveLoss{.margin = 0.7},
                        SoftNeighborLoss{},
                        NPairLoss{},
                        MultiSimilarityLoss{.negative_sharpness = 10.0},
                        ProxyAnchorLoss{.sharpness = 8.0}};
  for (const Dissimilarity& geometry : geometries()) {
    for (const Dissimilarity& divergence : divergences()) {
      for (const Loss& form : forms) {
        for (const Distribution distribution : {Distribution::embedding, Distribution::head}) {
          MetricLossOptions options;
          options.geometry = geometry.parameter ? geometry.with(3.0) : geometry;
          options.divergence = divergence;
          options.distribution = distribution;
          options.temperature = 0.5;
          options.form = form;
          options.cross_entropy = distribution == Distribution::head ? 0.3 : 0.0;
          MetricLoss loss = loss_of(options);
          const auto value = [&](const Tensor& z) { return loss.forward(z, classes); };
          EXPECT_LT(gradient_error(value, embeddings(2)), reference::root_gradients)
              << geometry.name << " " << divergence.name << " " << form.name();
        }
      }
    }
  }
}

TEST(MetricLoss, GradientsReachEveryParameter) {
  MetricLossOptions options;
  options.geometry = find_geometry("mahalanobis");
  options.distribution = Distribution::head;
  options.form = ProxyAnchorLoss{.margin = 0.2, .sharpness = 2.0};
  options.cross_entropy = 1.0;
  MetricLoss loss = loss_of(options);
  EXPECT_EQ(loss.parameters().size(), 4U);  // head, its bias, L, proxies
  for (const auto& parameter : loss.named_parameters()) {
    const Tensor start = parameter.value().detach().clone();
    const auto value = [&](const Tensor& at) {
      // The parameter's values are those of `at`, and so is its gradient.
      parameter.value().data().copy_(at.detach());
      const Tensor own = loss.forward(embeddings(3), classes);
      if (!at.requires_grad()) return own.detach();
      parameter.value().mutable_grad() = Tensor();
      own.backward();
      return (parameter.value().grad().detach() * at).sum();
    };
    const Tensor at = start.clone().set_requires_grad(true);
    value(at).backward();
    const Tensor gradient = at.grad().clone();
    const auto plain = [&](const Tensor& moved) { return value(moved.detach()); };
    for (std::int64_t i = 0; i < start.numel(); ++i) {
      Tensor moved = start.clone();
      moved.view({-1})[i] += 1e-6;
      const double above = plain(moved).item<double>();
      moved.view({-1})[i] -= 2e-6;
      const double below = plain(moved).item<double>();
      EXPECT_NEAR((above - below) / 2e-6, gradient.reshape({-1})[i].item<double>(), reference::loss_gradients)
          << parameter.key();
    }
    parameter.value().data().copy_(start);
    EXPECT_GT(gradient.abs().max().item<double>(), reference::loss_gradients) << parameter.key();
  }
}

TEST(MetricLoss, TheDissimilarityIsAMetricIfBothPartsAre) {
  const Tensor z = torch::nn::functional::normalize(random_tensor({30, 6}, 4));
  for (const char* divergence : {"sqrt-js", "hellinger"}) {
    for (const double trade_off : {0.2, 0.5, 0.9}) {
      MetricLossOptions options;
      options.divergence = find_divergence(divergence);
      options.trade_off = trade_off;
      const Tensor h = loss_of(options).dissimilarity(z, z);
      EXPECT_LT((h - h.t()).abs().max().item<double>(), reference::rounding);
      EXPECT_LT(h.diagonal().abs().max().item<double>(), reference::root_of_rounding);
      EXPECT_GT((h + torch::eye(30)).min().item<double>(), reference::visible);  // 0 on equals only
      // H(i, k) <= H(i, j) + H(j, k)
      EXPECT_GE((h.unsqueeze(2) + h.unsqueeze(0) - h.unsqueeze(1)).min().item<double>(), -reference::root_of_rounding);
    }
  }
  // Jensen-Shannon itself is none: some triangle fails.
  const Tensor log_p = torch::tensor({{0.999, 0.001}, {0.5, 0.5}, {0.001, 0.999}}, torch::kFloat64).log();
  const Tensor js = find_divergence("js")(log_p, log_p);
  EXPECT_GT(js[0][2].item<double>(), (js[0][1] + js[1][2]).item<double>());
}

TEST(MetricLoss, CrossEntropyAloneIsThatOfTheHead) {
  MetricLossOptions options;
  options.metric = false;
  options.cross_entropy = 1.0;
  MetricLoss loss = loss_of(options);
  const auto parameters = loss.named_parameters();
  const Tensor logits = torch::matmul(embeddings(5), parameters["head.weight"].t()) + parameters["head.bias"];
  EXPECT_NEAR(loss.forward(embeddings(5), classes).item<double>(),
              torch::nn::functional::cross_entropy(logits, classes).item<double>(), reference::rounding);
}

TEST(MetricLoss, PerturbedAnchorsMeetCleanCandidates) {
  // Row i of both is one sample, so that it is no positive of its own.
  const Tensor z = embeddings(6);
  MetricLossOptions options;
  EXPECT_EQ(loss_of(options).forward(z, z.clone(), classes).item<double>(),
            loss_of(options).forward(z, classes).item<double>());
  EXPECT_NE(loss_of(options).forward(embeddings(7), z, classes).item<double>(),
            loss_of(options).forward(z, classes).item<double>());
}

/// A linear embedding z = L x of asymmetric data, and the objective of the core over all pairs and triplets of it.
class LinearModel : public testing::Test {
 protected:
  LinearModel() {
    for (std::int32_t a = 0; a < rows; ++a) {
      for (std::int32_t p = 0; p < rows; ++p) {
        if (a == p || codes[at(a)] != codes[at(p)]) continue;
        set.near_pairs.push_back({a, p});
        for (std::int32_t n = 0; n < rows; ++n) {
          if (codes[at(a)] != codes[at(n)]) set.triplets.push_back({a, p, n});
        }
      }
    }
  }

  /// Value and gradient in L (r x d) of the deep loss with squared Euclidean distances alone.
  std::pair<double, Matrix> deep_loss(const Loss& form) const {
    MetricLossOptions options;
    options.trade_off = 1.0;
    options.geometry = find_geometry("squared-euclidean");
    options.form = form;
    const Tensor l = tensor_of(map).set_requires_grad(true);
    MetricLoss loss = loss_of(options);
    const Tensor value = loss.forward(torch::matmul(tensor_of(x), l.t()),
                                      torch::tensor(std::vector<std::int64_t>(codes.begin(), codes.end())));
    value.backward();
    const Tensor gradient = l.grad().contiguous();
    return {value.item<double>(), Eigen::Map<const Matrix>(gradient.data_ptr<double>(), map.rows(), map.cols())};
  }

  /// Both times `scale`, as df/dL = 2 L G.
  std::pair<double, Matrix> core_loss(double pull_weight, std::vector<objectives::TripletTerm> terms,
                                      double scale) const {
    Matrix gradient;
    const objectives::TripletObjective objective(x, set, pull_weight, std::move(terms));
    const double value = objective.value_and_gradient_at_map(map, gradient);
    return {scale * value, scale * 2.0 * map * gradient};
  }

  static void expect_equal(const std::pair<double, Matrix>& a, const std::pair<double, Matrix>& b) {
    EXPECT_NEAR(a.first, b.first, reference::rounding);
    EXPECT_GT(a.second.cwiseAbs().maxCoeff(), reference::visible);
    EXPECT_TRUE((a.second - b.second).array().isFinite().all());
    EXPECT_LT(reference::largest_entry(a.second - b.second), reference::rounding);
  }

  static std::size_t at(std::int32_t row) { return static_cast<std::size_t>(row); }
  static Tensor tensor_of(const Matrix& m) {
    return torch::from_blob(const_cast<double*>(m.data()), {m.rows(), m.cols()}, torch::kFloat64).clone();
  }

  static constexpr std::int32_t rows = 12;
  const std::vector<int> codes = {0, 0, 1, 2, 1, 0, 2, 1, 1, 0, 0, 2};
  const Matrix x = reference::random_normal(rows, 5, 3);
  const Matrix map = 0.4 * reference::random_normal(3, 5, 4);
  constraints::TripletSet set;
};

TEST_F(LinearModel, TheTripletLossIsThePushOfTheCore) {
  // The core divides by all triplets, the deep loss by those with a positive loss.
  const objectives::TripletObjective objective(x, set, 0.0, {});
  const auto active = (objective.geometry(map).gap.array() < 1.0).count();
  ASSERT_GT(active, 0);
  ASSERT_LT(active, objective.triplets());
  const double scale = static_cast<double>(objective.triplets()) / static_cast<double>(active);
  expect_equal(deep_loss(TripletLoss{.margin = 1.0}), core_loss(0.0, {{objectives::HingeLoss{}, 1.0}}, scale));
}

TEST_F(LinearModel, TheContrastiveLossWithoutMarginIsThePullOfTheCore) {
  expect_equal(deep_loss(ContrastiveLoss{.margin = 0.0}), core_loss(1.0, {}, 1.0));
}

TEST(MetricLoss, RefusesOptionsOutOfBounds) {
  const auto refused = [](auto change) {
    MetricLossOptions options;
    change(options);
    EXPECT_THROW(validate(options), InputError);
  };
  refused([](MetricLossOptions& o) { o.trade_off = 1.01; });
  refused([](MetricLossOptions& o) { o.trade_off = std::nan(""); });
  refused([](MetricLossOptions& o) { o.temperature = 0.0; });
  refused([](MetricLossOptions& o) { o.form = NPairLoss{.temperature = -1.0}; });
  refused([](MetricLossOptions& o) { o.form = TripletLoss{.margin = -0.1}; });
  refused([](MetricLossOptions& o) { o.geometry = find_geometry("minkowski").with(0.5); });
  refused([](MetricLossOptions& o) { o.divergence = find_divergence("renyi").with(1.0); });
  refused([](MetricLossOptions& o) { o.cross_entropy = -1.0; });
  refused([](MetricLossOptions& o) { o.metric = false; });
  EXPECT_NO_THROW(validate(MetricLossOptions{}));
}

}  // namespace
}  // namespace holdfast::deep
