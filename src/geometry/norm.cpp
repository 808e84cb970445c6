#include "holdfast/geometry/norm.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "holdfast/core/error.hpp"

namespace holdfast::geometry {

std::string_view name(Norm norm) {
  switch (norm) {
    case Norm::l1:
      return "l1";
    case Norm::l2:
      return "l2";
    case Norm::linf:
      return "linf";
  }
  throw std::logic_error("a norm without a name");
}

Norm parse_norm(std::string_view text) {
  for (const Norm norm : {Norm::l1, Norm::l2, Norm::linf}) {
    if (name(norm) == text) return norm;
  }
  throw InputError(Fault{.field = "norm", .value = fmt::format("\"{}\"", text), .rule = "must be l2, l1 or linf"});
}

Norm dual(Norm norm) {
  switch (norm) {
    case Norm::l1:
      return Norm::linf;
    case Norm::l2:
      return Norm::l2;
    case Norm::linf:
      return Norm::l1;
  }
  throw std::logic_error("a norm without a dual");
}

double length(const VectorView& v, Norm norm) {
  switch (norm) {
    case Norm::l1:
      return v.lpNorm<1>();
    case Norm::l2:
      return v.norm();
    case Norm::linf:
      return v.lpNorm<Eigen::Infinity>();
  }
  throw std::logic_error("a norm without a length");
}

}  // namespace holdfast::geometry
