// Sparse text: "label index:value index:value", indices from 1, as LIBSVM and SVMlight write it, or from 0 if index 0
// occurs.
#pragma once

#include "holdfast/core/dataset.hpp"
#include "holdfast/io/read_options.hpp"
#include "io/byte_source.hpp"

namespace holdfast::io {

[[nodiscard]] Dataset read_libsvm(ByteSource& source, const ReadOptions& options);

}  // namespace holdfast::io
