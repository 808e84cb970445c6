#include "holdfast/deep/proximity.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

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

Tensor log_distributions(std::int64_t rows, std::int64_t columns, std::uint64_t seed) {
  return torch::log_softmax(2.0 * random_tensor({rows, columns}, seed), 1);
}

/// The divergence of two distributions, written from its formula.
double divergence(Divergence kind, const Tensor& p, const Tensor& q, double order) {
  double sum = 0.0;
  const auto kl = [](double a, double b) { return a > 0.0 ? a * std::log(a / b) : 0.0; };
  for (std::int64_t c = 0; c < p.size(0); ++c) {
    const double a = p[c].item<double>();
    const double b = q[c].item<double>();
    switch (kind) {
      case Divergence::jensen_shannon:
      case Divergence::sqrt_jensen_shannon:
        sum += 0.5 * kl(a, 0.5 * (a + b)) + 0.5 * kl(b, 0.5 * (a + b));
        break;
      case Divergence::kullback_leibler:
        sum += kl(a, b);
        break;
      case Divergence::jeffreys:
        sum += kl(a, b) + kl(b, a);
        break;
      case Divergence::squared_hellinger:
      case Divergence::hellinger:
        sum += 0.5 * std::pow(std::sqrt(a) - std::sqrt(b), 2);
        break;
      case Divergence::bhattacharyya:
        sum += std::sqrt(a * b);
        break;
      case Divergence::renyi:
        sum += std::pow(a, order) * std::pow(b, 1.0 - order);
        break;
    }
  }
  if (kind == Divergence::sqrt_jensen_shannon || kind == Divergence::hellinger) return std::sqrt(sum);
  if (kind == Divergence::bhattacharyya) return -std::log(sum);
  return kind == Divergence::renyi ? std::log(sum) / (order - 1.0) : sum;
}

TEST(Divergences, EqualTheirDefinition) {
  const Tensor p = log_distributions(5, 7, 1);
  const Tensor q = log_distributions(4, 7, 2);
  for (const Divergence kind : divergence_kinds) {
    for (const double order : {0.3, 2.0}) {
      const Tensor own = divergences(p, q, kind, order);
      for (std::int64_t i = 0; i < 5; ++i) {
        for (std::int64_t j = 0; j < 4; ++j) {
          const double expected = divergence(kind, p[i].exp(), q[j].exp(), order);
          EXPECT_NEAR(own[i][j].item<double>(), expected, 1e-12) << name(kind);
        }
      }
    }
  }
}

TEST(Distances, EqualTheirDefinition) {
  const Tensor a = random_tensor({5, 4}, 1);
  const Tensor b = random_tensor({3, 4}, 2);
  for (const Geometry geometry : geometries) {
    const Tensor own = distances(a, b, geometry, 3.0);
    for (std::int64_t i = 0; i < 5; ++i) {
      for (std::int64_t j = 0; j < 3; ++j) {
        const Tensor difference = a[i] - b[j];
        double expected = difference.norm().item<double>();
        if (geometry == Geometry::squared_euclidean) expected *= expected;
        if (geometry == Geometry::cosine) {
          expected = 1.0 - (a[i].dot(b[j]) / (a[i].norm() * b[j].norm())).item<double>();
        }
        if (geometry == Geometry::minkowski) {
          expected = std::cbrt(difference.abs().pow(3).sum().item<double>());
        }
        EXPECT_NEAR(own[i][j].item<double>(), expected, 1e-12) << name(geometry);
      }
    }
  }
}

TEST(Divergences, AreZeroOnEqualsOnlyNeverNegativeAndFiniteInTheExtreme) {
  Tensor logits = 60.0 * random_tensor({20, 8}, 3);  // probabilities far below the smallest float
  logits[1] = logits[0];
  for (const auto type : {torch::kFloat32, torch::kFloat64}) {
    const Tensor log_p = torch::log_softmax(logits.to(type), 1);
    for (const Divergence kind : divergence_kinds) {
      const Tensor own = divergences(log_p, log_p, kind);
      EXPECT_TRUE(own.isfinite().all().item<bool>()) << name(kind);
      EXPECT_GE(own.min().item<double>(), type == torch::kFloat32 ? -1e-6 : -1e-13) << name(kind);
      // A square root enlarges what rounding leaves of 0.
      const bool is_root = kind == Divergence::sqrt_jensen_shannon || kind == Divergence::hellinger;
      const double zero = type == torch::kFloat32 ? (is_root ? 1e-3 : 1e-6) : (is_root ? 1e-7 : 1e-13);
      EXPECT_NEAR(own[0][1].item<double>(), 0.0, zero) << name(kind);
      EXPECT_GT(own[0][2].item<double>(), 1e-2) << name(kind);
    }
  }
}

TEST(Divergences, JensenShannonIsAtMostLogTwo) {
  const Tensor own =
      divergences(log_distributions(60, 9, 4) * 1.0, log_distributions(60, 9, 5), Divergence::jensen_shannon);
  EXPECT_LE(own.max().item<double>(), std::log(2.0));
  // Distributions without a common class reach it.
  const Tensor apart = torch::log_softmax(torch::tensor({{900.0, 0.0}, {0.0, 900.0}}, torch::kFloat64), 1);
  EXPECT_NEAR(divergences(apart, apart, Divergence::jensen_shannon)[0][1].item<double>(), std::log(2.0), 1e-12);
  EXPECT_NEAR(divergences(apart, apart, Divergence::hellinger)[0][1].item<double>(), 1.0, 1e-12);
}

