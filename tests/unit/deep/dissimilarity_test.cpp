#include "holdfast/deep/dissimilarity.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <set>

#include "holdfast/core/error.hpp"
#include "reference/deep/tensors.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::deep {
namespace {

using reference::gradient_error;
using reference::random_tensor;
using torch::Tensor;

Tensor log_distributions(std::int64_t rows, std::int64_t columns, std::uint64_t seed) {
  return torch::log_softmax(2.0 * random_tensor({rows, columns}, seed), 1);
}

using Formula = std::function<double(const Tensor& p, const Tensor& q, double parameter)>;

/// The sum over the entries of two distributions.
double sum_of(const Tensor& p, const Tensor& q, const std::function<double(double, double)>& term) {
  double sum = 0.0;
  for (std::int64_t c = 0; c < p.size(0); ++c) sum += term(p[c].item<double>(), q[c].item<double>());
  return sum;
}

double kl(const Tensor& p, const Tensor& q) {
  return sum_of(p, q, [](double a, double b) { return a > 0.0 ? a * std::log(a / b) : 0.0; });
}
double js(const Tensor& p, const Tensor& q) { return 0.5 * kl(p, 0.5 * (p + q)) + 0.5 * kl(q, 0.5 * (p + q)); }
double squared_hellinger(const Tensor& p, const Tensor& q) {
  return sum_of(p, q, [](double a, double b) { return 0.5 * std::pow(std::sqrt(a) - std::sqrt(b), 2); });
}

/// Each divergence of two distributions, written from its formula.
const std::map<std::string_view, Formula> divergence_formulas = {
    {"js", [](const Tensor& p, const Tensor& q, double) { return js(p, q); }},
    {"sqrt-js", [](const Tensor& p, const Tensor& q, double) { return std::sqrt(js(p, q)); }},
    {"kl", [](const Tensor& p, const Tensor& q, double) { return kl(p, q); }},
    {"jeffreys", [](const Tensor& p, const Tensor& q, double) { return kl(p, q) + kl(q, p); }},
    {"squared-hellinger", [](const Tensor& p, const Tensor& q, double) { return squared_hellinger(p, q); }},
    {"hellinger", [](const Tensor& p, const Tensor& q, double) { return std::sqrt(squared_hellinger(p, q)); }},
    {"bhattacharyya",
     [](const Tensor& p, const Tensor& q, double) {
       return -std::log(sum_of(p, q, [](double a, double b) { return std::sqrt(a * b); }));
     }},
    {"renyi", [](const Tensor& p, const Tensor& q, double order) {
       const auto term = [&](double a, double b) { return std::pow(a, order) * std::pow(b, 1.0 - order); };
       return std::log(sum_of(p, q, term)) / (order - 1.0);
     }}};

/// Each distance of two points, likewise. Rows come to `mahalanobis` mapped.
const std::map<std::string_view, Formula> geometry_formulas = {
    {"euclidean", [](const Tensor& a, const Tensor& b, double) { return (a - b).norm().item<double>(); }},
    {"squared-euclidean",
     [](const Tensor& a, const Tensor& b, double) { return (a - b).square().sum().item<double>(); }},
    {"cosine",
     [](const Tensor& a, const Tensor& b, double) { return 1.0 - (a.dot(b) / (a.norm() * b.norm())).item<double>(); }},
    {"minkowski", [](const Tensor& a, const Tensor& b,
                     double p) { return std::pow((a - b).abs().pow(p).sum().item<double>(), 1.0 / p); }},
    {"mahalanobis", [](const Tensor& a, const Tensor& b, double) { return (a - b).norm().item<double>(); }}};

/// The dissimilarity with its default parameter, and with one half and twice as large.
std::vector<Dissimilarity> variants(const Dissimilarity& dissimilarity) {
  std::vector<Dissimilarity> all = {dissimilarity};
  if (!dissimilarity.parameter) return all;
  for (const double factor : {0.6, 2.8}) {
    const double value = factor * dissimilarity.parameter->value;
    if (dissimilarity.parameter->info.bound.allows(value)) all.push_back(dissimilarity.with(value));
  }
  return all;
}

void expect_equal_to_definition(std::span<const Dissimilarity> all, const std::map<std::string_view, Formula>& formulas,
                                const Tensor& a, const Tensor& b,
                                const std::function<Tensor(const Tensor&)>& argument) {
  for (const Dissimilarity& entry : all) {
    ASSERT_TRUE(formulas.count(entry.name)) << entry.name << " has no formula here";
    for (const Dissimilarity& variant : variants(entry)) {
      const Tensor values = variant(a, b);
      for (std::int64_t i = 0; i < a.size(0); ++i) {
        for (std::int64_t j = 0; j < b.size(0); ++j) {
          const double parameter = variant.parameter ? variant.parameter->value : 0.0;
          EXPECT_NEAR(values[i][j].item<double>(), formulas.at(entry.name)(argument(a[i]), argument(b[j]), parameter),
                      reference::rounding)
              << entry.name;
        }
      }
    }
  }
}

TEST(Divergences, EqualTheirDefinition) {
  expect_equal_to_definition(divergences(), divergence_formulas, log_distributions(5, 7, 1), log_distributions(4, 7, 2),
                             [](const Tensor& row) { return row.exp(); });
}

TEST(Geometries, EqualTheirDefinition) {
  expect_equal_to_definition(geometries(), geometry_formulas, random_tensor({5, 4}, 1), random_tensor({3, 4}, 2),
                             [](const Tensor& row) { return row; });
}

TEST(Dissimilarities, ParametersAreOptionsWithNamesOfTheirOwn) {
  std::set<std::string> names;
  for (const std::span<const Dissimilarity> all : {geometries(), divergences()}) {
    for (const Dissimilarity& entry : all) {
      if (!entry.parameter) continue;
      const OptionInfo& info = entry.parameter->info;
      EXPECT_TRUE(names.insert(info.name).second) << info.name;
      EXPECT_FALSE(info.help.empty()) << info.name;
      EXPECT_TRUE(info.bound.allows(entry.parameter->value)) << info.name;
    }
  }
  const Dissimilarity renyi = find_divergence("renyi").with(2.0);
  EXPECT_EQ(renyi.parameter->value, 2.0);
  EXPECT_EQ(find_divergence("renyi").parameter->value, 0.5);  // the registry is as it was
}

TEST(Divergences, AreZeroOnEqualsOnlyNeverNegativeAndFiniteInTheExtreme) {
  Tensor logits = 60.0 * random_tensor({20, 8}, 3);  // probabilities far below the smallest float
  logits[1] = logits[0];
  for (const auto type : {torch::kFloat32, torch::kFloat64}) {
    const Tensor log_p = torch::log_softmax(logits.to(type), 1);
    for (const Dissimilarity& kind : divergences()) {
      const Tensor own = kind(log_p, log_p);
      EXPECT_TRUE(own.isfinite().all().item<bool>()) << kind.name;
      EXPECT_GE(own.min().item<double>(), type == torch::kFloat32 ? -reference::float32 : -reference::rounding)
          << kind.name;
      // A square root enlarges what rounding leaves of 0.
      const bool is_root = kind.name == "sqrt-js" || kind.name == "hellinger";
      const double zero = type == torch::kFloat32 ? (is_root ? reference::root_of_float32 : reference::float32)
                                                  : (is_root ? reference::root_of_rounding : reference::rounding);
      EXPECT_NEAR(own[0][1].item<double>(), 0.0, zero) << kind.name;
      EXPECT_GT(own[0][2].item<double>(), reference::visible) << kind.name;
    }
  }
}

TEST(Divergences, JensenShannonIsAtMostLogTwo) {
  const Dissimilarity& js_divergence = find_divergence("js");
  const Tensor own = js_divergence(log_distributions(60, 9, 4), log_distributions(60, 9, 5));
  EXPECT_LE(own.max().item<double>(), std::log(2.0));
  // Distributions without a common class reach it.
  const Tensor apart = torch::log_softmax(torch::tensor({{900.0, 0.0}, {0.0, 900.0}}, torch::kFloat64), 1);
  EXPECT_NEAR(js_divergence(apart, apart)[0][1].item<double>(), std::log(2.0), reference::rounding);
  EXPECT_NEAR(find_divergence("hellinger")(apart, apart)[0][1].item<double>(), 1.0, reference::rounding);
}

TEST(Divergences, PinskersInequalityHolds) {
  const Tensor p = log_distributions(50, 6, 6);
  const Tensor q = log_distributions(50, 6, 7);
  const Tensor variation = 0.5 * torch::cdist(p.exp(), q.exp(), 1.0);
  EXPECT_GE((find_divergence("kl")(p, q) - 2.0 * variation.square()).min().item<double>(), -reference::rounding);
}

TEST(Divergences, SymmetricOnesAreSymmetricAndTheOthersAreNot) {
  const Tensor p = log_distributions(10, 6, 8);
  for (const Dissimilarity& kind : divergences()) {
    const Tensor own = (kind.parameter ? kind.with(0.3) : kind)(p, p);
    const double difference = (own - own.t()).abs().max().item<double>();
    if (kind.symmetric) {
      EXPECT_LT(difference, reference::rounding) << kind.name;
    } else {
      EXPECT_GT(difference, reference::visible) << kind.name;
    }
  }
}

TEST(Dissimilarities, NearPointsKeepTheirDigitsInFloat32) {
  // 1e-4 apart at length 1: from squares and products nothing of the distance would be left.
  const Tensor z = torch::nn::functional::normalize(random_tensor({1, 16}, 9));
  const Tensor both = torch::cat({z, z + 1e-4 * torch::nn::functional::normalize(random_tensor({1, 16}, 10))});
  for (const Dissimilarity& geometry : geometries()) {
    const double exact = geometry(both, both)[0][1].item<double>();
    const double single = geometry(both.to(torch::kFloat32), both.to(torch::kFloat32))[0][1].item<double>();
    EXPECT_NEAR(single, exact, reference::short_distance_float32 * exact) << geometry.name;
  }
  const Tensor log_p = torch::log_softmax(both, 1);
  const double exact = find_divergence("sqrt-js")(log_p, log_p)[0][1].item<double>();
  EXPECT_GT(exact, reference::root_of_rounding);
}

TEST(Dissimilarities, GradientsAreThoseOfFiniteDifferences) {
  const Tensor b = random_tensor({3, 5}, 12);
  for (const Dissimilarity& geometry : geometries()) {
    for (const Dissimilarity& variant : variants(geometry)) {
      const auto both = [&](const Tensor& x) { return (variant(x, b).square() + variant(b, x).t()).sum(); };
      EXPECT_LT(gradient_error(both, random_tensor({4, 5}, 11)), reference::loss_gradients) << geometry.name;
    }
  }
  const Tensor log_q = torch::log_softmax(b, 1);
  const Tensor weights = random_tensor({4, 3}, 13);
  for (const Dissimilarity& kind : divergences()) {
    for (const Dissimilarity& variant : variants(kind)) {
      const auto both = [&](const Tensor& x) {
        const Tensor log_p = torch::log_softmax(x, 1);
        return (weights * variant(log_p, log_q)).sum() + (weights.t() * variant(log_q, log_p)).sum();
      };
      EXPECT_LT(gradient_error(both, random_tensor({4, 5}, 11)), reference::loss_gradients) << kind.name;
      const auto within = [&](const Tensor& x) {
        const Tensor log_p = torch::log_softmax(x, 1);
        return (variant(log_p, log_p) * random_tensor({4, 4}, 14)).sum();
      };
      // Its diagonal has no gradient where it is a square root.
      if (kind.name != "sqrt-js" && kind.name != "hellinger") {
        EXPECT_LT(gradient_error(within, random_tensor({4, 5}, 11)), reference::loss_gradients) << kind.name;
      }
    }
  }
}

TEST(Dissimilarities, TheGradientAtDistanceZeroIsZero) {
  for (const Dissimilarity& geometry : geometries()) {
    const Tensor a = torch::ones({2, 3}, torch::kFloat64).set_requires_grad(true);
    geometry(a, a.detach()).sum().backward();
    EXPECT_TRUE((a.grad().abs() < reference::rounding).all().item<bool>()) << geometry.name;
  }
  for (const Dissimilarity& kind : divergences()) {
    const Tensor a = torch::ones({2, 3}, torch::kFloat64).set_requires_grad(true);
    const Tensor log_p = torch::log_softmax(a, 1);
    kind(log_p, log_p.detach()).sum().backward();
    EXPECT_TRUE((a.grad().abs() < reference::rounding).all().item<bool>()) << kind.name;
  }
}

TEST(Dissimilarities, AreFoundByNameAndUnknownOnesAreRefused) {
  for (const Dissimilarity& geometry : geometries()) EXPECT_EQ(find_geometry(geometry.name).name, geometry.name);
  for (const Dissimilarity& kind : divergences()) EXPECT_EQ(find_divergence(kind.name).name, kind.name);
  EXPECT_THROW((void)find_geometry("spherical"), InputError);
  EXPECT_THROW((void)find_divergence("JS"), InputError);
}

}  // namespace
}  // namespace holdfast::deep
