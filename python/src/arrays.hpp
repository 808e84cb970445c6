// NumPy arrays and the library's matrices: views on the way in; moved memory, or a view of a model's, on the way out.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "holdfast/core/types.hpp"

namespace holdfast::python {

namespace nb = nanobind;
using nb::literals::operator""_a;

/// n x d float64, C-contiguous. The package's Python side makes others so, once, before they come here.
using Rows = nb::ndarray<const double, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Row = nb::ndarray<const double, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Codes = nb::ndarray<const std::int32_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Numbers = nb::ndarray<const std::int64_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
/// m x 2 pairs, or m x 3 triplets, of row numbers.
using RowNumbers = nb::ndarray<const std::int32_t, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

using Array1 = nb::ndarray<nb::numpy, double, nb::ndim<1>>;
using Array2 = nb::ndarray<nb::numpy, double, nb::ndim<2>>;
/// A view of memory that another object owns.
using ConstArray2 = nb::ndarray<nb::numpy, const double, nb::ndim<2>>;
using Codes1 = nb::ndarray<nb::numpy, std::int32_t, nb::ndim<1>>;
using Codes2 = nb::ndarray<nb::numpy, std::int32_t, nb::ndim<2>>;

/// Facts by their names, as the stub types them.
using Facts = nb::typed<nb::dict, nb::str, nb::any>;
using FactsList = nb::typed<nb::list, Facts>;

[[nodiscard]] inline Eigen::Map<const Matrix> view(const Rows& rows) {
  return {rows.data(), static_cast<Index>(rows.shape(0)), static_cast<Index>(rows.shape(1))};
}

/// An array that owns what it shows: a value moved to the heap, freed with the array.
template <class Array, class Value>
[[nodiscard]] Array owning(Value value, std::initializer_list<std::size_t> shape) {
  auto* kept = new Value(std::move(value));
  const nb::capsule owner(kept, [](void* place) noexcept { delete static_cast<Value*>(place); });
  return Array(kept->data(), shape, owner);
}

[[nodiscard]] inline Array2 to_array(Matrix matrix) {
  const auto rows = static_cast<std::size_t>(matrix.rows());
  const auto columns = static_cast<std::size_t>(matrix.cols());
  return owning<Array2>(std::move(matrix), {rows, columns});
}
template <class Number>
[[nodiscard]] auto to_array(std::vector<Number> values) {
  const std::size_t size = values.size();
  return owning<nb::ndarray<nb::numpy, Number, nb::ndim<1>>>(std::move(values), {size});
}

}  // namespace holdfast::python
