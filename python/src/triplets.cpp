// Triplets of rows: found by label, and what an adversary needs to break them.
#include <nanobind/stl/string.h>

#include "arrays.hpp"
#include "bindings.hpp"
#include "conversions.hpp"
#include "holdfast/evaluate/adversarial_margin.hpp"
#include "holdfast/geometry/norm.hpp"
#include "interruptible.hpp"

namespace holdfast::python {
namespace {

Codes2 triplets_from_labels(const Rows& x, nb::object labels, Index neighbors, Index impostors) {
  const std::optional<Labels> given = labels_of(labels);
  const constraints::TripletSet set = interruptible(nb::none(), [&](const Observer& observer) {
    return constraints::triplets_from_labels(view(x), given.value(), {neighbors, impostors}, observer);
  });
  std::vector<std::int32_t> flat;
  flat.reserve(3 * set.triplets.size());
  for (const constraints::Triplet& t : set.triplets) flat.insert(flat.end(), {t.anchor, t.target, t.impostor});
  return owning<Codes2>(std::move(flat), {set.triplets.size(), 3});
}

Array1 adversarial_margins(const Rows& x, nb::object triplets, const Rows& map, const std::string& norm) {
  const std::vector<constraints::Triplet> given = triplet_list(triplets);
  const geometry::Norm measured = geometry::parse_norm(norm);
  const metric::Metric metric = metric::Metric::from_map(view(map));
  return to_array(unlocked([&] {
    const Vector margins = evaluate::adversarial_margins(view(x), given, metric, measured);
    return std::vector<double>(margins.begin(), margins.end());
  }));
}

Array2 support_points(const Rows& x, nb::object triplets, const Rows& map) {
  const std::vector<constraints::Triplet> given = triplet_list(triplets);
  const metric::Metric metric = metric::Metric::from_map(view(map));
  return to_array(unlocked([&] { return evaluate::support_points(view(x), given, metric); }));
}

}  // namespace

void add_triplets(nb::module_& module) {
  module.def("triplets_from_labels", &triplets_from_labels, "x"_a.noconvert(), "labels"_a, "neighbors"_a, "impostors"_a,
             "Anchor, target and impostor of every triplet, m x 3.");
  module.def("adversarial_margins", &adversarial_margins, "x"_a.noconvert(), "triplets"_a, "map"_a.noconvert(),
             "norm"_a, "The adversarial margin of each triplet.");
  module.def("support_points", &support_points, "x"_a.noconvert(), "triplets"_a, "map"_a.noconvert(),
             "The nearest adversarial example of each triplet's anchor, m x d.");
}

}  // namespace holdfast::python
