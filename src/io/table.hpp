// What every reader fills: values of a matrix whose number of rows is not known yet, and labels.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "holdfast/core/dataset.hpp"

namespace holdfast::io {

/// Throws InputError if a rows x columns matrix of float64 would not fit into this machine's memory.
void require_memory(const std::string& source, std::uint64_t rows, std::uint64_t columns);

/// Collects rows, whose number is not known before. The matrix grows in place: where that is not possible, glibc moves
/// the pages of large memory and copies no bytes.
class GrowingMatrix {
 public:
  explicit GrowingMatrix(Index columns);

  /// Space for the next row, which holds until the row is kept.
  [[nodiscard]] double* next_row();
  void keep_row() { ++rows_; }
  [[nodiscard]] Index rows() const { return rows_; }
  [[nodiscard]] Matrix take();

 private:
  Matrix matrix_;
  Index rows_ = 0;
};

/// Collects values in blocks of some megabytes, as a header's claim about their number needs not be believed before
/// they are there.
class ValueBlocks {
 public:
  /// Contiguous space for at most `wanted` values, at least for one.
  [[nodiscard]] std::span<double> space(Index wanted);
  /// Keeps the first `count` values of the space given last.
  void keep(Index count);
  [[nodiscard]] Index size() const { return size_; }

  enum class Order { rows, columns };
  /// The matrix of all values, which lie row by row or column by column; size() must be rows * columns. Each block is
  /// freed as soon as it has been copied.
  [[nodiscard]] Matrix take(const std::string& source, Index rows, Index columns, Order order = Order::rows);

 private:
  static constexpr Index block_size = Index{1} << 20;  // values: 8 MiB

  std::vector<std::unique_ptr<double[]>> blocks_;
  Index used_ = block_size;  // of the last block
  Index size_ = 0;
};

/// Numbers texts in the order in which they appear, so that each text is stored once.
class TextNumbers {
 public:
  /// The number of the text, a new one for a new text.
  int number_of(std::string_view text);
  [[nodiscard]] std::vector<std::string> take_texts();

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::unordered_map<std::string, int, Hash, std::equal_to<>> number_of_;
  std::vector<std::string> texts_;
};

/// Collects label texts as numbers.
class LabelCollector {
 public:
  void add(std::string_view text) { order_.push_back(numbers_.number_of(text)); }
  [[nodiscard]] Index size() const { return static_cast<Index>(order_.size()); }
  [[nodiscard]] Labels take();

 private:
  TextNumbers numbers_;
  std::vector<int> order_;
};

}  // namespace holdfast::io
