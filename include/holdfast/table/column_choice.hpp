// Columns chosen by name or position.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace holdfast::table {

/// The columns that `text` lists, in ascending order without repetition: names, "#N" (position, counted from 1),
/// "#2-5", and "name*" (names that begin so), separated by commas. An exact name wins over the other forms. Throws
/// InputError of the field `option` for a part that is no column.
[[nodiscard]] std::vector<std::size_t> choose_columns(std::string_view text, const std::vector<std::string>& names,
                                                      std::string_view option);

}  // namespace holdfast::table
