#include "holdfast/deep/dissimilarity.hpp"

#include "deep/find_named.hpp"

namespace holdfast::deep {

Dissimilarity Dissimilarity::with(double value) const {
  Dissimilarity changed = *this;
  changed.parameter.value().value = value;
  return changed;
}

const Dissimilarity& find_geometry(std::string_view name) {
  return find_named(geometries(), &Dissimilarity::name, name, "geometry");
}

const Dissimilarity& find_divergence(std::string_view name) {
  return find_named(divergences(), &Dissimilarity::name, name, "divergence");
}

}  // namespace holdfast::deep
