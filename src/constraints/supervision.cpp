#include "holdfast/constraints/supervision.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "holdfast/core/error.hpp"

namespace holdfast::constraints {

bool is_separable(const Labels& labels) {
  const std::vector<Index> counts = class_counts(labels);
  const auto classes = std::ranges::count_if(counts, [](Index count) { return count > 0; });
  return classes >= 2 && std::ranges::max(counts) >= 2;
}

void require_separable(const MatrixView& x, const Labels& labels) {
  if (labels.size() != x.rows()) {
    throw InputError(Fault{.rule = fmt::format("there are {} labels for {} rows", labels.size(), x.rows()),
                           .remedy = "give one label per row"});
  }
  constexpr const char* right_column = "check that the label column is the right one";
  const std::vector<Index> counts = class_counts(labels);
  if (std::ranges::count_if(counts, [](Index count) { return count > 0; }) < 2) {
    throw InputError(Fault{
        .rule = fmt::format("all {} rows have the label \"{}\": a metric is learned from rows of two classes or more",
                            labels.size(), labels.size() > 0 ? labels.text(0) : std::string()),
        .remedy = right_column});
  }
  if (std::ranges::max(counts) < 2) {
    throw InputError(Fault{.rule = "every class has a single row: a metric is learned from classes of two rows or more",
                           .remedy = right_column});
  }
}

}  // namespace holdfast::constraints
