// Loss forms: what a matrix of proximities and the labels make of a batch. Every form takes any proximity, so that
// plain and hybrid losses are one code.
#pragma once

#include <torch/types.h>

#include <string_view>

namespace holdfast::deep {

/// A batch seen by pairs. Row a is an anchor, column b a candidate; the same sample is neither positive nor negative.
struct Pairs {
  torch::Tensor proximity;  ///< n x m, small is near
  torch::Tensor positive;   ///< n x m bool, the same class
  torch::Tensor negative;   ///< n x m bool, another class
};

/// Pairs of a set of samples with itself.
[[nodiscard]] Pairs pairs_within(const torch::Tensor& proximity, const torch::Tensor& labels);
/// Pairs of anchors with other samples; where `shared`, row i and column i are one sample (or its perturbed copy).
[[nodiscard]] Pairs pairs_between(const torch::Tensor& proximity, const torch::Tensor& labels,
                                  const torch::Tensor& other_labels, bool shared);

enum class Form { triplet, contrastive, soft_neighbour, n_pair, multi_similarity, proxy_anchor };
enum class Mining {
  batch_all,   ///< every triplet
  batch_hard,  ///< per anchor the farthest positive and the nearest negative
  semi_hard    ///< negatives farther than the positive, by at most the margin
};

/// Names as on the command line: triplet, contrastive, soft-neighbour, n-pair, multi-similarity, proxy-anchor; all,
/// hard, semi-hard. Parsing throws InputError that lists them.
[[nodiscard]] std::string_view name(Form form);
[[nodiscard]] std::string_view name(Mining mining);
[[nodiscard]] Form parse_form(std::string_view text);
[[nodiscard]] Mining parse_mining(std::string_view text);

struct FormOptions {
  Form form = Form::triplet;
  Mining mining = Mining::batch_all;
  double margin = 0.2;       ///< triplet; contrastive: of negatives; proxy-anchor
  double temperature = 0.1;  ///< soft neighbour, n-pair
  double alpha = 2.0;        ///< multi-similarity: sharpness on positives; proxy-anchor: on both
  double beta = 50.0;        ///< multi-similarity: sharpness on negatives
  double base = 0.5;         ///< multi-similarity: the similarity that divides them
};

/// The loss of a batch, with H the proximity, P(a) and N(a) the positives and negatives of anchor a, S = 1 - H:
///
///   triplet           mean over triplets with positive loss of [H(a,p) - H(a,n) + margin]+
///   contrastive       mean over P with positive loss of H, plus mean over N with positive loss of [margin - H]+
///   soft neighbour    mean over anchors of -log( sum_P exp(-H/T) / sum_{P and N} exp(-H/T) )
///   n-pair            mean over (a,p) of -log( exp(-H(a,p)/T) / (exp(-H(a,p)/T) + sum_N exp(-H/T)) )
///   multi-similarity  mean over anchors of log(1 + sum_P exp(-alpha (S - base))) / alpha
///                       + log(1 + sum_N exp(beta (S - base))) / beta
///   proxy-anchor      columns are proxies: mean over those with positives of log(1 + sum_P exp(-alpha (S - margin)))
///                       + mean over all of log(1 + sum_N exp(alpha (S + margin)))
///
/// 0, with a gradient of 0, where the batch has no such pairs. Sums of exponentials in log-sum-exp form.
/// Sources: Schroff et al. 2015 and Hermans et al. 2017 (mining); Hadsell et al. 2006; Frosst et al. 2019; Sohn 2016,
/// Chen et al. 2020 (NT-Xent is n-pair on the cosine); Wang et al. 2019; Kim et al. 2020.
[[nodiscard]] torch::Tensor loss(const Pairs& pairs, const FormOptions& options);

}  // namespace holdfast::deep
