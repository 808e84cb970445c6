// Distances of embeddings a and b:
//
//   euclidean          |a - b|
//   squared-euclidean  |a - b|^2
//   cosine             1 - cos(a, b)
//   minkowski          (sum |a_i - b_i|^p)^(1/p) with p = `minkowski-order` >= 1
//   mahalanobis        |L (a - b)| with a learned square L, which is applied before
//
// Divergences of distributions p and q, with m = (p + q) / 2 and the natural logarithm:
//
//   js                 [KL(p, m) + KL(q, m)] / 2; at most log 2
//   sqrt-js            its square root, a metric
//   kl                 KL(p, q) = sum p log(p / q); not symmetric
//   jeffreys           KL(p, q) + KL(q, p)
//   squared-hellinger  sum (sqrt p - sqrt q)^2 / 2; at most 1
//   hellinger          its square root, a metric
//   bhattacharyya      -log sum sqrt(p q)
//   renyi              log(sum p^a q^(1-a)) / (a - 1) with a = `renyi-order` > 0, a != 1; not symmetric
#include "holdfast/deep/dissimilarity.hpp"

#include <torch/autograd.h>
#include <torch/nn/functional.h>

#include <cmath>
#include <vector>

#include "deep/find_named.hpp"

namespace holdfast::deep {
namespace {

using torch::Tensor;

/// From differences, as the matrix product loses half of the digits of near rows.
Tensor minkowski(const Tensor& a, const Tensor& b, double p) {
  constexpr std::int64_t from_differences = 2;
  return torch::cdist(a, b, p, from_differences);
}

Tensor euclidean(const Tensor& a, const Tensor& b, double) { return minkowski(a, b, 2.0); }

Tensor squared_euclidean(const Tensor& a, const Tensor& b, double) { return minkowski(a, b, 2.0).square(); }

/// 1 - cos of unit rows is half of their squared distance: no cancellation.
Tensor cosine(const Tensor& a, const Tensor& b, double) {
  const auto unit_rows = [](const Tensor& rows) { return torch::nn::functional::normalize(rows); };
  return 0.5 * minkowski(unit_rows(a), unit_rows(b), 2.0).square();
}

/// Square root with the gradient defined as 0 at 0.
Tensor root(const Tensor& values) {
  const Tensor positive = values > 0;
  return torch::where(positive, torch::where(positive, values, torch::ones_like(values)).sqrt(),
                      torch::zeros_like(values));
}

/// Jensen-Shannon divergence of all pairs in one pass over the n x m x c logarithms of the middles, which the gradient
/// shares: with l = log p and k = log m, JS = sum [p (l_p - k) + q (l_q - k)] / 2 and dJS/dl_p = p (l_p - k) / 2.
/// Written by hand because this is the inner loop of training: automatic differentiation of the parts would read and
/// write five times as much memory.
class JensenShannon : public torch::autograd::Function<JensenShannon> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& log_p, const Tensor& log_q) {
    const Tensor middle = torch::logaddexp(log_p.unsqueeze(1), log_q.unsqueeze(0)).sub_(std::log(2.0));
    const Tensor p = log_p.exp();
    const Tensor q = log_q.exp();
    // Differences first: they vanish if p and q agree, so that near distributions keep their digits.
    const Tensor from_p = torch::matmul(log_p.unsqueeze(1) - middle, p.unsqueeze(2)).squeeze(2);
    const Tensor from_q =
        torch::matmul((log_q.unsqueeze(0) - middle).transpose(0, 1), q.unsqueeze(2)).squeeze(2).transpose(0, 1);
    context->save_for_backward({log_p, log_q, middle});
    return (0.5 * (from_p + from_q)).clamp_min(0.0);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const Tensor &log_p = saved[0], &log_q = saved[1], &middle = saved[2];
    const Tensor gradient = 0.5 * gradients[0];
    const auto part = [](const Tensor& logarithm, const Tensor& weights, const Tensor& middles) {
      const Tensor mean = torch::matmul(weights.unsqueeze(1), middles).squeeze(1);
      return logarithm.exp() * (logarithm * weights.sum(1, true) - mean);
    };
    return {part(log_p, gradient, middle), part(log_q, gradient.t(), middle.transpose(0, 1))};
  }
};

