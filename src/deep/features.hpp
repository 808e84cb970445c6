// Backbones: what a network computes before its last linear map.
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
  /// The TorchScript file that it is made of, as bytes; empty for those built here.
  [[nodiscard]] virtual std::string script() const { return {}; }
};

/// A backbone by its name; null where there is none of that name. Throws InputError where it does not suit the shape.
[[nodiscard]] std::shared_ptr<Features> named_features(std::string_view name, const ImageShape& shape);
[[nodiscard]] std::string_view names_of_features();

/// A backbone from the bytes of a TorchScript file. Throws InputError, with `source`, where they are none or the module
/// does not map images of this shape to rows.
[[nodiscard]] std::shared_ptr<Features> script_features(const std::string& bytes, const ImageShape& shape,
                                                        const std::string& source);

}  // namespace holdfast::deep
