// Where the learners that minimise over L begin.
#pragma once

namespace holdfast::learners {

/// L before the first step. Every start but a given one is scaled so that near pairs are at a mean squared distance of
/// 1.
enum class Start {
  automatic,  ///< identity, or pca if L has fewer rows than there are columns
  identity,   ///< the first rows of the identity
  pca,        ///< the leading principal directions
  lda,        ///< Fisher's discriminants: at most one row less than there are classes
  random,     ///< independent normal entries, drawn by the seed
};

}  // namespace holdfast::learners
