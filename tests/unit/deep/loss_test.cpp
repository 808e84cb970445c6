#include "holdfast/deep/loss.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "holdfast/core/error.hpp"
#include "reference/deep/tensors.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::deep {
namespace {

using reference::gradient_error;
using reference::random_tensor;
using torch::Tensor;

const std::vector<std::int64_t> some_labels = {0, 0, 0, 1, 1, 2, 2, 2, 3};  // class 3 has one sample

/// Random dissimilarities of that batch: small within classes.
Tensor dissimilarities(std::uint64_t seed) {
  const Tensor labels = torch::tensor(some_labels);
  const Tensor other = (labels.unsqueeze(1) != labels.unsqueeze(0)).to(torch::kFloat64);
  return (random_tensor({9, 9}, seed) * 0.3 + 0.6 + 0.2 * other).abs();
}

/// The losses once more, pair by pair, as their papers write them.
class ByDefinition {
 public:
  explicit ByDefinition(const Tensor& dissimilarity) : dissimilarity_(dissimilarity) {}

  [[nodiscard]] double operator()(const TripletLoss& loss) const {
    Mean mean;
    for (std::size_t a = 0; a < n; ++a) {
      double farthest = -1e9;
      double nearest = 1e9;
      for (std::size_t p = 0; p < n; ++p) {
        if (!is_positive(a, p)) continue;
        farthest = std::max(farthest, h(a, p));
        for (std::size_t q = 0; q < n; ++q) {
          const double gap = h(a, q) - h(a, p);
          if (same(a, q)) continue;
          nearest = std::min(nearest, h(a, q));
          if (loss.mining == Mining::hard) continue;
          if (loss.mining == Mining::semi_hard && (gap <= 0.0 || gap > loss.margin)) continue;
          mean.add_positive(loss.margin - gap);
        }
      }
      if (loss.mining == Mining::hard && farthest > -1e9) mean.add_positive(farthest - nearest + loss.margin);
    }
    return mean.value();
  }

  [[nodiscard]] double operator()(const ContrastiveLoss& loss) const {
    Mean pull;
    Mean push;
    for_pairs([&](std::size_t a, std::size_t b) {
      if (same(a, b)) {
        pull.add_positive(h(a, b));
      } else {
        push.add_positive(loss.margin - h(a, b));
      }
    });
    return pull.value() + push.value();
  }

  [[nodiscard]] double operator()(const SoftNeighborLoss& loss) const {
    Mean mean;
    for (std::size_t a = 0; a < n; ++a) {
      const auto [positives, negatives] = sums(a, [&](double d) { return std::exp(-d / loss.temperature); });
      if (positives > 0.0) mean.add(-std::log(positives / (positives + negatives)));
    }
    return mean.value();
  }

  [[nodiscard]] double operator()(const NPairLoss& loss) const {
    Mean mean;
    for_pairs([&](std::size_t a, std::size_t p) {
      if (!same(a, p)) return;
      const auto weight = [&](double d) { return std::exp(-d / loss.temperature); };
      mean.add(-std::log(weight(h(a, p)) / (weight(h(a, p)) + sums(a, weight).second)));
    });
    return mean.value();
  }

  [[nodiscard]] double operator()(const MultiSimilarityLoss& loss) const {
    Mean mean;
    for (std::size_t a = 0; a < n; ++a) {
      const double pull = sums(a, [&](double d) { return std::exp(-loss.sharpness * (1.0 - d - loss.base)); }).first;
      const double push =
          sums(a, [&](double d) { return std::exp(loss.negative_sharpness * (1.0 - d - loss.base)); }).second;
      mean.add(std::log1p(pull) / loss.sharpness + std::log1p(push) / loss.negative_sharpness);
    }
    return mean.value();
  }

  /// Column c is the proxy of class c.
  [[nodiscard]] double operator()(const ProxyAnchorLoss& loss) const {
    Mean pull;
    Mean push;
    for (int c = 0; c < 4; ++c) {
      double positives = 0.0;
      double negatives = 0.0;
      for (std::size_t a = 0; a < n; ++a) {
        const double similarity = 1.0 - h(a, static_cast<std::size_t>(c));
        if (some_labels[a] == c) {
          positives += std::exp(-loss.sharpness * (similarity - loss.margin));
        } else {
          negatives += std::exp(loss.sharpness * (similarity + loss.margin));
        }
      }
      pull.add(std::log1p(positives));
      push.add(std::log1p(negatives));
    }
    return pull.value() + push.value();
  }

