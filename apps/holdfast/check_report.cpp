#include "check_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "holdfast/core/error.hpp"

namespace holdfast::app {

std::string about_row(Index row) { return fmt::format("row {}", row); }

CheckReport::Tally& CheckReport::tally_of(const CheckedLine& line) {
  Tally& tally = tallies_[{line.norm, line.method}];
  ++tally.lines_about[line.about];
  return tally;
}

void CheckReport::add(const CheckedLine& line, const certify::Finding& finding, bool has_witness) {
  Tally& tally = tally_of(line);
  ++tally.lines;
  tally.witnesses += has_witness ? 1 : 0;
  tally.lower_open += finding.lower_open ? 1 : 0;
  tally.upper_open += finding.upper_open ? 1 : 0;
  if (finding.fault) {
    add_fault(fmt::format("{}:{}: {}: {}", file_.string(), line.number, line.about, *finding.fault));
  }
}

void CheckReport::add_unchecked(const CheckedLine& line) { ++tally_of(line).unchecked; }

void CheckReport::require_rows(Index count) {
  for (const auto& [key, tally] : tallies_) {
    for (Index row = 0; row < count; ++row) {
      const auto found = tally.lines_about.find(about_row(row));
      if (found != tally.lines_about.end() && found->second == 1) continue;
      add_fault(
          fmt::format("{}: has {} lines about row {} in {} ({}) instead of one{}", file_.string(),
                      found == tally.lines_about.end() ? 0 : found->second, row, key.first, key.second,
                      found == tally.lines_about.end() ? "; if it is about the first N rows, give --limit N" : ""));
    }
  }
}

Value::List CheckReport::describe() const {
  Value::List list;
  for (const auto& [key, tally] : tallies_) {
    std::string text = "{norm} {method} {lines} lines hold, {witnesses} of them with a witness";
    if (tally.lower_open > 0) text += "; {lower_open} lower ends not verified";
    if (tally.upper_open > 0) text += "; {upper_open} upper ends not verified";
    if (tally.unchecked > 0) text += "; {unchecked} not checked";
    list.emplace_back(Record()
                          .add("norm", key.first, {.format = "<9"})
                          .add("method", key.second, {.format = "<7"})
                          .add("lines", tally.lines, {.format = ">7"})
                          .add("witnesses", tally.witnesses)
                          .add("lower_open", tally.lower_open)
                          .add("upper_open", tally.upper_open)
                          .add("unchecked", tally.unchecked)
                          .add("faults", Index{0})
                          .say(text));
  }
  return list;
}

void CheckReport::finish(const Record& head, bool has_witnesses, const std::string& remedy,
                         const CommonOptions& common) const {
  if (!faults_.empty()) {
    const std::string more = faults_.size() > 1 ? fmt::format(" (and {} more faults)", faults_.size() - 1) : "";
    throw InputError(fmt::format("{}{}{}", faults_.front(), more, remedy));
  }
  const auto any = [&](Index Tally::*count) {
    return std::ranges::any_of(tallies_, [&](const auto& of) { return of.second.*count > 0; });
  };
  Record result = Record().add("holds", true).append(head).add("checked", describe()).say("{checked}");
  if (any(&Tally::lower_open)) {
    result.say("lower ends that are not verified need a new search: pairs of rows do not prove them");
  }
  if (!has_witnesses && (any(&Tally::upper_open) || any(&Tally::unchecked))) {
    result.say("upper ends and attacks are verified by perturbed rows, which --witnesses gives");
  }
  print(result, common);
}

}  // namespace holdfast::app
