// A learned map before the metric that is more than the preprocessing of columns: a network.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "holdfast/core/types.hpp"

namespace holdfast::model {

/// A tensor as a model file holds it: little-endian, the last dimension fastest.
struct StoredTensor {
  enum class Type { f64, f32, i64, i32, u8 };
  Type type = Type::f32;
  std::vector<std::uint64_t> shape;
  std::string bytes;

  bool operator==(const StoredTensor&) const = default;
};

/// An embedding as a model file holds it: its description, in a format of its kind, and its weights.
struct StoredEmbedding {
  std::string description;
  std::map<std::string, StoredTensor> tensors;

  bool operator==(const StoredEmbedding&) const = default;
};

/// Maps raw rows (images, say) to rows of another space, where preprocessing and metric go on.
class Embedding {
 public:
  virtual ~Embedding() = default;

  [[nodiscard]] virtual Index input_dimension() const = 0;
  [[nodiscard]] virtual Index output_dimension() const = 0;
  /// n x input_dimension raw rows to n x output_dimension. The same rows give the same bits on one machine.
  [[nodiscard]] virtual Matrix apply(const MatrixView& rows) const = 0;
  /// Its input, for messages, such as "images of 28 x 28 pixels, 1 channel".
  [[nodiscard]] virtual std::string input() const = 0;
  /// Its description for `info`.
  [[nodiscard]] virtual std::string summary() const = 0;
  [[nodiscard]] virtual StoredEmbedding store() const = 0;
};

/// Makes an embedding from the contents of a model file; throws std::invalid_argument if the file is damaged.
using EmbeddingReader = std::function<std::shared_ptr<const Embedding>(const StoredEmbedding&)>;

}  // namespace holdfast::model
