#include "holdfast/geometry/norm.hpp"

#include <fmt/format.h>

#include <array>
#include <stdexcept>

#include "holdfast/core/error.hpp"
#include "holdfast/linalg/range.hpp"

namespace holdfast::geometry {

std::string_view name(Norm norm) {
  constexpr std::array<std::string_view, 3> names = {"l1", "l2", "linf"};
  return names[static_cast<std::size_t>(norm)];
}

Norm parse_norm(std::string_view text) {
  for (const Norm norm : {Norm::l1, Norm::l2, Norm::linf}) {
    if (name(norm) == text) return norm;
  }
  throw InputError(Fault{.field = "norm", .value = fmt::format("\"{}\"", text), .rule = "must be l2, l1 or linf"});
}

Norm dual(Norm norm) { return norm == Norm::l1 ? Norm::linf : norm == Norm::linf ? Norm::l1 : Norm::l2; }

double length(const VectorView& v, Norm norm) {
  switch (norm) {
    case Norm::l1: return v.lpNorm<1>();
    case Norm::l2: return linalg::length(v);
    case Norm::linf: return v.lpNorm<Eigen::Infinity>();
  }
  throw std::logic_error("a norm without a length");
}

}  // namespace holdfast::geometry
