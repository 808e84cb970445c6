// How near two embedded samples are: in geometric space, in probabilistic space, and in both at once.
#pragma once

#include <torch/types.h>

#include <string_view>

namespace holdfast::deep {

/// Distance of embeddings.
enum class Geometry {
  euclidean,
  squared_euclidean,
  cosine,      ///< 1 - cos
  minkowski,   ///< of order p >= 1
  mahalanobis  ///< Euclidean after a learned square map L
};

/// Divergence of distributions, natural logarithm.
enum class Divergence {
  jensen_shannon,       ///< [KL(p|m) + KL(q|m)] / 2, m = (p + q) / 2; at most log 2
  sqrt_jensen_shannon,  ///< its square root, a metric
  kullback_leibler,     ///< sum p log(p/q); not symmetric
  jeffreys,             ///< KL(p|q) + KL(q|p)
  squared_hellinger,    ///< sum (sqrt p - sqrt q)^2 / 2; at most 1
  hellinger,            ///< its square root, a metric
  bhattacharyya,        ///< -log sum sqrt(p q)
  renyi                 ///< of order a > 0, a != 1: log(sum p^a q^(1-a)) / (a - 1)
};

/// Names as on the command line: euclidean, squared-euclidean, cosine, minkowski, mahalanobis; js, sqrt-js, kl,
/// jeffreys, squared-hellinger, hellinger, bhattacharyya, renyi. Parsing throws InputError that lists them.
[[nodiscard]] std::string_view name(Geometry geometry);
[[nodiscard]] std::string_view name(Divergence divergence);
[[nodiscard]] Geometry parse_geometry(std::string_view text);
[[nodiscard]] Divergence parse_divergence(std::string_view text);
/// True where div(p, q) = div(q, p).
[[nodiscard]] bool is_symmetric(Divergence divergence);

/// The distances of all rows of `a` (n x d) to all rows of `b` (m x d): n x m. For `mahalanobis` the rows must be
/// mapped already. Formed from differences, so that near rows keep their digits; the gradient at distance 0 is 0.
[[nodiscard]] torch::Tensor distances(const torch::Tensor& a, const torch::Tensor& b, Geometry geometry,
                                      double p = 2.0);

/// The divergences of all distributions in `log_p` (n x c, logarithms of probabilities) from all in `log_q` (m x c): n
/// x m. Logarithms only, never of a rounded zero; the gradient of a square root at 0 is 0. `order` is that of renyi.
[[nodiscard]] torch::Tensor divergences(const torch::Tensor& log_p, const torch::Tensor& log_q, Divergence divergence,
                                        double order = 0.5);

}  // namespace holdfast::deep
