#include "holdfast/learners/options.hpp"

#include <fast_float/fast_float.h>
#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "holdfast/core/error.hpp"

namespace holdfast::learners {
namespace {

const std::vector<OptionInfo>& table() {
  using Options = MethodOptions;
  static const std::vector<OptionInfo> all = {
      {"neighbors", &Options::neighbors, "N", "target neighbours a row: nearest rows of its class"},
      {"impostors", &Options::impostors, "N", "impostors a row: nearest rows of other classes"},
      {"mu", &Options::mu, "X", "weight of the pull; the push has 1 - mu"},
      {"perturbation", &Options::perturbation, "W[,M]|auto",
       "the perturbation loss: WEIGHT or WEIGHT,MARGIN (in preprocessed units); auto derives both from the data, "
       "auto*0.1 takes a tenth of the derived value, off leaves it out"},
      {"rank", &Options::rank, "R", "rows of L, the dimension of mapped rows; 0: all columns"},
      {"refresh", &Options::refresh, "N", "look for new neighbours under the metric every N iterations; 0: never"},
      {"basis", &Options::basis, "K", "number of basis vectors; 0: chosen by the size of the data"},
      {"sparsity", &Options::sparsity, "X", "weight of the penalty on the sum of the basis weights"},
      {"margin", &Options::margin, "X",
       "the adversarial margin to reach, in preprocessed units; inf: as large as possible"},
      {"draws", &Options::draws, "N", "triplets drawn a row; all of them where there are no more"},
      {"t", &Options::t, "X", "point of the geodesic: 0 looks at similar pairs only, 1 at dissimilar pairs only"},
      {"alpha", &Options::alpha, "X", "weight of the adversarial pairs; 0: none"},
      {"beta", &Options::beta, "X", "cost to the adversary of moving a pair; the smaller, the stronger the adversary"},
      {"solver", &Options::solver, "NAME", "bilevel (the adversary's best answer put in) or alternating"},
      {"regularization", &Options::regularization, "X",
       "share of the prior added to the scatters; default: none, or 0.001 where they are singular"},
      {"prior", &Options::prior, "NAME", "what regularisation draws to: identity or covariance"},
      {"batch", &Options::batch, "N", "rows a step; 0: all where they are few, else mini-batches"},
      {"max-iterations", &Options::max_iterations, "N", "iterations at most"},
      {"tolerance", &Options::tolerance, "X",
       "end where five iterations decrease the objective by less than this fraction"},
  };
  return all;
}

[[noreturn]] void refuse_perturbation(std::string_view text) {
  throw InputError(
      fmt::format("--perturbation \"{}\": must be auto, off, WEIGHT or WEIGHT,MARGIN, such as 10 or 10,0.5; either may "
                  "be auto, or a multiple of it such as auto*0.1",
                  text));
}

std::optional<double> parse_number(std::string_view text) {
  double value = 0.0;
  const auto [end, status] = fast_float::from_chars(text.data(), text.data() + text.size(), value);
  return status == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

Derivable parse_derivable(std::string_view text, std::string_view whole) {
  if (text == "auto") return {};
  const bool multiple = text.starts_with("auto*");
  const std::optional<double> value = parse_number(multiple ? text.substr(5) : text);
  if (!value) refuse_perturbation(whole);
  return multiple ? Derivable::times(*value) : Derivable(*value);
}

std::string text_of(const Derivable& value) {
  if (value.value) return fmt::format("{}", *value.value);
  return value.factor == 1.0 ? "auto" : fmt::format("auto*{}", value.factor);
}

}  // namespace

std::span<const OptionInfo> all_options() {
  return table();
}

const OptionInfo& option(std::string_view name) {
  const auto found = std::find_if(table().begin(), table().end(), [&](const OptionInfo& o) { return o.name == name; });
  if (found == table().end()) throw std::invalid_argument(fmt::format("there is no option \"{}\"", name));
  return *found;
}

bool is_set(const MethodOptions& options, const OptionInfo& info) {
  return std::visit([&](const auto place) { return (options.*place).has_value(); }, info.place);
}

std::string text_of(const MethodOptions& options, const OptionInfo& info) {
  return std::visit(
      [&](const auto place) -> std::string {
        const auto& value = options.*place;
        if (!value) return {};
        if constexpr (std::is_same_v<std::decay_t<decltype(*value)>, Perturbation>) {
          return text_of(*value);
        } else {
          return fmt::format("{}", *value);
        }
      },
      info.place);
}

Perturbation parse_perturbation(std::string_view text) {
  if (text == "off") return {0.0, {}};
  const std::size_t comma = text.find(',');
  Perturbation perturbation;
  perturbation.weight = parse_derivable(text.substr(0, comma), text);
  if (comma != std::string_view::npos) perturbation.margin = parse_derivable(text.substr(comma + 1), text);
  return perturbation;
}

std::string text_of(const Perturbation& perturbation) {
  if (perturbation.is_off()) return "off";
  return text_of(perturbation.weight) + "," + text_of(perturbation.margin);
}

}  // namespace holdfast::learners