 private:
  struct Mean {
    double sum = 0.0;
    int count = 0;
    void add(double value) {
      sum += value;
      ++count;
    }
    void add_positive(double value) {
      if (value > 0.0) add(value);
    }
    [[nodiscard]] double value() const { return count > 0 ? sum / count : 0.0; }
  };

  static bool same(std::size_t a, std::size_t b) { return some_labels[a] == some_labels[b]; }
  static bool is_positive(std::size_t a, std::size_t b) { return a != b && same(a, b); }
  [[nodiscard]] double h(std::size_t a, std::size_t b) const {
    return dissimilarity_[static_cast<std::int64_t>(a)][static_cast<std::int64_t>(b)].item<double>();
  }
  template <class Function>
  static void for_pairs(const Function& function) {
    for (std::size_t a = 0; a < n; ++a) {
      for (std::size_t b = 0; b < n; ++b) {
        if (a != b) function(a, b);
      }
    }
  }
  /// Sums of weights over the positives and the negatives of an anchor.
  template <class Weight>
  [[nodiscard]] std::pair<double, double> sums(std::size_t a, const Weight& weight) const {
    std::pair<double, double> sum{0.0, 0.0};
    for (std::size_t b = 0; b < n; ++b) {
      if (a != b) (same(a, b) ? sum.first : sum.second) += weight(h(a, b));
    }
    return sum;
  }

  static constexpr std::size_t n = 9;
  Tensor dissimilarity_;
};

/// A loss with other options than its defaults, and its value by definition.
struct Case {
  Loss loss;
  std::function<double(const Tensor&)> by_definition;
};

template <class L>
Case make_case(const L& loss) {
  return {loss, [loss](const Tensor& dissimilarity) { return ByDefinition(dissimilarity)(loss); }};
}

const std::vector<Case>& cases() {
  static const std::vector<Case> all = {make_case(TripletLoss{.margin = 0.3}),
                                        make_case(TripletLoss{.mining = Mining::hard}),
                                        make_case(TripletLoss{.mining = Mining::semi_hard}),
                                        make_case(ContrastiveLoss{.margin = 0.9}),
                                        make_case(SoftNeighborLoss{.temperature = 0.3}),
                                        make_case(NPairLoss{.temperature = 0.2}),
                                        make_case(MultiSimilarityLoss{.sharpness = 3.0, .negative_sharpness = 20.0}),
                                        make_case(ProxyAnchorLoss{.margin = 0.2, .sharpness = 4.0})};
  return all;
}

/// Proxies are the first four columns, of the classes 0 to 3.
PairMatrix pairs_of(const Loss& loss, const Tensor& dissimilarity) {
  const Tensor labels = torch::tensor(some_labels);
  if (!loss.uses_proxies()) return pairs_within(dissimilarity, labels);
  return pairs_between(dissimilarity.narrow(1, 0, 4), labels, torch::arange(4), false);
}

TEST(Losses, EqualTheirDefinition) {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const Tensor dissimilarity = dissimilarities(seed);
    for (const Case& c : cases()) {
      EXPECT_NEAR(c.loss(pairs_of(c.loss, dissimilarity)).item<double>(), c.by_definition(dissimilarity),
                  reference::rounding)
          << c.loss.name();
    }
  }
}

TEST(Losses, EveryLossOfTheRegistryIsTested) {
  for (const Loss& loss : losses()) {
    EXPECT_TRUE(std::any_of(cases().begin(), cases().end(), [&](const Case& c) {
      return c.loss.name() == loss.name();
    })) << loss.name();
  }
}

TEST(Losses, GradientsAreThoseOfFiniteDifferences) {
  for (const Case& c : cases()) {
    const auto value = [&](const Tensor& dissimilarity) { return c.loss(pairs_of(c.loss, dissimilarity)); };
    EXPECT_LT(gradient_error(value, dissimilarities(7), 1e-7), reference::loss_gradients) << c.loss.name();
  }
}

