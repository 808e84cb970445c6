// NumPy's archive of arrays.
#pragma once

#include <filesystem>

#include "io/table.hpp"

namespace holdfast::io {

/// The arrays X and, where there is one and it is wanted, y.
[[nodiscard]] Dataset read_npz(const std::filesystem::path& file, const ReadPlan& plan);

}  // namespace holdfast::io
