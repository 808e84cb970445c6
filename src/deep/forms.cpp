#include "holdfast/deep/forms.hpp"

#include <torch/torch.h>

#include <limits>

#include "deep/names.hpp"

namespace holdfast::deep {
namespace {

using torch::Tensor;
using torch::indexing::Slice;

constexpr Names<Form, 6> forms = {{{"triplet", Form::triplet},
                                   {"contrastive", Form::contrastive},
                                   {"soft-neighbour", Form::soft_neighbour},
                                   {"n-pair", Form::n_pair},
                                   {"multi-similarity", Form::multi_similarity},
                                   {"proxy-anchor", Form::proxy_anchor}}};
constexpr Names<Mining, 3> minings = {
    {{"all", Mining::batch_all}, {"hard", Mining::batch_hard}, {"semi-hard", Mining::semi_hard}}};

constexpr double infinity = std::numeric_limits<double>::infinity();

/// The mean of the values above 0; 0 where none is.
Tensor mean_of_positive(const Tensor& values) {
  return values.sum() / (values > 0).sum().clamp_min(1);
}

/// log(1 + exp(values)). Not softplus, which gives up at 20 what is exact to the last digit in float64.
Tensor log_one_plus_exp(const Tensor& values) {
  return torch::logaddexp(values, torch::zeros_like(values));
}

/// log(1 + sum over the masked columns of exp(values)), along a dimension.
Tensor log_one_plus_sum(const Tensor& values, const Tensor& mask, std::int64_t dimension) {
  return log_one_plus_exp(values.masked_fill(~mask, -infinity).logsumexp(dimension));
}

Tensor all_triplets(const Pairs& pairs, double margin, bool only_semi_hard) {
  // Positive pairs in rows, candidates in columns: the batch has few positives, so this is far smaller than n x n x n.
  const Tensor at = pairs.positive.nonzero();
  const Tensor anchors = at.index({Slice(), 0});
  const Tensor gaps =
      pairs.proximity.index_select(0, anchors) - pairs.proximity.index({anchors, at.index({Slice(), 1})}).unsqueeze(1);
  Tensor counted = pairs.negative.index_select(0, anchors);
  if (only_semi_hard) counted = counted & (gaps > 0) & (gaps <= margin);
  return mean_of_positive((margin - gaps).clamp_min(0.0) * counted);
}

Tensor hardest_triplets(const Pairs& pairs, double margin) {
  const Tensor farthest = std::get<0>(pairs.proximity.masked_fill(~pairs.positive, -infinity).max(1));
  const Tensor nearest = std::get<0>(pairs.proximity.masked_fill(~pairs.negative, infinity).min(1));
  return mean_of_positive((farthest - nearest + margin).clamp_min(0.0));  // -inf, hence 0, for anchors without a pair
}

Tensor contrastive(const Pairs& pairs, double margin) {
  return mean_of_positive(pairs.proximity.clamp_min(0.0) * pairs.positive) +
         mean_of_positive((margin - pairs.proximity).clamp_min(0.0) * pairs.negative);
}

Tensor soft_neighbour(const Pairs& pairs, double temperature) {
  const Tensor anchors = pairs.positive.any(1).nonzero().squeeze(1);
  const Tensor logits = (-pairs.proximity / temperature).index_select(0, anchors);
  const Tensor positive = pairs.positive.index_select(0, anchors);
  const Tensor candidate = positive | pairs.negative.index_select(0, anchors);
  const Tensor losses =
      logits.masked_fill(~candidate, -infinity).logsumexp(1) - logits.masked_fill(~positive, -infinity).logsumexp(1);
  return losses.sum() / std::max<std::int64_t>(losses.numel(), 1);
}

Tensor n_pair(const Pairs& pairs, double temperature) {
  const Tensor at = pairs.positive.nonzero();
  const Tensor anchors = at.index({Slice(), 0});
  const Tensor logits = -pairs.proximity / temperature;
  const Tensor mask = ~pairs.negative;
  const Tensor negatives = logits.masked_fill(mask, -infinity).logsumexp(1).index_select(0, anchors);
  const Tensor positives = logits.index({anchors, at.index({Slice(), 1})});
  const Tensor losses = log_one_plus_exp(negatives - positives);
  return losses.sum() / std::max<std::int64_t>(losses.numel(), 1);
}

Tensor multi_similarity(const Pairs& pairs, const FormOptions& options) {
  const Tensor above = (1.0 - pairs.proximity) - options.base;
  return (log_one_plus_sum(-options.alpha * above, pairs.positive, 1) / options.alpha +
          log_one_plus_sum(options.beta * above, pairs.negative, 1) / options.beta)
      .mean();
}

Tensor proxy_anchor(const Pairs& pairs, const FormOptions& options) {
  const Tensor similarity = 1.0 - pairs.proximity;
  const Tensor pull = log_one_plus_sum(-options.alpha * (similarity - options.margin), pairs.positive, 0);
  const Tensor push = log_one_plus_sum(options.alpha * (similarity + options.margin), pairs.negative, 0);
  return pull.sum() / pairs.positive.any(0).sum().clamp_min(1) + push.mean();
}

}  // namespace

std::string_view name(Form form) {
  return name_in(forms, form);
}
std::string_view name(Mining mining) {
  return name_in(minings, mining);
}
Form parse_form(std::string_view text) {
  return value_in(forms, text, "form");
}
Mining parse_mining(std::string_view text) {
  return value_in(minings, text, "mining");
}

Pairs pairs_between(const Tensor& proximity, const Tensor& labels, const Tensor& other_labels, bool shared) {
  const Tensor same = labels.unsqueeze(1) == other_labels.unsqueeze(0);
  return {proximity, shared ? same & ~torch::eye(same.size(0), same.options()) : same, ~same};
}

Pairs pairs_within(const Tensor& proximity, const Tensor& labels) {
  return pairs_between(proximity, labels, labels, true);
}

Tensor loss(const Pairs& pairs, const FormOptions& options) {
  switch (options.form) {
    case Form::triplet:
      return options.mining == Mining::batch_hard
                 ? hardest_triplets(pairs, options.margin)
                 : all_triplets(pairs, options.margin, options.mining == Mining::semi_hard);
    case Form::contrastive:
      return contrastive(pairs, options.margin);
    case Form::soft_neighbour:
      return soft_neighbour(pairs, options.temperature);
    case Form::n_pair:
      return n_pair(pairs, options.temperature);
    case Form::multi_similarity:
      return multi_similarity(pairs, options);
    case Form::proxy_anchor:
      break;
  }
  return proxy_anchor(pairs, options);
}

}  // namespace holdfast::deep
