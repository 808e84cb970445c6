// Values of options as data: what front ends, searches and files pass on by name.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "holdfast/core/types.hpp"

namespace holdfast {

/// A number that is given, or `factor` times the one that is derived from the data.
struct Derivable {
  Derivable() = default;
  Derivable(double given) : value(given) {}  // NOLINT(google-explicit-constructor): a number is a value given
  [[nodiscard]] static Derivable times(double factor) {
    Derivable derived;
    derived.factor = factor;
    return derived;
  }
  friend bool operator==(const Derivable&, const Derivable&) = default;

  std::optional<double> value;
  double factor = 1.0;
};

/// One Derivable per part of an option (OptionInfo::parts); empty: the option is off.
using Derivables = std::vector<Derivable>;

/// The value of one option. Enumerations are texts.
using OptionValue = std::variant<bool, Index, double, std::string, Derivables>;

/// The alternatives of OptionValue, in their order.
enum class OptionKind { flag, whole_number, number, text, derivables };
[[nodiscard]] OptionKind kind_of(const OptionValue& value);

/// The value as a text that `parse_option` turns into the same value: "yes", "3", "0.5", "cosine", "auto*0.1,auto",
/// "off".
[[nodiscard]] std::string text_of(const OptionValue& value);

/// Names of options with their values, in the order in which they were set.
class OptionSet {
 public:
  using Entry = std::pair<std::string, OptionValue>;

  OptionSet() = default;
  OptionSet(std::initializer_list<Entry> entries);

  /// Replaces the value if the name has one.
  void set(std::string_view name, OptionValue value);
  void erase(std::string_view name);
  /// The value of that name; null if it is not set.
  [[nodiscard]] const OptionValue* find(std::string_view name) const&;
  void find(std::string_view name) const&& = delete;
  [[nodiscard]] bool contains(std::string_view name) const { return find(name) != nullptr; }
  [[nodiscard]] bool empty() const { return entries_.empty(); }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] auto begin() const { return entries_.begin(); }
  [[nodiscard]] auto end() const { return entries_.end(); }
  friend bool operator==(const OptionSet&, const OptionSet&) = default;

 private:
  std::vector<Entry> entries_;
};

}  // namespace holdfast