Tensor jensen_shannon(const Tensor& log_p, const Tensor& log_q, double) { return JensenShannon::apply(log_p, log_q); }

Tensor sqrt_jensen_shannon(const Tensor& log_p, const Tensor& log_q, double) {
  return root(JensenShannon::apply(log_p, log_q));
}

Tensor kullback_leibler(const Tensor& log_p, const Tensor& log_q, double) {
  return torch::matmul(log_p.unsqueeze(1) - log_q.unsqueeze(0), log_p.exp().unsqueeze(2)).squeeze(2);
}

Tensor jeffreys(const Tensor& log_p, const Tensor& log_q, double) {
  return kullback_leibler(log_p, log_q, 0.0) + kullback_leibler(log_q, log_p, 0.0).t();
}

Tensor squared_hellinger(const Tensor& log_p, const Tensor& log_q, double) {
  return 0.5 * minkowski((0.5 * log_p).exp(), (0.5 * log_q).exp(), 2.0).square();
}

Tensor hellinger(const Tensor& log_p, const Tensor& log_q, double) {
  return minkowski((0.5 * log_p).exp(), (0.5 * log_q).exp(), 2.0) * std::sqrt(0.5);
}

Tensor bhattacharyya(const Tensor& log_p, const Tensor& log_q, double) {
  return -torch::logsumexp(0.5 * (log_p.unsqueeze(1) + log_q.unsqueeze(0)), 2);
}

Tensor renyi(const Tensor& log_p, const Tensor& log_q, double order) {
  return torch::logsumexp(order * log_p.unsqueeze(1) + (1.0 - order) * log_q.unsqueeze(0), 2) / (order - 1.0);
}

}  // namespace

std::span<const Dissimilarity> geometries() {
  static const std::vector<Dissimilarity> all = {
      {.name = "euclidean", .function = euclidean},
      {.name = "squared-euclidean", .function = squared_euclidean},
      {.name = "cosine", .function = cosine},
      {.name = "minkowski",
       .function = minkowski,
       .parameter = DissimilarityParameter{number("minkowski-order", "p of minkowski", at_least(1.0)), 2.0}},
      {.name = "mahalanobis", .function = euclidean, .learns_map = true}};
  return all;
}

std::span<const Dissimilarity> divergences() {
  static const std::vector<Dissimilarity> all = {
      {.name = "js", .function = jensen_shannon},
      {.name = "sqrt-js", .function = sqrt_jensen_shannon},
      {.name = "kl", .function = kullback_leibler, .symmetric = false},
      {.name = "jeffreys", .function = jeffreys},
      {.name = "squared-hellinger", .function = squared_hellinger},
      {.name = "hellinger", .function = hellinger},
      {.name = "bhattacharyya", .function = bhattacharyya},
      {.name = "renyi",
       .function = renyi,
       .symmetric = false,
       .parameter = DissimilarityParameter{number("renyi-order", "order a of renyi",
                                                  {[](double a) { return a > 0.0 && a != 1.0 && std::isfinite(a); },
                                                   "must be above 0 and not 1 (which is kl)"}),
                                           0.5}}};
  return all;
}

Dissimilarity Dissimilarity::with(double value) const {
  Dissimilarity changed = *this;
  changed.parameter.value().value = value;
  return changed;
}

const Dissimilarity& find_geometry(std::string_view name) {
  return find_named(geometries(), &Dissimilarity::name, name, "geometry");
}

const Dissimilarity& find_divergence(std::string_view name) {
  return find_named(divergences(), &Dissimilarity::name, name, "divergence");
}

}  // namespace holdfast::deep
