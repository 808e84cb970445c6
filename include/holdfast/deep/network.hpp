// Networks that map images to embeddings.
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/linear.h>

#include <memory>
#include <string>
#include <vector>

#include "holdfast/core/option_table.hpp"
#include "holdfast/deep/image_set.hpp"
#include "holdfast/model/embedding.hpp"

namespace holdfast::deep {

class Features;

struct NetworkOptions {
  /// The layers before the last linear map:
  ///   small-conv      three convolutions of 32, 64 and 128 channels with batch norm, for images of 28 to 32 pixels
  ///   resnet18        He et al. 2016, with a first convolution 7 x 7 of stride 2 and pooling, for 64 pixels or more
  ///   resnet18-small  the same with a first convolution 3 x 3, for smaller images
  ///   FILE            a TorchScript file that maps n x c x h x w to n x f: pretrained networks come this way
  std::string backbone = "small-conv";
  Index dimension = 64;  ///< of the embedding; 0: that of the backbone, without a linear map after it
  bool unit = true;      ///< embeddings of unit length
};
[[nodiscard]] const OptionTable<NetworkOptions>& network_options();

/// Means and deviations of the channels, c each, of pixels in [0, 1].
struct ChannelStatistics {
  torch::Tensor means;
  torch::Tensor deviations;
};
/// Those of at most 10,000 evenly spaced images.
[[nodiscard]] ChannelStatistics channel_statistics(const ImageSet& images);

/// n x c x h x w pixels in [0, 1] to n x d embeddings: pixels standardised by the channel means and deviations of the
/// training images, backbone, linear map, unit length.
class Network : public torch::nn::Module {
 public:
  /// Weights are drawn from LibTorch's generator. Throws InputError for an unknown backbone, and if a TorchScript file
  /// cannot be read or does not take images of this shape.
  Network(const NetworkOptions& options, const ImageShape& shape);

  [[nodiscard]] torch::Tensor forward(const torch::Tensor& pixels);
  void set_statistics(const ChannelStatistics& statistics);

  [[nodiscard]] const NetworkOptions& options() const { return options_; }
  [[nodiscard]] const ImageShape& shape() const { return shape_; }
  [[nodiscard]] Index dimension() const { return dimension_; }

  /// Weights, buffers and description, from which `read` restores the network.
  [[nodiscard]] model::StoredEmbedding store();
  /// Throws std::invalid_argument if the stored network is damaged.
  [[nodiscard]] static std::shared_ptr<Network> read(const model::StoredEmbedding& stored);

 private:
  Network(const NetworkOptions& options, const ImageShape& shape, std::shared_ptr<Features> features);

  NetworkOptions options_;
  ImageShape shape_;
  Index dimension_ = 0;
  std::shared_ptr<Features> features_;
  torch::nn::Linear map_{nullptr};
  torch::Tensor means_, deviations_;
};

/// The embeddings of the images at `rows`, n x d float32, without augmentation, in evaluation mode. Throws Stopped.
[[nodiscard]] torch::Tensor embed(Network& network, const ImageSet& images, const std::vector<Index>& rows,
                                  torch::Device device = torch::kCPU, const Observer& observer = {});
/// Those of all images.
[[nodiscard]] torch::Tensor embed(Network& network, const ImageSet& images, const Observer& observer = {});

/// A network as the first part of a model. Each row is an image: its bytes, in the order of ImageSet::read, as numbers.
class NetworkEmbedding : public model::Embedding {
 public:
  explicit NetworkEmbedding(std::shared_ptr<Network> network) : network_(std::move(network)) {}

  [[nodiscard]] Index input_dimension() const override { return network_->shape().size(); }
  [[nodiscard]] Index output_dimension() const override { return network_->dimension(); }
  [[nodiscard]] Matrix apply(const MatrixView& rows) const override;
  [[nodiscard]] std::string input() const override { return "images of " + text(network_->shape()); }
  [[nodiscard]] std::string summary() const override;
  [[nodiscard]] model::StoredEmbedding store() const override { return network_->store(); }

  [[nodiscard]] const std::shared_ptr<Network>& network() const { return network_; }

 private:
  std::shared_ptr<Network> network_;
};

/// The reader of networks for io::load_model.
[[nodiscard]] std::shared_ptr<const model::Embedding> read_network(const model::StoredEmbedding& stored);

}  // namespace holdfast::deep
