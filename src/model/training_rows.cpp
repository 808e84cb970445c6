#include "holdfast/model/training_rows.hpp"

#include <algorithm>
#include <numeric>
#include <span>

namespace holdfast::model {
namespace {

/// Rows with their classes, to be compared by value.
struct ClassifiedRows {
  const Matrix& x;
  std::span<const int> codes;

  [[nodiscard]] int code(Index row) const { return codes[static_cast<std::size_t>(row)]; }
  [[nodiscard]] std::span<const double> values(Index row) const {
    return {x.row(row).data(), static_cast<std::size_t>(x.cols())};
  }
  [[nodiscard]] bool is_less(Index a, Index b) const {
    if (code(a) != code(b)) return code(a) < code(b);
    return std::ranges::lexicographical_compare(values(a), values(b));
  }
  [[nodiscard]] std::vector<Index> sorted() const {
    std::vector<Index> rows(codes.size());
    std::iota(rows.begin(), rows.end(), Index{0});
    std::ranges::sort(rows, [this](Index a, Index b) { return is_less(a, b); });
    return rows;
  }
};

}  // namespace

std::vector<Index> own_reference_rows(const Model& model, const DatasetView& data) {
  const Index rows = model.reference.rows();
  if (data.labels == nullptr || data.rows() != rows || model.labels.size() != rows) return {};
  if (model.has_prototypes()) return {};
  std::vector<Index> own(static_cast<std::size_t>(rows));
  std::iota(own.begin(), own.end(), Index{0});
  if (checksum(data) == model.facts.data_checksum) return own;

  if (data.dimension() != model.input_dimension()) return {};
  const Matrix prepared = model.prepare_rows(data.x);
  if (!prepared.allFinite()) return {};
  const std::vector<int> codes = model.codes_with_unknown(data);
  const ClassifiedRows given{prepared, codes};
  const ClassifiedRows known{model.reference, model.labels.codes};
  const std::vector<Index> given_order = given.sorted();
  const std::vector<Index> known_order = known.sorted();
  for (std::size_t i = 0; i < own.size(); ++i) {
    const Index row = given_order[i];
    const Index same = known_order[i];
    if (given.code(row) != known.code(same) || !std::ranges::equal(given.values(row), known.values(same))) return {};
    own[static_cast<std::size_t>(row)] = same;
  }
  return own;
}

}  // namespace holdfast::model