TEST(Divergences, PinskersInequalityHolds) {
  const Tensor p = log_distributions(50, 6, 6);
  const Tensor q = log_distributions(50, 6, 7);
  const Tensor variation = 0.5 * torch::cdist(p.exp(), q.exp(), 1.0);
  const Tensor kl = divergences(p, q, Divergence::kullback_leibler);
  EXPECT_GE((kl - 2.0 * variation.square()).min().item<double>(), -1e-13);
}

TEST(Divergences, SymmetricOnesAreSymmetricAndTheOthersAreNot) {
  const Tensor p = log_distributions(10, 6, 8);
  for (const Divergence kind : divergence_kinds) {
    const Tensor own = divergences(p, p, kind, 0.3);
    const double difference = (own - own.t()).abs().max().item<double>();
    if (is_symmetric(kind)) {
      EXPECT_LT(difference, 1e-13) << name(kind);
    } else {
      EXPECT_GT(difference, 1e-3) << name(kind);
    }
  }
}

TEST(Proximity, NearPointsKeepTheirDigitsInFloat32) {
  // 1e-4 apart at length 1: from squares and products nothing of the distance would be left.
  const Tensor z = torch::nn::functional::normalize(random_tensor({1, 16}, 9));
  const Tensor both = torch::cat({z, z + 1e-4 * torch::nn::functional::normalize(random_tensor({1, 16}, 10))});
  for (const Geometry geometry : geometries) {
    const double exact = distances(both, both, geometry)[0][1].item<double>();
    const double single = distances(both.to(torch::kFloat32), both.to(torch::kFloat32), geometry)[0][1].item<double>();
    EXPECT_NEAR(single, exact, 4e-3 * exact) << name(geometry);
  }
  const Tensor log_p = torch::log_softmax(both, 1);
  const double exact = divergences(log_p, log_p, Divergence::sqrt_jensen_shannon)[0][1].item<double>();
  EXPECT_GT(exact, 1e-7);
}

TEST(Proximity, GradientsAreThoseOfFiniteDifferences) {
  const Tensor b = random_tensor({3, 5}, 12);
  for (const Geometry geometry : geometries) {
    for (const double p : {1.5, 3.0}) {
      const auto both = [&](const Tensor& x) {
        return (distances(x, b, geometry, p).square() + distances(b, x, geometry, p).t()).sum();
      };
      EXPECT_LT(gradient_error(both, random_tensor({4, 5}, 11)), 1e-6) << name(geometry);
    }
  }
  const Tensor log_q = torch::log_softmax(b, 1);
  const Tensor weights = random_tensor({4, 3}, 13);
  for (const Divergence kind : divergence_kinds) {
    for (const double order : {0.4, 1.7}) {
      const auto both = [&](const Tensor& x) {
        const Tensor log_p = torch::log_softmax(x, 1);
        return (weights * divergences(log_p, log_q, kind, order)).sum() +
               (weights.t() * divergences(log_q, log_p, kind, order)).sum();
      };
      EXPECT_LT(gradient_error(both, random_tensor({4, 5}, 11)), 1e-6) << name(kind);
      const auto within = [&](const Tensor& x) {
        const Tensor log_p = torch::log_softmax(x, 1);
        return (divergences(log_p, log_p, kind, order) * random_tensor({4, 4}, 14)).sum();
      };
      // Its diagonal has no gradient where it is a square root.
      if (kind != Divergence::sqrt_jensen_shannon && kind != Divergence::hellinger) {
        EXPECT_LT(gradient_error(within, random_tensor({4, 5}, 11)), 1e-6) << name(kind);
      }
    }
  }
}

TEST(Proximity, TheGradientAtDistanceZeroIsZero) {
  for (const Geometry geometry : geometries) {
    const Tensor a = torch::ones({2, 3}, torch::kFloat64).set_requires_grad(true);
    distances(a, a.detach(), geometry, 2.0).sum().backward();
    EXPECT_TRUE((a.grad().abs() < 1e-12).all().item<bool>()) << name(geometry);
  }
  for (const Divergence kind : divergence_kinds) {
    const Tensor a = torch::ones({2, 3}, torch::kFloat64).set_requires_grad(true);
    const Tensor log_p = torch::log_softmax(a, 1);
    divergences(log_p, log_p.detach(), kind).sum().backward();
    EXPECT_TRUE((a.grad().abs() < 1e-12).all().item<bool>()) << name(kind);
  }
}

TEST(Proximity, NamesComeBackAndUnknownOnesAreRefused) {
  for (const Geometry geometry : geometries) EXPECT_EQ(parse_geometry(name(geometry)), geometry);
  for (const Divergence kind : divergence_kinds) EXPECT_EQ(parse_divergence(name(kind)), kind);
  EXPECT_THROW((void)parse_geometry("spherical"), InputError);
  EXPECT_THROW((void)parse_divergence("JS"), InputError);
}

}  // namespace
}  // namespace holdfast::deep
