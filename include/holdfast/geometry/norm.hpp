// The p-norms in which perturbations are measured.
#pragma once

#include <string_view>

#include "holdfast/core/types.hpp"

namespace holdfast::geometry {

enum class Norm { l1, l2, linf };

[[nodiscard]] std::string_view name(Norm norm);        ///< "l1", "l2", "linf"
[[nodiscard]] Norm parse_norm(std::string_view text);  ///< throws InputError that lists the choices
/// The dual norm p*: the largest a . v over |v|_p <= 1 is |a|_p*. l1 and linf are each other's dual.
[[nodiscard]] Norm dual(Norm norm);
/// |v|_1, |v|_2 or |v|_inf.
[[nodiscard]] double length(const VectorView& v, Norm norm);

}  // namespace holdfast::geometry
