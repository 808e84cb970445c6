// Backbones: the part of a network before its last linear map.
#pragma once

#include <torch/nn/module.h>

#include <memory>
#include <string>
#include <string_view>

#include "holdfast/deep/image_set.hpp"

namespace holdfast::deep {

class Features : public torch::nn::Module {
 public:
  /// n x c x h x w, standardised, to n x dimension().
  [[nodiscard]] virtual torch::Tensor forward(const torch::Tensor& images) = 0;
  [[nodiscard]] virtual Index dimension() const = 0;
  /// The bytes of the TorchScript file that the backbone was read from; empty for built-in backbones.
  [[nodiscard]] virtual std::string script() const { return {}; }
};

/// A built-in backbone by its name; null if there is none of that name. Throws InputError if the images are too small.
[[nodiscard]] std::shared_ptr<Features> named_features(std::string_view name, const ImageShape& shape);

/// A backbone from the bytes of a TorchScript file. Throws InputError, with `source` as its place, if the bytes are not
/// a TorchScript file or the module does not map images of this shape to rows.
[[nodiscard]] std::shared_ptr<Features> script_features(const std::string& bytes, const ImageShape& shape,
                                                        const std::string& source);

}  // namespace holdfast::deep
