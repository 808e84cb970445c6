// Where the learners that minimise over L begin.
#pragma once

namespace holdfast::learners {

/// L before the first step. Every start but a given one is scaled so that near pairs are at a mean squared distance of
/// 1.
enum class Start {
  automatic,  ///< identity if L has as many rows as there are columns; else lda if it has fewer than classes, else pca
  identity,   ///< the first rows of the identity
  pca,        ///< the leading principal directions
  lda,        ///< Fisher's discriminants: one less than classes; further rows are principal directions of the rest
  random,     ///< independent normal entries, drawn by the seed
};

}  // namespace holdfast::learners
