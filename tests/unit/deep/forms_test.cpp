#include "holdfast/deep/forms.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "holdfast/core/error.hpp"
#include "reference/deep/tensors.hpp"

namespace holdfast::deep {
namespace {

using reference::gradient_error;
using reference::random_tensor;
using torch::Tensor;

const std::vector<std::int64_t> some_labels = {0, 0, 0, 1, 1, 2, 2, 2, 3};  // class 3 has one sample

/// Random proximities of that batch: small within classes.
Tensor proximities(std::uint64_t seed) {
  const Tensor labels = torch::tensor(some_labels);
  const Tensor other = (labels.unsqueeze(1) != labels.unsqueeze(0)).to(torch::kFloat64);
  return (random_tensor({9, 9}, seed) * 0.3 + 0.6 + 0.2 * other).abs();
}

/// The forms once more, pair by pair, as their papers write them.
double by_definition(const Tensor& proximity, const FormOptions& options) {
  const auto h = [&](std::size_t a, std::size_t b) {
    return proximity[static_cast<std::int64_t>(a)][static_cast<std::int64_t>(b)].item<double>();
  };
  const auto same = [&](std::size_t a, std::size_t b) { return some_labels[a] == some_labels[b]; };
  const std::size_t n = some_labels.size();
  double sum = 0.0;
  double sum_of_negatives = 0.0;
  int count = 0;
  int count_of_negatives = 0;
  const auto add = [&](double value) {
    if (value <= 0.0) return;
    sum += value;
    ++count;
  };
  for (std::size_t a = 0; a < n; ++a) {
    double farthest = -1e9, nearest = 1e9, positives = 0.0, negatives = 0.0, pull = 0.0, push = 0.0;
    for (std::size_t b = 0; b < n; ++b) {
      if (a == b) continue;
      const double weight = std::exp(-h(a, b) / options.temperature);
      const double above = 1.0 - h(a, b) - options.base;
      (same(a, b) ? positives : negatives) += weight;
      if (same(a, b)) {
        farthest = std::max(farthest, h(a, b));
        pull += std::exp(-options.alpha * above);
        if (options.form == Form::contrastive) add(h(a, b));
      } else {
        nearest = std::min(nearest, h(a, b));
        push += std::exp(options.beta * above);
        if (options.form == Form::contrastive && h(a, b) < options.margin) {
          sum_of_negatives += options.margin - h(a, b);
          ++count_of_negatives;
        }
      }
    }
    if (options.form == Form::soft_neighbour && positives > 0.0) add(-std::log(positives / (positives + negatives)));
    if (options.form == Form::multi_similarity) {
      sum += std::log1p(pull) / options.alpha + std::log1p(push) / options.beta;
      ++count;
    }
    for (std::size_t p = 0; p < n; ++p) {
      if (p == a || !same(a, p)) continue;
      const double weight = std::exp(-h(a, p) / options.temperature);
      if (options.form == Form::n_pair) add(-std::log(weight / (weight + negatives)));
      for (std::size_t q = 0; q < n && options.form == Form::triplet; ++q) {
        const double gap = h(a, q) - h(a, p);
        if (same(a, q) || options.mining == Mining::batch_hard) continue;
        if (options.mining == Mining::semi_hard && (gap <= 0.0 || gap > options.margin)) continue;
        add(options.margin - gap);
      }
    }
    if (options.form == Form::triplet && options.mining == Mining::batch_hard && farthest > -1e9) {
      add(farthest - nearest + options.margin);
    }
  }
  return (count > 0 ? sum / count : 0.0) + (count_of_negatives > 0 ? sum_of_negatives / count_of_negatives : 0.0);
}

const FormOptions all_forms[] = {{.mining = Mining::batch_all},   {.mining = Mining::batch_hard},
                                 {.mining = Mining::semi_hard},   {.form = Form::contrastive, .margin = 0.9},
                                 {.form = Form::soft_neighbour},  {.form = Form::n_pair, .temperature = 0.2},
                                 {.form = Form::multi_similarity}};

TEST(Forms, EqualTheirDefinition) {
  const Tensor labels = torch::tensor(some_labels);
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const Tensor proximity = proximities(seed);
    for (const FormOptions& options : all_forms) {
      EXPECT_NEAR(loss(pairs_within(proximity, labels), options).item<double>(), by_definition(proximity, options),
                  1e-12)
          << name(options.form) << " " << name(options.mining);
    }
  }
}

TEST(Forms, ProxyAnchorEqualsItsDefinition) {
  const Tensor labels = torch::tensor({0, 0, 1, 2}, torch::kInt64);
  const Tensor proximity = random_tensor({4, 4}, 1).abs();
  const FormOptions options{.form = Form::proxy_anchor, .margin = 0.1, .alpha = 4.0};
  double pull = 0.0;
  double push = 0.0;
  for (std::int64_t proxy = 0; proxy < 4; ++proxy) {  // proxy 3 has no sample in the batch
    double positives = 0.0;
    double negatives = 0.0;
    for (std::int64_t i = 0; i < 4; ++i) {
      const double similarity = 1.0 - proximity[i][proxy].item<double>();
      if (labels[i].item<std::int64_t>() == proxy) {
        positives += std::exp(-4.0 * (similarity - 0.1));
      } else {
        negatives += std::exp(4.0 * (similarity + 0.1));
      }
    }
    pull += std::log1p(positives) / 3.0;
    push += std::log1p(negatives) / 4.0;
  }
  const Tensor own = loss(pairs_between(proximity, labels, torch::arange(4), false), options);
  EXPECT_NEAR(own.item<double>(), pull + push, 1e-12);
}

TEST(Forms, GradientsAreThoseOfFiniteDifferences) {
  const Tensor labels = torch::tensor(some_labels);
  for (const FormOptions& options : all_forms) {
    const auto value = [&](const Tensor& proximity) { return loss(pairs_within(proximity, labels), options); };
    EXPECT_LT(gradient_error(value, proximities(7), 1e-7), 1e-6) << name(options.form) << " " << name(options.mining);
  }
}

TEST(Forms, WithoutPairsAreZeroWithAGradientOfZero) {
  FormOptions options;
  for (const FormOptions& form : all_forms) {
    for (const auto& labels : {std::vector<std::int64_t>{0, 1, 2}, std::vector<std::int64_t>{0, 0, 0}}) {
      const Tensor proximity = random_tensor({3, 3}, 3).abs().set_requires_grad(true);
      const Tensor own = loss(pairs_within(proximity, torch::tensor(labels)), form);
      own.backward();
      EXPECT_TRUE(own.isfinite().item<bool>()) << name(form.form);
      EXPECT_TRUE(proximity.grad().isfinite().all().item<bool>()) << name(form.form);
      if (form.form != Form::triplet && form.form != Form::n_pair) continue;
      EXPECT_EQ(own.item<double>(), 0.0) << name(form.form);
    }
  }
}

TEST(Forms, StayFiniteWhereExponentialsOverflow) {
  const Tensor labels = torch::tensor(some_labels);
  for (const FormOptions& options : all_forms) {
    const Tensor proximity = (proximities(5) * 1e4).to(torch::kFloat32).set_requires_grad(true);
    const Tensor own = loss(pairs_within(proximity, labels), options);
    own.backward();
    EXPECT_TRUE(own.isfinite().item<bool>()) << name(options.form);
    EXPECT_TRUE(proximity.grad().isfinite().all().item<bool>()) << name(options.form);
  }
}

TEST(Forms, NamesComeBackAndUnknownOnesAreRefused) {
  for (const Form form : {Form::triplet, Form::contrastive, Form::soft_neighbour, Form::n_pair, Form::multi_similarity,
                          Form::proxy_anchor}) {
    EXPECT_EQ(parse_form(name(form)), form);
  }
  for (const Mining mining : {Mining::batch_all, Mining::batch_hard, Mining::semi_hard}) {
    EXPECT_EQ(parse_mining(name(mining)), mining);
  }
  EXPECT_THROW((void)parse_form("quadruplet"), InputError);
  EXPECT_THROW((void)parse_mining("easy"), InputError);
}

}  // namespace
}  // namespace holdfast::deep
