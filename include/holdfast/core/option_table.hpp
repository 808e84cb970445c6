// Descriptors of options: the one place in which an option of a struct is written. Command line, help, validation,
// the facts in model files, search ranges and the parameters of Python follow from the table beside the struct.
#pragma once

#include <concepts>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "holdfast/core/option_value.hpp"

namespace holdfast {

/// Which numbers an option takes. Without `allows` it takes all.
struct OptionBound {
  std::function<bool(double)> allows = {};
  std::string rule = {};  ///< says it to the user, such as "must be at least 1"
};
/// Finite numbers x >= low. Without `rule` the rule is generated; likewise for the other two.
[[nodiscard]] OptionBound at_least(double low, std::string rule = {});
/// Finite numbers x > low.
[[nodiscard]] OptionBound above(double low, std::string rule = {});
/// low <= x <= high.
[[nodiscard]] OptionBound between(double low, double high, std::string rule = {});

/// Where good values usually lie, for random search.
struct SearchRange {
  enum class Scale { linear, logarithmic };
  double low = 0.0;
  double high = 1.0;
  Scale scale = Scale::linear;
};

/// One number of an option that has several, each given or derived from the data.
struct OptionPart {
  std::string name;
  OptionBound bound = {};                  ///< of the number, and of the factor of the derived one
  std::optional<SearchRange> search = {};  ///< of the factor
};

/// What front ends need to know of one option.
struct OptionInfo {
  std::string name;              ///< in files and messages: "max-iterations"
  std::string placeholder = {};  ///< stands for the value in help, such as "N"
  std::string help = {};
  OptionBound bound = {};              ///< of numbers
  std::string form = {};               ///< of derivables: what a text of another form is told
  std::vector<OptionPart> parts = {};  ///< of derivables
  std::optional<SearchRange> search = {};
  bool in_fingerprint = true;             ///< whether a run that is resumed must have the same value
  OptionKind kind = OptionKind::text;     ///< set by the field
  std::vector<std::string> choices = {};  ///< of enumerations; set by the field

  /// Whether the option or a part of it has a search range.
  [[nodiscard]] bool is_searched() const;
};

/// Reads a value from a text. Throws InputError that names the option and says what would be right.
[[nodiscard]] OptionValue parse_option(const OptionInfo& info, std::string_view text);
/// Throws InputError unless the value has the option's kind and is within its bounds and choices.
void require_valid(const OptionInfo& info, const OptionValue& value);

/// Names of the values of an enumeration.
template <class Enum>
using Choices = std::vector<std::pair<std::string_view, Enum>>;

/// How a field of type T becomes a value and back: kind, to_value, from_value. `from_value` gets values of that kind
/// (of an optional's content) only. Specialize it for types of your own.
template <class T>
struct OptionCodec;

template <>
struct OptionCodec<bool> {
  static constexpr OptionKind kind = OptionKind::flag;
  static std::optional<OptionValue> to_value(bool field) { return field; }
  static bool from_value(const OptionValue& value) { return std::get<bool>(value); }
};
template <std::integral T>
struct OptionCodec<T> {
  static constexpr OptionKind kind = OptionKind::whole_number;
  static std::optional<OptionValue> to_value(T field) { return static_cast<Index>(field); }
  static T from_value(const OptionValue& value) { return static_cast<T>(std::get<Index>(value)); }
};
template <>
struct OptionCodec<double> {
  static constexpr OptionKind kind = OptionKind::number;
  static std::optional<OptionValue> to_value(double field) { return field; }
  static double from_value(const OptionValue& value) {
    const Index* whole = std::get_if<Index>(&value);
    return whole != nullptr ? static_cast<double>(*whole) : std::get<double>(value);
  }
};
template <>
struct OptionCodec<std::string> {
  static constexpr OptionKind kind = OptionKind::text;
  static std::optional<OptionValue> to_value(const std::string& field) { return field; }
  static std::string from_value(const OptionValue& value) { return std::get<std::string>(value); }
};
template <>
struct OptionCodec<std::filesystem::path> {
  static constexpr OptionKind kind = OptionKind::text;
  static std::optional<OptionValue> to_value(const std::filesystem::path& field) { return field.string(); }
  static std::filesystem::path from_value(const OptionValue& value) { return std::get<std::string>(value); }
};
/// An absent optional has no value.
template <class T>
struct OptionCodec<std::optional<T>> {
  static constexpr OptionKind kind = OptionCodec<T>::kind;
  static std::optional<OptionValue> to_value(const std::optional<T>& field) {
    return field ? OptionCodec<T>::to_value(*field) : std::nullopt;
  }
  static std::optional<T> from_value(const OptionValue& value) { return OptionCodec<T>::from_value(value); }
};

/// An option with its place in the struct S. `access` gives the field: a pointer to a member, or a callable for nested
/// ones: [](auto& options) -> auto& { return options.form.margin; }.
template <class S>
class Option {
 public:
  using Condition = std::function<bool(const S&)>;
  template <class Access>
  using Field = std::remove_cvref_t<std::invoke_result_t<Access, S&>>;

