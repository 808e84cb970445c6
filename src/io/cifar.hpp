// The binary format of CIFAR-10 and CIFAR-100: 32 x 32 images of three channels.
#pragma once

#include "holdfast/io/image_file.hpp"
#include "io/byte_source.hpp"

namespace holdfast::io {

/// `cifar`: a byte of the class and the pixels for each image; `cifar100`: a byte of the superclass, one of the class
/// (which is the label), and the pixels.
[[nodiscard]] PackedImages read_cifar(ByteSource& source, Format format, bool labels);

}  // namespace holdfast::io
