#include "holdfast/deep/proximity.hpp"

#include <torch/autograd.h>

#include <cmath>

#include "deep/names.hpp"

namespace holdfast::deep {
namespace {

using torch::Tensor;

constexpr Names<Geometry, 5> geometries = {{{"euclidean", Geometry::euclidean},
                                            {"squared-euclidean", Geometry::squared_euclidean},
                                            {"cosine", Geometry::cosine},
                                            {"minkowski", Geometry::minkowski},
                                            {"mahalanobis", Geometry::mahalanobis}}};
constexpr Names<Divergence, 8> divergence_names = {{{"js", Divergence::jensen_shannon},
                                                    {"sqrt-js", Divergence::sqrt_jensen_shannon},
                                                    {"kl", Divergence::kullback_leibler},
                                                    {"jeffreys", Divergence::jeffreys},
                                                    {"squared-hellinger", Divergence::squared_hellinger},
                                                    {"hellinger", Divergence::hellinger},
                                                    {"bhattacharyya", Divergence::bhattacharyya},
                                                    {"renyi", Divergence::renyi}}};

Tensor minkowski(const Tensor& a, const Tensor& b, double p) {
  constexpr std::int64_t from_differences = 2;  // the matrix product loses half of the digits of near rows
  return torch::cdist(a, b, p, from_differences);
}

Tensor unit_rows(const Tensor& rows) {
  return torch::nn::functional::normalize(rows);
}

/// sqrt with gradient 0 at 0, where it has none.
Tensor root(const Tensor& values) {
  const Tensor positive = values > 0;
  return torch::where(positive, torch::where(positive, values, torch::ones_like(values)).sqrt(),
                      torch::zeros_like(values));
}

/// Jensen-Shannon of all pairs in one pass over the n x m x c logarithms of the middles, which the gradient shares:
/// with l = log p and k = log m, JS = sum [p (l_p - k) + q (l_q - k)] / 2 and dJS/dl_p = p (l_p - k) / 2. Written by
/// hand because it is the inner loop of training: the tape of its parts would read and write five times as much memory.
class JensenShannon : public torch::autograd::Function<JensenShannon> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& log_p, const Tensor& log_q) {
    const Tensor middle = torch::logaddexp(log_p.unsqueeze(1), log_q.unsqueeze(0)).sub_(std::log(2.0));
    const Tensor p = log_p.exp();
    const Tensor q = log_q.exp();
    // Differences first: they vanish where p and q agree, so that near distributions keep their digits.
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

Tensor kullback_leibler(const Tensor& log_p, const Tensor& log_q) {
  return torch::matmul(log_p.unsqueeze(1) - log_q.unsqueeze(0), log_p.exp().unsqueeze(2)).squeeze(2);
}

Tensor squared_hellinger(const Tensor& log_p, const Tensor& log_q) {
  return 0.5 * minkowski((0.5 * log_p).exp(), (0.5 * log_q).exp(), 2.0).square();
}

}  // namespace

std::string_view name(Geometry geometry) {
  return name_in(geometries, geometry);
}
std::string_view name(Divergence divergence) {
  return name_in(divergence_names, divergence);
}
Geometry parse_geometry(std::string_view text) {
  return value_in(geometries, text, "geometry");
}
Divergence parse_divergence(std::string_view text) {
  return value_in(divergence_names, text, "divergence");
}

bool is_symmetric(Divergence divergence) {
  return divergence != Divergence::kullback_leibler && divergence != Divergence::renyi;
}

Tensor distances(const Tensor& a, const Tensor& b, Geometry geometry, double p) {
  switch (geometry) {
    case Geometry::squared_euclidean:
      return minkowski(a, b, 2.0).square();
    case Geometry::cosine:
      return 0.5 * minkowski(unit_rows(a), unit_rows(b), 2.0).square();  // 1 - cos of unit rows, without cancellation
    case Geometry::minkowski:
      return minkowski(a, b, p);
    case Geometry::euclidean:
    case Geometry::mahalanobis:
      break;
  }
  return minkowski(a, b, 2.0);
}

Tensor divergences(const Tensor& log_p, const Tensor& log_q, Divergence divergence, double order) {
  switch (divergence) {
    case Divergence::jensen_shannon:
      return JensenShannon::apply(log_p, log_q);
    case Divergence::sqrt_jensen_shannon:
      return root(JensenShannon::apply(log_p, log_q));
    case Divergence::kullback_leibler:
      return kullback_leibler(log_p, log_q);
    case Divergence::jeffreys:
      return kullback_leibler(log_p, log_q) + kullback_leibler(log_q, log_p).t();
    case Divergence::squared_hellinger:
      return squared_hellinger(log_p, log_q);
    case Divergence::hellinger:
      return minkowski((0.5 * log_p).exp(), (0.5 * log_q).exp(), 2.0) * std::sqrt(0.5);
    case Divergence::bhattacharyya:
      return -torch::logsumexp(0.5 * (log_p.unsqueeze(1) + log_q.unsqueeze(0)), 2);
    case Divergence::renyi:
      break;
  }
  return torch::logsumexp(order * log_p.unsqueeze(1) + (1.0 - order) * log_q.unsqueeze(0), 2) / (order - 1.0);
}

}  // namespace holdfast::deep
