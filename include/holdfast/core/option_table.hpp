// Options by name: their values, and the tables of their descriptors. Command line, help, validation,
// the facts in model files, search ranges and the parameters of Python follow from the table beside the struct.
#pragma once

#include <algorithm>
#include <concepts>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "holdfast/core/types.hpp"

namespace holdfast {

/// A number that is given, or `factor` times the one that is derived from the data; with neither, the learner decides.
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
  std::optional<double> factor;
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

/// The numbers that an option takes; all if `allows` is empty.
struct OptionBound {
  std::function<bool(double)> allows = {};
  std::string rule = {};  ///< the bound in words, such as "must be at least 1"
};
/// Finite numbers x >= low. An empty `rule` is generated; likewise for the other two.
[[nodiscard]] OptionBound at_least(double low, std::string rule = {});
/// Finite numbers x > low.
[[nodiscard]] OptionBound above(double low, std::string rule = {});
/// low <= x <= high.
[[nodiscard]] OptionBound between(double low, double high, std::string rule = {});

/// The range of a random search.
struct SearchRange {
  enum class Scale { linear, logarithmic };
  double low = 0.0;
  double high = 1.0;
  Scale scale = Scale::linear;
};

/// One number of an option that has several, each given or derived from the data.
struct OptionPart {
  std::string name;
  OptionBound bound = {};                  ///< of the number, and of the factor of a derived number
  std::optional<SearchRange> search = {};  ///< of the factor
};

/// The descriptor of an option.
struct OptionInfo {
  std::string name;              ///< in files and messages: "max-iterations"
  std::string placeholder = {};  ///< stands for the value in help, such as "N"
  std::string help = {};
  OptionBound bound = {};              ///< of numbers
  std::string form = {};               ///< of derivables: the rule that an invalid text breaks
  std::vector<OptionPart> parts = {};  ///< of derivables
  std::optional<SearchRange> search = {};
  bool needs_labels = false;              ///< whether it has no effect without labels
  bool in_fingerprint = true;             ///< whether a resumed run must have the same value
  OptionKind kind = OptionKind::text;     ///< set by the field
  std::vector<std::string> choices = {};  ///< of enumerations; set by the field

  /// Whether the option or a part of it has a search range.
  [[nodiscard]] bool is_searched() const;
};

/// Short forms with the usual placeholders.
[[nodiscard]] OptionInfo number(std::string name, std::string help, OptionBound bound = {},
                                std::optional<SearchRange> search = {});
[[nodiscard]] OptionInfo count(std::string name, std::string help, OptionBound bound = at_least(0),
                               std::optional<SearchRange> search = {});
[[nodiscard]] OptionInfo word(std::string name, std::string help, std::string placeholder = "NAME");
[[nodiscard]] OptionInfo flag(std::string name, std::string help);

/// Reads a value from a text. Throws InputError that names the option and the rule that the text breaks.
[[nodiscard]] OptionValue parse_option(const OptionInfo& info, std::string_view text);
/// The value as the option's kind: a whole number becomes a number if the option is one. Throws InputError for another
/// kind, and for a text that is not one of the choices.
[[nodiscard]] OptionValue of_kind(const OptionInfo& info, OptionValue value);
/// Throws InputError for a value that `of_kind` refuses or that is out of bounds.
void require_valid(const OptionInfo& info, const OptionValue& value);

/// Names of the values of an enumeration.
template <class Enum>
using Choices = std::vector<std::pair<std::string_view, Enum>>;

/// An option with its place in the struct S. `access` gives the field: a pointer to a member, or a callable for nested
/// fields: [](auto& options) -> auto& { return options.form.margin; }.
template <class S>
class Option {
  template <class T>
  static T content_of(const T& field);
  template <class T>
  static T content_of(const std::optional<T>& field);
  template <class Access>
  using Field = std::remove_cvref_t<std::invoke_result_t<Access, S&>>;
  /// The type of the field, or of the content of an optional field.
  template <class Access>
  using Content = decltype(content_of(std::declval<Field<Access>>()));
  /// The alternative of OptionValue that holds a T.
  template <class T>
  using Alternative = std::conditional_t<
      std::same_as<T, bool>, bool,
      std::conditional_t<std::integral<T>, Index, std::conditional_t<std::floating_point<T>, double, std::string>>>;

