#include "certify_tasks.hpp"

#include <fmt/format.h>

namespace holdfast::app {

void print_summary(std::string_view norm, std::string_view what, const evaluate::RadiusSummary& summary,
                   double seconds) {
  fmt::print("{:<9} {:<16} mean {}, median {}, {:.2f} s; certified at", norm, what, figure(summary.mean),
             figure(summary.median), seconds);
  for (const auto& [size, accuracy] : summary.certified) fmt::print(" {:g}: {:.4f}", size, accuracy);
  fmt::print("\n");
}

}  // namespace holdfast::app
