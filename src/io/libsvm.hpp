// Sparse text: "label index:value index:value", indices from 1, as LIBSVM and SVMlight write it.
#pragma once

#include "io/byte_source.hpp"
#include "io/table.hpp"

namespace holdfast::io {

[[nodiscard]] Dataset read_libsvm(ByteSource& source, const ReadPlan& plan);

}  // namespace holdfast::io
