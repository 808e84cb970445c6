// The binary files of CIFAR-10.
#pragma once

#include "io/byte_source.hpp"
#include "io/table.hpp"

namespace holdfast::io {

/// Records of 3073 bytes: the label, then 3 x 32 x 32 pixels.
[[nodiscard]] Dataset read_cifar(ByteSource& source, const ReadPlan& plan);

}  // namespace holdfast::io