  /// `in_effect` tells from the other options whether this one has an effect; without it, it always has.
  template <class Access>
  requires(!std::is_enum_v<Field<Access>>) Option(OptionInfo info, Access access, Condition in_effect = {})
      : Option(
            std::move(info),
            [access](const S& s) { return OptionCodec<Field<Access>>::to_value(std::invoke(access, s)); },
            [access](S& s, const OptionValue& value) {
              std::invoke(access, s) = OptionCodec<Field<Access>>::from_value(value);
            },
            std::move(in_effect)) {
    info_.kind = OptionCodec<Field<Access>>::kind;
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

  /// Any other: `set` gets values of the kind `info.kind` only, and they are within the bounds.
  Option(OptionInfo info, std::function<std::optional<OptionValue>(const S&)> get,
         std::function<void(S&, const OptionValue&)> set, Condition in_effect = {})
      : info_(std::move(info)), get_(std::move(get)), set_(std::move(set)), in_effect_(std::move(in_effect)) {}

  [[nodiscard]] const OptionInfo& info() const { return info_; }
  [[nodiscard]] bool in_effect(const S& options) const { return !in_effect_ || in_effect_(options); }
  /// Nothing if the field is an absent optional.
  [[nodiscard]] std::optional<OptionValue> get(const S& options) const { return get_(options); }
  /// Throws InputError for a value of another kind or choice; bounds are left to OptionTable::validate.
  void set(S& options, const OptionValue& value) const;

  /// The option as one of an outer struct, which holds S at `access`.
  template <class Outer, class Access>
  [[nodiscard]] Option<Outer> within(Access access, typename Option<Outer>::Condition outer_in_effect) const {
    return {info_, [own = *this, access](const Outer& o) { return own.get_(std::invoke(access, o)); },
            [own = *this, access](Outer& o, const OptionValue& value) { own.set_(std::invoke(access, o), value); },
            [own = *this, access, outer_in_effect](const Outer& o) {
              return (!outer_in_effect || outer_in_effect(o)) && own.in_effect(std::invoke(access, o));
            }};
  }

 private:
  OptionInfo info_;
  std::function<std::optional<OptionValue>(const S&)> get_;
  std::function<void(S&, const OptionValue&)> set_;
  Condition in_effect_;
};

/// Throws InputError unless the value has the option's kind and is one of its choices. A whole number will do for a
/// number.
void require_kind(const OptionInfo& info, const OptionValue& value);

template <class S>
void Option<S>::set(S& options, const OptionValue& value) const {
  require_kind(info_, value);
  set_(options, value);
}

/// A table of options without the struct that they are of.
class OptionList {
 public:
  virtual ~OptionList() = default;
  /// In the order in which users read them.
  [[nodiscard]] std::span<const OptionInfo> options() const { return infos_; }
  /// nullptr if there is no option of that name.
  [[nodiscard]] const OptionInfo* find(std::string_view name) const;
  /// Every option in effect, with its default unless it is given. Options that are absent are left out.
  [[nodiscard]] virtual OptionSet resolve(const OptionSet& given) const = 0;
  /// The given names that have no effect: they are not in the table, or not in effect with the others.
  [[nodiscard]] virtual std::vector<std::string> without_effect(const OptionSet& given) const = 0;

 protected:
  OptionList() = default;
  OptionList(const OptionList&) = default;
  OptionList(OptionList&&) = default;
  OptionList& operator=(const OptionList&) = default;
  OptionList& operator=(OptionList&&) = default;
  std::vector<OptionInfo> infos_;
};

/// The options of a struct S whose defaults are those of S{}.
template <class S>
class OptionTable final : public OptionList {
 public:
  OptionTable(std::initializer_list<Option<S>> options) { *this = std::move(*this).add(options); }

  [[nodiscard]] OptionTable add(std::initializer_list<Option<S>> options) && {
    for (const Option<S>& option : options) append(option);
    return std::move(*this);
  }
  /// Adds the options of a struct that S holds at `access`; they are in effect if `in_effect` holds too.
  template <class Inner, class Access>
  [[nodiscard]] OptionTable nest(Access access, const OptionTable<Inner>& inner,
                                 typename Option<S>::Condition in_effect = {}) && {
    for (const Option<Inner>& option : inner.entries()) append(option.template within<S>(access, in_effect));
    return std::move(*this);
  }
  [[nodiscard]] const std::vector<Option<S>>& entries() const { return entries_; }

  /// `base` with what is given; names that are not in the table are left out. Throws InputError for values of another
  /// kind or choice. Bounds are checked by `validate`.
  [[nodiscard]] S apply(const OptionSet& given, S base = {}) const {
    for (const Option<S>& option : entries_) {
      if (const OptionValue* value = given.find(option.info().name)) option.set(base, *value);
    }
    return base;
  }
  /// The values in effect; absent ones are left out.
  [[nodiscard]] OptionSet values(const S& options) const {
    return selected(options, [&](const Option<S>& option) { return option.in_effect(options); });
  }
  /// Those that a run must share with the one that it resumes.
  [[nodiscard]] OptionSet fingerprint(const S& options) const {
    return selected(options,
                    [&](const Option<S>& option) { return option.info().in_fingerprint && option.in_effect(options); });
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
      bool used = false;
      for (const Option<S>& option : entries_) used |= option.info().name == name && option.in_effect(options);
      if (!used) names.push_back(name);
    }
    return names;
  }

  [[nodiscard]] OptionSet resolve(const OptionSet& given) const override { return values(apply(given)); }
  [[nodiscard]] std::vector<std::string> without_effect(const OptionSet& given) const override {
    return without_effect(given, S{});
  }

 private:
  void append(Option<S> option) {
    infos_.push_back(option.info());
    entries_.push_back(std::move(option));
  }
  template <class Keep>
  [[nodiscard]] OptionSet selected(const S& options, const Keep& keep) const {
    OptionSet set;
    for (const Option<S>& option : entries_) {
      if (!keep(option)) continue;
      if (std::optional<OptionValue> value = option.get(options)) set.set(option.info().name, *std::move(value));
    }
    return set;
  }

  std::vector<Option<S>> entries_;
};

}  // namespace holdfast
