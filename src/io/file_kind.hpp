// Files of kinds that hold no table that can be read, known by their first bytes.
#pragma once

#include <string>
#include <string_view>

namespace holdfast::io {

/// The number of first bytes that tell the kind of a file.
inline constexpr std::size_t telling_bytes = 4096;

/// What a file that begins so truly is and how to convert it, such as "is a Parquet file; ..."; empty if it may be a
/// data file. `name` is its lower-case name without .gz. An npz archive is a data file only where one is expected.
[[nodiscard]] std::string foreign_kind(std::string_view begin, std::string_view name, bool npz_expected);

}  // namespace holdfast::io
