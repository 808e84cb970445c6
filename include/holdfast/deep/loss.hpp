// Losses of a batch: functions of its pairwise dissimilarities and labels, each with its own options. Each works with
// any dissimilarity, so that plain and hybrid losses share one implementation.
#pragma once

#include <torch/types.h>

#include <concepts>
#include <span>
#include <string_view>
#include <variant>

#include "holdfast/core/option_table.hpp"

namespace holdfast::deep {

/// A batch seen by pairs: dissimilarities, and which pairs are of one class.
/// Row a is an anchor, column b a candidate. A sample is neither positive nor negative to itself. (An anchor, its
/// positives and its negatives are the anchor, targets and impostors of constraints::Triplet.)
struct PairMatrix {
  torch::Tensor dissimilarity;  ///< n x m
  torch::Tensor positive;       ///< n x m bool: the same class
  torch::Tensor negative;       ///< n x m bool: another class
};

/// Pairs of a set of samples with itself; `dissimilarity` is n x n and `labels` n int64.
[[nodiscard]] PairMatrix pairs_within(const torch::Tensor& dissimilarity, const torch::Tensor& labels);
/// Pairs of n anchors with m candidates. If `shared`, row i and column i are one sample (or its perturbed copy).
[[nodiscard]] PairMatrix pairs_between(const torch::Tensor& dissimilarity, const torch::Tensor& labels,
                                       const torch::Tensor& candidate_labels, bool shared);

/// Farthest-positive and other selections of triplets (Hermans et al. 2017).
enum class Mining {
  all,       ///< every triplet
  hard,      ///< per anchor, the farthest positive and the nearest negative
  semi_hard  ///< negatives farther than the positive, by at most the margin
};

// A loss is a struct of its options, with its name, its option table, and its value on a batch (a scalar).
//
// Below, H is the dissimilarity, S = 1 - H, a an anchor, P its positives and N its negatives. The value is 0, with a
// gradient of 0, if the batch has no such pairs. Sums of exponentials are computed in log-sum-exp form.

/// Mean over triplets with positive loss of [H(a, p) - H(a, n) + margin]+ (Schroff et al. 2015).
struct TripletLoss {
  double margin = 0.2;
  Mining mining = Mining::all;

  static constexpr std::string_view name = "triplet";
  static const OptionTable<TripletLoss>& table();
  torch::Tensor operator()(const PairMatrix& pairs) const;
};

/// Mean over P with positive loss of H, plus mean over N with positive loss of [margin - H]+ (Hadsell et al. 2006).
struct ContrastiveLoss {
  double margin = 0.5;

  static constexpr std::string_view name = "contrastive";
  static const OptionTable<ContrastiveLoss>& table();
  torch::Tensor operator()(const PairMatrix& pairs) const;
};

/// Mean over anchors of -log( sum_P exp(-H / T) / sum_{P and N} exp(-H / T) ) (Frosst et al. 2019).
struct SoftNeighborLoss {
  double temperature = 0.1;  ///< T

  static constexpr std::string_view name = "soft-neighbour";
  static const OptionTable<SoftNeighborLoss>& table();
  torch::Tensor operator()(const PairMatrix& pairs) const;
};

/// Mean over (a, p) of -log( exp(-H(a, p) / T) / (exp(-H(a, p) / T) + sum_N exp(-H / T)) ) (Sohn 2016). On the cosine
/// this is NT-Xent (Chen et al. 2020).
struct NPairLoss {
  double temperature = 0.1;  ///< T

  static constexpr std::string_view name = "n-pair";
  static const OptionTable<NPairLoss>& table();
  torch::Tensor operator()(const PairMatrix& pairs) const;
};

/// Mean over anchors of log(1 + sum_P exp(-alpha (S - base))) / alpha + log(1 + sum_N exp(beta (S - base))) / beta
/// (Wang et al. 2019).
struct MultiSimilarityLoss {
  double sharpness = 2.0;            ///< alpha
  double negative_sharpness = 50.0;  ///< beta
  double base = 0.5;

  static constexpr std::string_view name = "multi-similarity";
  static const OptionTable<MultiSimilarityLoss>& table();
  torch::Tensor operator()(const PairMatrix& pairs) const;
};

/// Mean over proxies that have positives of log(1 + sum_P exp(-alpha (S - margin))), plus mean over all proxies of
/// log(1 + sum_N exp(alpha (S + margin))); sums are over anchors, columns are proxies (Kim et al. 2020).
struct ProxyAnchorLoss {
  double margin = 0.1;
  double sharpness = 32.0;  ///< alpha

  static constexpr std::string_view name = "proxy-anchor";
  static const OptionTable<ProxyAnchorLoss>& table();
  torch::Tensor operator()(const PairMatrix& pairs) const;
};

/// Any loss, as a value: Loss loss = TripletLoss{.margin = 0.3}. The losses of the variant are all there are.
class Loss {
 public:
  using Function =
      std::variant<TripletLoss, ContrastiveLoss, SoftNeighborLoss, NPairLoss, MultiSimilarityLoss, ProxyAnchorLoss>;

  template <class F>
  requires std::constructible_from<Function, F> Loss(const F& loss)  // NOLINT(google-explicit-constructor)
      : function_(loss) {}

  [[nodiscard]] std::string_view name() const {
    return std::visit([](const auto& loss) { return loss.name; }, function_);
  }
  /// True if the candidates are learned points, one per class, instead of samples.
  [[nodiscard]] bool uses_proxies() const { return std::holds_alternative<ProxyAnchorLoss>(function_); }
  [[nodiscard]] const OptionList& options() const {
    return std::visit([](const auto& loss) -> const OptionList& { return loss.table(); }, function_);
  }
  [[nodiscard]] OptionSet values() const {
    return std::visit([](const auto& loss) { return loss.table().values(loss); }, function_);
  }
  /// The same loss with the given options; names that it does not have are left out.
  [[nodiscard]] Loss with(const OptionSet& given) const {
    return std::visit([&](const auto& loss) -> Loss { return loss.table().apply(given, loss); }, function_);
  }
  /// Throws InputError that names option, value and bound.
  void validate() const {
    std::visit([](const auto& loss) { loss.table().validate(loss); }, function_);
  }
  [[nodiscard]] torch::Tensor operator()(const PairMatrix& pairs) const {
    return std::visit([&](const auto& loss) { return loss(pairs); }, function_);
  }

 private:
  Function function_;
};

/// All losses with their default options.
[[nodiscard]] std::span<const Loss> losses();
/// The loss of that name. Throws InputError that lists the names.
[[nodiscard]] const Loss& find_loss(std::string_view name);

}  // namespace holdfast::deep
