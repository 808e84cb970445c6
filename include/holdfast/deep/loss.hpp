// Losses of a batch: functions of its pairwise dissimilarities and labels, each with its own options. Each works with
// any dissimilarity, so that plain and hybrid losses share one implementation.
#pragma once

#include <torch/types.h>

#include <concepts>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "holdfast/core/option_table.hpp"
#include "holdfast/deep/pair_matrix.hpp"

namespace holdfast::deep {

/// A struct of options that is also the loss: its name, its option table, and its value on a batch (a scalar). The
/// candidates of a loss that `uses_proxies` are learned points, one per class, instead of samples.
template <class F>
concept LossFunction = requires(const F& loss, const PairMatrix& pairs) {
  { F::name } -> std::convertible_to<std::string_view>;
  { F::uses_proxies } -> std::convertible_to<bool>;
  { F::table() } -> std::same_as<const OptionTable<F>&>;
  { loss(pairs) } -> std::same_as<torch::Tensor>;
};

/// Any loss, as a value: Loss loss = TripletLoss{.margin = 0.3}.
class Loss {
 public:
  template <LossFunction F>
  Loss(const F& function) : self_(std::make_shared<Erased<F>>(function)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] std::string_view name() const { return self_->name(); }
  [[nodiscard]] bool uses_proxies() const { return self_->uses_proxies(); }
  [[nodiscard]] const OptionList& options() const { return self_->options(); }
  [[nodiscard]] OptionSet values() const { return self_->values(); }
  /// The same loss with the given options; names that it does not have are left out.
  [[nodiscard]] Loss with(const OptionSet& given) const { return self_->with(given); }
  /// Throws InputError that names option, value and bound.
  void validate() const { self_->validate(); }
  [[nodiscard]] torch::Tensor operator()(const PairMatrix& pairs) const { return self_->value(pairs); }

 private:
  struct Interface {
    virtual ~Interface() = default;
    [[nodiscard]] virtual std::string_view name() const = 0;
    [[nodiscard]] virtual bool uses_proxies() const = 0;
    [[nodiscard]] virtual const OptionList& options() const = 0;
    [[nodiscard]] virtual OptionSet values() const = 0;
    [[nodiscard]] virtual Loss with(const OptionSet& given) const = 0;
    virtual void validate() const = 0;
    [[nodiscard]] virtual torch::Tensor value(const PairMatrix& pairs) const = 0;
  };
  template <LossFunction F>
  struct Erased final : Interface {
    explicit Erased(const F& f) : function(f) {}
    [[nodiscard]] std::string_view name() const override { return F::name; }
    [[nodiscard]] bool uses_proxies() const override { return F::uses_proxies; }
    [[nodiscard]] const OptionList& options() const override { return F::table(); }
    [[nodiscard]] OptionSet values() const override { return F::table().values(function); }
    [[nodiscard]] Loss with(const OptionSet& given) const override { return F::table().apply(given, function); }
    void validate() const override { F::table().validate(function); }
    [[nodiscard]] torch::Tensor value(const PairMatrix& pairs) const override { return function(pairs); }
    F function;
  };

  std::shared_ptr<const Interface> self_;
};

/// Farthest-positive and other selections of triplets (Hermans et al. 2017).
enum class Mining {
  all,       ///< every triplet
  hard,      ///< per anchor, the farthest positive and the nearest negative
  semi_hard  ///< negatives farther than the positive, by at most the margin
};

// Below, H is the dissimilarity, S = 1 - H, a an anchor, P its positives and N its negatives. The value is 0, with a
// gradient of 0, if the batch has no such pairs. Sums of exponentials are computed in log-sum-exp form.

/// Mean over triplets with positive loss of [H(a, p) - H(a, n) + margin]+ (Schroff et al. 2015).
struct TripletLoss {
  double margin = 0.2;
  Mining mining = Mining::all;

  static constexpr std::string_view name = "triplet";
  static constexpr bool uses_proxies = false;
  static const OptionTable<TripletLoss>& table();
  torch::Tensor operator()(const PairMatrix& pairs) const;
};

/// Mean over P with positive loss of H, plus mean over N with positive loss of [margin - H]+ (Hadsell et al. 2006).
struct ContrastiveLoss {
  double margin = 0.5;

  static constexpr std::string_view name = "contrastive";
  static constexpr bool uses_proxies = false;
  static const OptionTable<ContrastiveLoss>& table();
  torch::Tensor operator()(const PairMatrix& pairs) const;
};

/// Mean over anchors of -log( sum_P exp(-H / T) / sum_{P and N} exp(-H / T) ) (Frosst et al. 2019).
struct SoftNeighborLoss {
  double temperature = 0.1;  ///< T

  static constexpr std::string_view name = "soft-neighbour";
  static constexpr bool uses_proxies = false;
  static const OptionTable<SoftNeighborLoss>& table();
  torch::Tensor operator()(const PairMatrix& pairs) const;
};

/// Mean over (a, p) of -log( exp(-H(a, p) / T) / (exp(-H(a, p) / T) + sum_N exp(-H / T)) ) (Sohn 2016). On the cosine
/// this is NT-Xent (Chen et al. 2020).
struct NPairLoss {
  double temperature = 0.1;  ///< T

  static constexpr std::string_view name = "n-pair";
  static constexpr bool uses_proxies = false;
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
  static constexpr bool uses_proxies = false;
  static const OptionTable<MultiSimilarityLoss>& table();
  torch::Tensor operator()(const PairMatrix& pairs) const;
};

/// Mean over proxies that have positives of log(1 + sum_P exp(-alpha (S - margin))), plus mean over all proxies of
/// log(1 + sum_N exp(alpha (S + margin))); sums are over anchors, columns are proxies (Kim et al. 2020).
struct ProxyAnchorLoss {
  double margin = 0.1;
  double sharpness = 32.0;  ///< alpha

  static constexpr std::string_view name = "proxy-anchor";
  static constexpr bool uses_proxies = true;
  static const OptionTable<ProxyAnchorLoss>& table();
  torch::Tensor operator()(const PairMatrix& pairs) const;
};

/// All losses with their default options.
[[nodiscard]] std::span<const Loss> losses();
/// The loss of that name. Throws InputError that lists the names.
[[nodiscard]] const Loss& find_loss(std::string_view name);

}  // namespace holdfast::deep
