#include "holdfast/learners/fit_result.hpp"

#include <fmt/format.h>

namespace holdfast::learners {

Record describe(const FitReport& report) {
  Record record;
  record.add("reason", report.reason_text())
      .add("converged", report.converged())
      .add("iterations", report.iterations)
      .add("evaluations", report.evaluations)
      .add("objective", report.objective, {.format = ".6g"})
      .add("objective_at_start", report.objective_at_start, {.format = ".6g"})
      .add("n_triplets", report.n_triplets)
      .add("derived", report.derived)
      .add("warnings", report.warnings);
  for (const auto& [name, value] : report.derived)
    record.say(fmt::format("{}  {:.6g} (derived from the data)", name, value));
  for (const std::string& line : report.log) record.say(line);
  if (report.reason) {
    record.say(fmt::format("objective      {{objective}} from {{objective_at_start}}{}",
                           report.n_triplets > 0 ? ", over {n_triplets} triplets" : ""));
  }
  return record;
}

}  // namespace holdfast::learners
