#include "holdfast/certify/certificate.hpp"

#include <fmt/format.h>

#include "holdfast/core/error.hpp"

namespace holdfast::certify {

std::string_view name(Norm norm) {
  switch (norm) {
    case Norm::l1:
      return "l1";
    case Norm::l2:
      return "l2";
    case Norm::linf:
      return "linf";
    case Norm::ellipsoid:
      return "ellipsoid";
  }
  return "";
}

std::string_view name(Space space) {
  return space == Space::raw ? "raw" : "preprocessed";
}

std::string_view name(BoundKind kind) {
  switch (kind) {
    case BoundKind::lower_bound:
      return "lower bound";
    case BoundKind::exact:
      return "exact";
    case BoundKind::upper_bound:
      return "upper bound";
  }
  return "";
}

Norm parse_norm(std::string_view text) {
  for (const Norm norm : {Norm::l1, Norm::l2, Norm::linf}) {
    if (name(norm) == text) return norm;
  }
  throw InputError(fmt::format("norm \"{}\": must be l2, l1 or linf", text));
}

double length(const VectorView& v, Norm norm) {
  switch (norm) {
    case Norm::l1:
      return v.lpNorm<1>();
    case Norm::linf:
      return v.lpNorm<Eigen::Infinity>();
    case Norm::l2:
    case Norm::ellipsoid:
      break;
  }
  return v.norm();
}

}  // namespace holdfast::certify
