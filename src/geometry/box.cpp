#include "holdfast/geometry/box.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "holdfast/core/error.hpp"

namespace holdfast::geometry {

void Box::require_within(const MatrixView& rows) const {
  if (lower.size() != rows.cols() || upper.size() != rows.cols()) {
    throw std::invalid_argument("the box must have one lower and one upper limit per column");
  }
  for (Index row = 0; row < rows.rows(); ++row) {
    for (Index column = 0; column < rows.cols(); ++column) {
      const double value = rows(row, column);
      if (value >= lower[column] && value <= upper[column]) continue;
      throw InputError(Fault{.field = "box",
                             .rule = fmt::format("row {} has {} in column {}, outside its limits {} and {}", row, value,
                                                 column + 1, lower[column], upper[column]),
                             .remedy = "limits are in the units of `space`"});
    }
  }
}

}  // namespace holdfast::geometry
