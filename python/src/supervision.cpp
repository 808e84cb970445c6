#include "supervision.hpp"

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

namespace holdfast::python {
namespace {

std::vector<linalg::RowPair> row_pairs(nb::handle pairs) {
  const auto rows = nb::cast<RowNumbers>(pairs);
  std::vector<linalg::RowPair> list;
  list.reserve(rows.shape(0));
  for (std::size_t i = 0; i < rows.shape(0); ++i) list.push_back({rows(i, 0), rows(i, 1)});
  return list;
}

}  // namespace

std::optional<Labels> labels_of(nb::handle labels) {
  if (labels.is_none()) return std::nullopt;
  const auto parts = nb::cast<nb::tuple>(labels);
  const auto codes = nb::cast<Codes>(parts[0]);
  return Labels{{codes.data(), codes.data() + codes.shape(0)}, nb::cast<std::vector<std::string>>(parts[1])};
}

constraints::PairSet pairs_of(nb::handle pairs) {
  const auto parts = nb::cast<nb::tuple>(pairs);
  return {row_pairs(parts[0]), row_pairs(parts[1])};
}

std::vector<constraints::Triplet> triplet_list(nb::handle triplets) {
  const auto rows = nb::cast<RowNumbers>(triplets);
  std::vector<constraints::Triplet> list;
  list.reserve(rows.shape(0));
  for (std::size_t i = 0; i < rows.shape(0); ++i) list.push_back({rows(i, 0), rows(i, 1), rows(i, 2)});
  return list;
}

constraints::TripletSet triplets_of(nb::handle triplets) {
  return constraints::from_triplets(triplet_list(triplets));
}

}  // namespace holdfast::python