 public:
  using Condition = std::function<bool(const S&)>;
  using Getter = std::function<std::optional<OptionValue>(const S&)>;
  using Setter = std::function<void(S&, const OptionValue&)>;

  /// A truth value, number, text or path, or an optional one. `in_effect` tells from the other options whether this one
  /// has an effect; an option without `in_effect` always has.
  template <class Access>
  requires(!std::is_enum_v<Field<Access>>) Option(OptionInfo info, Access access, Condition in_effect = {})
      : Option(
            std::move(info),
            [access](const S& s) -> std::optional<OptionValue> {
              const std::optional<Content<Access>> content = std::invoke(access, s);
              return content ? std::optional<OptionValue>(Alternative<Content<Access>>(*content)) : std::nullopt;
            },
            [access](S& s, const OptionValue& value) {
              std::invoke(access, s) = static_cast<Content<Access>>(std::get<Alternative<Content<Access>>>(value));
            },
            std::move(in_effect)) {
    info_.kind = kind_of(Alternative<Content<Access>>());
  }

  /// An enumeration.
  template <class Access>
  requires(std::is_enum_v<Field<Access>>)
      Option(OptionInfo info, Access access, const Choices<Field<Access>>& choices, Condition in_effect = {})
      : Option(
            std::move(info),
            [access, choices](const S& s) -> std::optional<OptionValue> {
              for (const auto& [name, choice] : choices) {
                if (choice == std::invoke(access, s)) return std::string(name);
              }
              return std::nullopt;
            },
            [access, choices](S& s, const OptionValue& value) {
              for (const auto& [name, choice] : choices) {
                if (name == std::get<std::string>(value)) std::invoke(access, s) = choice;
              }
            },
            std::move(in_effect)) {
    info_.kind = OptionKind::text;
    for (const auto& [name, choice] : choices) info_.choices.emplace_back(name);
  }

  /// Any other. `set` gets values of the kind `info.kind` only.
  Option(OptionInfo info, Getter get, Setter set, Condition in_effect = {})
      : info_(std::move(info)), get_(std::move(get)), set_(std::move(set)), in_effect_(std::move(in_effect)) {}

  [[nodiscard]] const OptionInfo& info() const { return info_; }
  [[nodiscard]] bool in_effect(const S& options) const { return !in_effect_ || in_effect_(options); }
  /// Nothing if the field is an absent optional.
  [[nodiscard]] std::optional<OptionValue> get(const S& options) const { return get_(options); }
  /// Throws InputError as `of_kind` does; bounds are left to OptionTable::validate.
  void set(S& options, const OptionValue& value) const { set_(options, of_kind(info_, value)); }

  /// The option as one of an outer struct, which holds S at `access`.
  template <class Outer, class Access>
  [[nodiscard]] Option<Outer> within(Access access, typename Option<Outer>::Condition outer_in_effect) const {
    return {info_, [own = *this, access](const Outer& o) { return own.get(std::invoke(access, o)); },
            [own = *this, access](Outer& o, const OptionValue& value) { own.set(std::invoke(access, o), value); },
            [own = *this, access, outer_in_effect](const Outer& o) {
              return (!outer_in_effect || outer_in_effect(o)) && own.in_effect(std::invoke(access, o));
            }};
  }

