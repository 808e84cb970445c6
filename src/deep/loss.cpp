#include "holdfast/deep/loss.hpp"

#include <torch/torch.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "deep/find_named.hpp"

namespace holdfast::deep {
namespace {

using torch::Tensor;
using torch::indexing::Slice;

constexpr double infinity = std::numeric_limits<double>::infinity();

/// The mean of the values above 0; 0 if there are none.
Tensor mean_of_positive(const Tensor& values) { return values.sum() / (values > 0).sum().clamp_min(1); }

/// log(1 + exp(values)). Not softplus, which is linear above 20 and so inexact in float64.
Tensor log_one_plus_exp(const Tensor& values) { return torch::logaddexp(values, torch::zeros_like(values)); }

/// log(1 + sum over the masked columns of exp(values)), along a dimension.
Tensor log_one_plus_sum(const Tensor& values, const Tensor& mask, std::int64_t dimension) {
  return log_one_plus_exp(values.masked_fill(~mask, -infinity).logsumexp(dimension));
}

Tensor all_triplets(const PairMatrix& pairs, double margin, bool only_semi_hard) {
  // Positive pairs in rows, candidates in columns: the batch has few positives, so this is far smaller than n x n x n.
  const Tensor at = pairs.positive.nonzero();
  const Tensor anchors = at.index({Slice(), 0});
  const Tensor gaps = pairs.dissimilarity.index_select(0, anchors) -
                      pairs.dissimilarity.index({anchors, at.index({Slice(), 1})}).unsqueeze(1);
  Tensor counted = pairs.negative.index_select(0, anchors);
  if (only_semi_hard) counted = counted & (gaps > 0) & (gaps <= margin);
  return mean_of_positive((margin - gaps).clamp_min(0.0) * counted);
}

Tensor hardest_triplets(const PairMatrix& pairs, double margin) {
  const Tensor farthest = std::get<0>(pairs.dissimilarity.masked_fill(~pairs.positive, -infinity).max(1));
  const Tensor nearest = std::get<0>(pairs.dissimilarity.masked_fill(~pairs.negative, infinity).min(1));
  return mean_of_positive((farthest - nearest + margin).clamp_min(0.0));  // -inf, hence 0, for anchors without a pair
}

template <class L>
Option<L> margin_option() {
  return {number("margin", "margin of the loss", at_least(0.0)), &L::margin};
}
template <class L>
Option<L> temperature_option() {
  return {number("loss-temperature", "temperature T of the loss", above(0.0)), &L::temperature};
}
template <class L>
Option<L> sharpness_option() {
  return {number("sharpness", "sharpness alpha of the loss", above(0.0)), &L::sharpness};
}

}  // namespace

PairMatrix pairs_between(const Tensor& dissimilarity, const Tensor& labels, const Tensor& candidate_labels,
                         bool shared) {
  const Tensor same = labels.unsqueeze(1) == candidate_labels.unsqueeze(0);
  return {dissimilarity, shared ? same & ~torch::eye(same.size(0), same.options()) : same, ~same};
}

PairMatrix pairs_within(const Tensor& dissimilarity, const Tensor& labels) {
  return pairs_between(dissimilarity, labels, labels, true);
}

const OptionTable<TripletLoss>& TripletLoss::table() {
  static const OptionTable<TripletLoss> options = {
      {word("mining", "triplets of a batch: all, hard (farthest positive, nearest negative), semi-hard"),
       &TripletLoss::mining,
       {{"all", Mining::all}, {"hard", Mining::hard}, {"semi-hard", Mining::semi_hard}}},
      margin_option<TripletLoss>()};
  return options;
}

Tensor TripletLoss::operator()(const PairMatrix& pairs) const {
  if (mining == Mining::hard) return hardest_triplets(pairs, margin);
  return all_triplets(pairs, margin, mining == Mining::semi_hard);
}

const OptionTable<ContrastiveLoss>& ContrastiveLoss::table() {
  static const OptionTable<ContrastiveLoss> options = {margin_option<ContrastiveLoss>()};
  return options;
}

Tensor ContrastiveLoss::operator()(const PairMatrix& pairs) const {
  return mean_of_positive(pairs.dissimilarity.clamp_min(0.0) * pairs.positive) +
         mean_of_positive((margin - pairs.dissimilarity).clamp_min(0.0) * pairs.negative);
}

const OptionTable<SoftNeighborLoss>& SoftNeighborLoss::table() {
  static const OptionTable<SoftNeighborLoss> options = {temperature_option<SoftNeighborLoss>()};
  return options;
}

Tensor SoftNeighborLoss::operator()(const PairMatrix& pairs) const {
  const Tensor anchors = pairs.positive.any(1).nonzero().squeeze(1);
  const Tensor logits = (-pairs.dissimilarity / temperature).index_select(0, anchors);
  const Tensor positive = pairs.positive.index_select(0, anchors);
  const Tensor candidate = positive | pairs.negative.index_select(0, anchors);
  const Tensor values =
      logits.masked_fill(~candidate, -infinity).logsumexp(1) - logits.masked_fill(~positive, -infinity).logsumexp(1);
  return values.sum() / std::max<std::int64_t>(values.numel(), 1);
}

const OptionTable<NPairLoss>& NPairLoss::table() {
  static const OptionTable<NPairLoss> options = {temperature_option<NPairLoss>()};
  return options;
}

Tensor NPairLoss::operator()(const PairMatrix& pairs) const {
  const Tensor at = pairs.positive.nonzero();
  const Tensor anchors = at.index({Slice(), 0});
  const Tensor logits = -pairs.dissimilarity / temperature;
  const Tensor negatives = logits.masked_fill(~pairs.negative, -infinity).logsumexp(1).index_select(0, anchors);
  const Tensor positives = logits.index({anchors, at.index({Slice(), 1})});
  const Tensor values = log_one_plus_exp(negatives - positives);
  return values.sum() / std::max<std::int64_t>(values.numel(), 1);
}

const OptionTable<MultiSimilarityLoss>& MultiSimilarityLoss::table() {
  using L = MultiSimilarityLoss;
  static const OptionTable<L> options = {
      sharpness_option<L>(),
      {number("negative-sharpness", "sharpness beta on negatives", above(0.0)), &L::negative_sharpness},
      {number("base", "similarity that separates positives from negatives"), &L::base}};
  return options;
}

Tensor MultiSimilarityLoss::operator()(const PairMatrix& pairs) const {
  const Tensor above_base = (1.0 - pairs.dissimilarity) - base;
  return (log_one_plus_sum(-sharpness * above_base, pairs.positive, 1) / sharpness +
          log_one_plus_sum(negative_sharpness * above_base, pairs.negative, 1) / negative_sharpness)
      .mean();
}

const OptionTable<ProxyAnchorLoss>& ProxyAnchorLoss::table() {
  static const OptionTable<ProxyAnchorLoss> options = {margin_option<ProxyAnchorLoss>(),
                                                       sharpness_option<ProxyAnchorLoss>()};
  return options;
}

Tensor ProxyAnchorLoss::operator()(const PairMatrix& pairs) const {
  const Tensor similarity = 1.0 - pairs.dissimilarity;
  const Tensor pull = log_one_plus_sum(-sharpness * (similarity - margin), pairs.positive, 0);
  const Tensor push = log_one_plus_sum(sharpness * (similarity + margin), pairs.negative, 0);
  return pull.sum() / pairs.positive.any(0).sum().clamp_min(1) + push.mean();
}

std::span<const Loss> losses() {
  static const std::vector<Loss> all = {TripletLoss{}, ContrastiveLoss{},     SoftNeighborLoss{},
                                        NPairLoss{},   MultiSimilarityLoss{}, ProxyAnchorLoss{}};
  return all;
}

const Loss& find_loss(std::string_view name) { return find_named(losses(), &Loss::name, name, "form"); }

}  // namespace holdfast::deep
