#include "holdfast/deep/metric_loss.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "holdfast/core/error.hpp"
#include "reference/deep/tensors.hpp"

namespace holdfast::deep {
namespace {

using reference::gradient_error;
using reference::random_tensor;
using torch::Tensor;

constexpr Geometry geometries[] = {Geometry::euclidean, Geometry::squared_euclidean, Geometry::cosine,
                                   Geometry::minkowski, Geometry::mahalanobis};
constexpr Divergence divergence_kinds[] = {
    Divergence::jensen_shannon,    Divergence::sqrt_jensen_shannon, Divergence::kullback_leibler, Divergence::jeffreys,
    Divergence::squared_hellinger, Divergence::hellinger,           Divergence::bhattacharyya,    Divergence::renyi};

const Tensor classes = torch::tensor({0, 0, 1, 1, 2, 2, 2}, torch::kInt64);

Tensor embeddings(std::uint64_t seed) {
  return torch::nn::functional::normalize(random_tensor({7, 6}, seed));
}

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
  const double geometric = loss(pairs_within(torch::cdist(z, z), classes), {}).item<double>();
  EXPECT_NEAR(loss_of(options).forward(z, classes).item<double>(), geometric, 1e-12);
  options.trade_off = 0.0;
  const Tensor log_p = torch::log_softmax(z / options.temperature, 1);
  const Tensor js = divergences(log_p, log_p, Divergence::jensen_shannon);
  EXPECT_NEAR(loss_of(options).forward(z, classes).item<double>(), loss(pairs_within(js, classes), {}).item<double>(),
              1e-12);
  // In between, the proximity is the mixture, and comes to the extremes without a jump.
  for (const double end : {0.0, 1.0}) {
    options.trade_off = end;
    const double at = loss_of(options).forward(z, classes).item<double>();
    options.trade_off = end == 0.0 ? 1e-13 : 1.0 - 1e-13;
    EXPECT_NEAR(loss_of(options).forward(z, classes).item<double>(), at, 1e-12);
  }
  options.trade_off = 0.3;
  const Tensor mixed = 0.3 * torch::cdist(z, z) + 0.7 * js;
  EXPECT_LT((loss_of(options).proximity(z, z) - mixed).abs().max().item<double>(), 1e-12);
}

TEST(MetricLoss, GradientsAreThoseOfFiniteDifferencesForEveryGeometryDivergenceAndForm) {
  const FormOptions forms[] = {{.mining = Mining::batch_all},
                               {.mining = Mining::batch_hard},
                               {.mining = Mining::semi_hard, .margin = 0.6},
                               {.form = Form::contrastive, .margin = 0.7},
                               {.form = Form::soft_neighbour},
                               {.form = Form::n_pair},
                               {.form = Form::multi_similarity, .beta = 10.0},
                               {.form = Form::proxy_anchor, .alpha = 8.0}};
  for (const Geometry geometry : geometries) {
    for (const Divergence divergence : divergence_kinds) {
      for (const FormOptions& form : forms) {
        for (const Distribution distribution : {Distribution::embedding, Distribution::head}) {
          MetricLossOptions options;
          options.geometry = geometry;
          options.minkowski_order = 3.0;
          options.divergence = divergence;
          options.distribution = distribution;
          options.temperature = 0.5;
          options.form = form;
          options.cross_entropy = distribution == Distribution::head ? 0.3 : 0.0;
          MetricLoss loss = loss_of(options);
          const auto value = [&](const Tensor& z) { return loss.forward(z, classes); };
          EXPECT_LT(gradient_error(value, embeddings(2)), 2e-5)
              << name(geometry) << " " << name(divergence) << " " << name(form.form) << " " << name(form.mining) << " "
              << name(distribution);
        }
      }
    }
  }
}

TEST(MetricLoss, GradientsReachEveryParameter) {
  MetricLossOptions options;
  options.geometry = Geometry::mahalanobis;
  options.distribution = Distribution::head;
  options.form.form = Form::proxy_anchor;
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
    double worst = 0.0;
    for (std::int64_t i = 0; i < start.numel(); ++i) {
      Tensor moved = start.clone();
      moved.view({-1})[i] += 1e-6;
      const double above = plain(moved).item<double>();
      moved.view({-1})[i] -= 2e-6;
      const double below = plain(moved).item<double>();
      worst = std::max(worst, std::abs((above - below) / 2e-6 - gradient.reshape({-1})[i].item<double>()));
    }
    parameter.value().data().copy_(start);
    EXPECT_LT(worst, 1e-6) << parameter.key();
    EXPECT_GT(gradient.abs().max().item<double>(), 1e-6) << parameter.key();
  }
}

TEST(MetricLoss, ProximityIsAMetricWhereBothPartsAre) {
  const Tensor z = torch::nn::functional::normalize(random_tensor({30, 6}, 4));
  for (const Divergence divergence : {Divergence::sqrt_jensen_shannon, Divergence::hellinger}) {
    for (const double trade_off : {0.2, 0.5, 0.9}) {
      MetricLossOptions options;
      options.divergence = divergence;
      options.trade_off = trade_off;
      const Tensor h = loss_of(options).proximity(z, z);
      EXPECT_LT((h - h.t()).abs().max().item<double>(), 1e-12);
      EXPECT_LT(h.diagonal().abs().max().item<double>(), 1e-7);
      EXPECT_GT((h + torch::eye(30)).min().item<double>(), 1e-3);  // 0 on equals only
      // H(i, k) <= H(i, j) + H(j, k)
      EXPECT_GE((h.unsqueeze(2) + h.unsqueeze(0) - h.unsqueeze(1)).min().item<double>(), -1e-7);
    }
  }
  // Jensen-Shannon itself is none: some triangle fails.
  const Tensor log_p = torch::tensor({{0.999, 0.001}, {0.5, 0.5}, {0.001, 0.999}}, torch::kFloat64).log();
  const Tensor js = divergences(log_p, log_p, Divergence::jensen_shannon);
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
              torch::nn::functional::cross_entropy(logits, classes).item<double>(), 1e-12);
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

TEST(MetricLoss, RefusesOptionsOutOfBounds) {
  const auto refused = [](auto change) {
    MetricLossOptions options;
    change(options);
    EXPECT_THROW(validate(options), InputError);
  };
  refused([](MetricLossOptions& o) { o.trade_off = 1.01; });
  refused([](MetricLossOptions& o) { o.trade_off = std::nan(""); });
  refused([](MetricLossOptions& o) { o.temperature = 0.0; });
  refused([](MetricLossOptions& o) { o.form.temperature = -1.0; });
  refused([](MetricLossOptions& o) { o.form.margin = -0.1; });
  refused([](MetricLossOptions& o) { o.minkowski_order = 0.5; });
  refused([](MetricLossOptions& o) { o.renyi_order = 1.0; });
  refused([](MetricLossOptions& o) { o.cross_entropy = -1.0; });
  refused([](MetricLossOptions& o) { o.metric = false; });
  EXPECT_NO_THROW(validate(MetricLossOptions{}));
}

}  // namespace
}  // namespace holdfast::deep