TEST(Losses, WithoutPairsAreFiniteWithAFiniteGradient) {
  for (const Loss& loss : losses()) {
    for (const auto& labels : {std::vector<std::int64_t>{0, 1, 2}, std::vector<std::int64_t>{0, 0, 0}}) {
      const Tensor dissimilarity = random_tensor({3, 3}, 3).abs().set_requires_grad(true);
      const Tensor value = loss(pairs_within(dissimilarity, torch::tensor(labels)));
      value.backward();
      EXPECT_TRUE(value.isfinite().item<bool>()) << loss.name();
      EXPECT_TRUE(dissimilarity.grad().isfinite().all().item<bool>()) << loss.name();
      if (loss.name() != "triplet" && loss.name() != "n-pair") continue;
      EXPECT_EQ(value.item<double>(), 0.0) << loss.name();
    }
  }
}

TEST(Losses, StayFiniteIfExponentialsOverflow) {
  for (const Loss& loss : losses()) {
    const Tensor dissimilarity = (dissimilarities(5) * 1e4).to(torch::kFloat32).set_requires_grad(true);
    const Tensor value = loss(pairs_of(loss, dissimilarity));
    value.backward();
    EXPECT_TRUE(value.isfinite().item<bool>()) << loss.name();
    EXPECT_TRUE(dissimilarity.grad().isfinite().all().item<bool>()) << loss.name();
  }
}

TEST(Losses, AreFoundByNameAndUnknownOnesAreRefused) {
  for (const Loss& loss : losses()) EXPECT_EQ(find_loss(loss.name()).name(), loss.name());
  EXPECT_THROW((void)find_loss("quadruplet"), InputError);
}

TEST(Losses, OptionsChangeTheirValueAndTheLoss) {
  for (const Loss& loss : losses()) {
    EXPECT_FALSE(loss.options().options().empty()) << loss.name();
    const Tensor dissimilarity = dissimilarities(8);
    for (const OptionInfo& info : loss.options().options()) {
      const OptionSet values = loss.values();
      const OptionValue before = *values.find(info.name);
      const OptionValue after =
          info.choices.empty() ? OptionValue(2.0 * std::get<double>(before)) : OptionValue(info.choices.back());
      const Loss changed = loss.with({{info.name, after}});
      const OptionSet changed_values = changed.values();
      EXPECT_EQ(*changed_values.find(info.name), after) << loss.name() << " " << info.name;
      EXPECT_EQ(loss.values(), values) << "a loss is a value";
      EXPECT_NE(changed(pairs_of(changed, dissimilarity)).item<double>(),
                loss(pairs_of(loss, dissimilarity)).item<double>())
          << loss.name() << " " << info.name;
    }
    EXPECT_EQ(loss.with({{"no-such-option", 1.0}}).values(), loss.values());
  }
}

TEST(Losses, RefuseOptionsOutOfBounds) {
  const auto refused = [](const Loss& loss) { EXPECT_THROW(loss.validate(), InputError) << loss.name(); };
  refused(TripletLoss{.margin = -0.1});
  refused(ContrastiveLoss{.margin = -0.1});
  refused(SoftNeighborLoss{.temperature = 0.0});
  refused(NPairLoss{.temperature = -1.0});
  refused(MultiSimilarityLoss{.sharpness = 0.0});
  refused(MultiSimilarityLoss{.negative_sharpness = 0.0});
  refused(ProxyAnchorLoss{.margin = -1.0});
  for (const Loss& loss : losses()) EXPECT_NO_THROW(loss.validate());
}

TEST(PairMatrix, ASampleIsNoPairOfItself) {
  const Tensor dissimilarity = torch::rand({3, 3});
  const PairMatrix pairs = pairs_within(dissimilarity, torch::tensor({4, 7, 4}, torch::kInt64));
  EXPECT_TRUE(torch::equal(pairs.dissimilarity, dissimilarity));
  EXPECT_TRUE(torch::equal(pairs.positive, torch::tensor({{0, 0, 1}, {0, 0, 0}, {1, 0, 0}}).to(torch::kBool)));
  EXPECT_TRUE(torch::equal(pairs.negative, torch::tensor({{0, 1, 0}, {1, 0, 1}, {0, 1, 0}}).to(torch::kBool)));
}

TEST(PairMatrix, CandidatesOfOtherSamplesMayAllBePositive) {
  const PairMatrix pairs =
      pairs_between(torch::rand({2, 3}), torch::tensor({0, 1}, torch::kInt64), torch::arange(3), false);
  EXPECT_TRUE(torch::equal(pairs.positive, torch::tensor({{1, 0, 0}, {0, 1, 0}}).to(torch::kBool)));
  EXPECT_TRUE(torch::equal(pairs.negative, ~pairs.positive));
}

}  // namespace
}  // namespace holdfast::deep
