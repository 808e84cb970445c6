#include "io/table.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "io/byte_source.hpp"

namespace holdfast::io {
void require_memory(const std::string& source, std::uint64_t rows, std::uint64_t columns) {
  const double bytes = static_cast<double>(rows) * static_cast<double>(columns) * sizeof(double);
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long page = ::sysconf(_SC_PAGESIZE);
  const double memory = pages > 0 && page > 0 ? static_cast<double>(pages) * static_cast<double>(page) : 0x1p62;
  if (bytes > memory) {
    fail(source, fmt::format("{} rows of {} features need {:.1f} GB, which is more memory than this machine has; give "
                             "fewer rows or features",
                             rows, columns, bytes / 1e9));
  }
}

GrowingMatrix::GrowingMatrix(Index columns) {
  constexpr Index values_at_first = Index{1} << 17;  // 1 MiB
  matrix_.resize(std::max<Index>(1, values_at_first / std::max<Index>(1, columns)), columns);
}

double* GrowingMatrix::next_row() {
  if (rows_ == matrix_.rows()) matrix_.conservativeResize(rows_ + std::max<Index>(1, rows_ / 4), matrix_.cols());
  return matrix_.data() + rows_ * matrix_.cols();
}

Matrix GrowingMatrix::take() {
  matrix_.conservativeResize(rows_, matrix_.cols());
  return std::move(matrix_);
}

std::span<double> ValueBlocks::space(Index wanted) {
  if (used_ == block_size) {
    blocks_.push_back(std::make_unique_for_overwrite<double[]>(static_cast<std::size_t>(block_size)));
    used_ = 0;
  }
  return {blocks_.back().get() + used_, static_cast<std::size_t>(std::min(wanted, block_size - used_))};
}

void ValueBlocks::keep(Index count) {
  used_ += count;
  size_ += count;
}

Matrix ValueBlocks::take(const std::string& source, Index rows, Index columns, Order order) {
  require_memory(source, static_cast<std::uint64_t>(rows), static_cast<std::uint64_t>(columns));
  Matrix matrix(rows, columns);
  Index begin = 0;
  for (std::unique_ptr<double[]>& block : blocks_) {
    const Index end = std::min(begin + block_size, size_);
    if (order == Order::rows) {
      std::copy_n(block.get(), end - begin, matrix.data() + begin);
    } else {
      for (Index i = begin; i < end;) {
        const Index column = i / rows;
        const Index stop = std::min(end, (column + 1) * rows);
        for (; i < stop; ++i) matrix(i - column * rows, column) = block[static_cast<std::size_t>(i - begin)];
      }
    }
    begin = end;
    block.reset();
  }
  blocks_.clear();
  used_ = block_size;
  size_ = 0;
  return matrix;
}

int TextNumbers::number_of(std::string_view text) {
  auto found = number_of_.find(text);
  if (found == number_of_.end()) {
    found = number_of_.emplace(text, static_cast<int>(texts_.size())).first;
    texts_.emplace_back(text);
  }
  return found->second;
}

std::vector<std::string> TextNumbers::take_texts() {
  number_of_.clear();
  return std::move(texts_);
}

Labels LabelCollector::take() {
  // The texts are distinct, so their own encoding maps the numbers given here to the final codes.
  Labels labels = encode_labels(numbers_.take_texts());
  const std::vector<int> code_of = std::move(labels.codes);
  for (int& number : order_) number = code_of[static_cast<std::size_t>(number)];
  labels.codes = std::move(order_);
  *this = {};
  return labels;
}

}  // namespace holdfast::io