 private:
  OptionInfo info_;
  Getter get_;
  Setter set_;
  Condition in_effect_;
};

/// A flag that is the negation of a field.
template <class S>
[[nodiscard]] Option<S> negated(OptionInfo info, bool S::*field, typename Option<S>::Condition in_effect = {}) {
  return {std::move(info), [field](const S& s) { return OptionValue(!(s.*field)); },
          [field](S& s, const OptionValue& value) { s.*field = !std::get<bool>(value); }, std::move(in_effect)};
}

/// A table of options without the struct that they are of.
class OptionList {
 public:
  virtual ~OptionList() = default;
  /// In the order in which users read them.
  [[nodiscard]] std::span<const OptionInfo> options() const { return infos_; }
  /// Null if there is no option of that name.
  [[nodiscard]] const OptionInfo* find(std::string_view name) const&;
  void find(std::string_view name) const&& = delete;
  /// Every option in effect, with its default unless it is given. Options that are absent are left out.
  [[nodiscard]] virtual OptionSet resolve(const OptionSet& given) const = 0;
  /// The given names that have no effect: they are not in the table, or not in effect with the others.
  [[nodiscard]] virtual std::vector<std::string> without_effect(const OptionSet& given) const = 0;

 protected:
  std::vector<OptionInfo> infos_;
};

/// The options of a struct S whose defaults are those of S{}.
template <class S>
class OptionTable final : public OptionList {
 public:
  OptionTable(std::vector<Option<S>> options) { add(std::move(options)); }
  OptionTable(std::initializer_list<Option<S>> options) { add(options); }

  OptionTable& add(std::vector<Option<S>> options) {
    for (Option<S>& option : options) {
      infos_.push_back(option.info());
      entries_.push_back(std::move(option));
    }
    return *this;
  }
  /// Adds the options of a struct that S holds at `access`; they are in effect if `in_effect` holds too.
  template <class Inner, class Access>
  OptionTable& nest(Access access, const OptionTable<Inner>& inner, typename Option<S>::Condition in_effect = {}) {
    for (const Option<Inner>& option : inner.entries()) add({option.template within<S>(access, in_effect)});
    return *this;
  }
  [[nodiscard]] const std::vector<Option<S>>& entries() const { return entries_; }

  /// `base` with the given values; names that are not in the table are left out. Throws InputError for values of
  /// another kind or choice. Bounds are checked by `validate`.
  [[nodiscard]] S apply(const OptionSet& given, S base = {}) const {
    for (const Option<S>& option : entries_) {
      if (const OptionValue* value = given.find(option.info().name)) option.set(base, *value);
    }
    return base;
  }
  /// The values in effect; absent ones are left out.
  [[nodiscard]] OptionSet values(const S& options) const {
    OptionSet set;
    for (const Option<S>& option : entries_) {
      if (const auto value = option.get(options); value && option.in_effect(options)) {
        set.set(option.info().name, *value);
      }
    }
    return set;
  }
  /// The values in effect that a resumed run must share with the run that it continues.
  [[nodiscard]] OptionSet fingerprint(const S& options) const {
    OptionSet set = values(options);
    for (const OptionInfo& info : infos_) {
      if (!info.in_fingerprint) set.erase(info.name);
    }
    return set;
  }
  /// Throws InputError that names option, value and rule for the first value out of bounds.
  void validate(const S& options) const {
    for (const Option<S>& option : entries_) {
      if (const auto value = option.get(options)) require_valid(option.info(), *value);
    }
  }
  [[nodiscard]] std::vector<std::string> without_effect(const OptionSet& given, const S& base) const {
    const S options = apply(given, base);
    std::vector<std::string> names;
    for (const auto& [name, value] : given) {
      const bool used = std::ranges::any_of(entries_, [&, &wanted = name](const Option<S>& option) {
        return option.info().name == wanted && option.in_effect(options);
      });
      if (!used) names.push_back(name);
    }
    return names;
  }

  [[nodiscard]] OptionSet resolve(const OptionSet& given) const override { return values(apply(given)); }
  [[nodiscard]] std::vector<std::string> without_effect(const OptionSet& given) const override {
    return without_effect(given, S{});
  }

 private:
  std::vector<Option<S>> entries_;
};

}  // namespace holdfast
