#include "holdfast/certify/certificate.hpp"

#include <stdexcept>

namespace holdfast::certify {

std::string_view name(BoundKind kind) {
  switch (kind) {
    case BoundKind::lower_bound:
      return "lower bound";
    case BoundKind::exact:
      return "exact";
    case BoundKind::upper_bound:
      return "upper bound";
  }
  throw std::logic_error("a kind of bound without a name");
}

}  // namespace holdfast::certify
