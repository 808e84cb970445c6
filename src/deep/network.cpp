#include "holdfast/deep/network.hpp"

#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <numeric>
#include <stdexcept>

#include "deep/features.hpp"
#include "deep/module_state.hpp"
#include "deep/tensors.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/core/parallel.hpp"
#include "holdfast/deep/background_loader.hpp"
#include "holdfast/deep/stored_tensor.hpp"

namespace holdfast::deep {
namespace {

using torch::Tensor;

constexpr const char* script_tensor = "script";
/// Images per forward pass outside training.
constexpr Index images_at_once = 256;

std::shared_ptr<Features> features_of(const std::string& backbone, const ImageShape& shape) {
  if (std::shared_ptr<Features> features = named_features(backbone, shape)) return features;
  std::ifstream file(backbone, std::ios::binary);
  if (!file) {
    throw InputError(Fault{
        .field = "backbone",
        .value = backbone,
        .rule = "is neither a backbone nor a TorchScript file that can be read",
        .remedy = "choose small-conv, resnet18 (images of 64 pixels or more) or resnet18-small, or give such a file"});
  }
  return script_features({std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()}, shape, backbone);
}

}  // namespace

const OptionTable<NetworkOptions>& network_options() {
  using O = NetworkOptions;
  static const OptionTable<O> table = {
      {word("backbone", "small-conv, resnet18, resnet18-small, or a TorchScript file (pretrained networks)",
            "NAME|FILE"),
       &O::backbone},
      {count("dimension", "entries of an embedding; 0: those of the backbone",
             between(0.0, 65536.0, "must be from 1 to 65536, or 0 for that of the backbone")),
       &O::dimension},
      negated(flag("any-length", "embeddings of any length; without it they have unit length"), &O::unit)};
  return table;
}

Network::Network(const NetworkOptions& options, const ImageShape& shape)
    : Network(options, shape, features_of(options.backbone, shape)) {}

Network::Network(const NetworkOptions& options, const ImageShape& shape, std::shared_ptr<Features> features)
    : options_(options), shape_(shape), features_(std::move(features)) {
  network_options().validate(options);
  register_module("features", features_);
  dimension_ = options.dimension > 0 ? options.dimension : features_->dimension();
  if (options.dimension > 0) map_ = register_module("map", torch::nn::Linear(features_->dimension(), dimension_));
  means_ = register_buffer("means", torch::zeros({shape.channels}));
  deviations_ = register_buffer("deviations", torch::ones({shape.channels}));
}

void Network::set_statistics(const ChannelStatistics& statistics) {
  means_.copy_(statistics.means);
  deviations_.copy_(statistics.deviations);
}

Tensor Network::forward(const Tensor& pixels) {
  const std::vector<std::int64_t> channels = {1, shape_.channels, 1, 1};
  Tensor z = features_->forward((pixels - means_.view(channels)) / deviations_.view(channels));
  if (!map_.is_empty()) z = map_->forward(z);
  return options_.unit ? torch::nn::functional::normalize(z) : z;
}

model::StoredEmbedding Network::store() {
  const nlohmann::ordered_json description = {
      {"kind", "network"},
      {"backbone", features_->script().empty() ? options_.backbone : script_tensor},
      {"dimension", options_.dimension},
      {"unit", options_.unit},
      {"channels", shape_.channels},
      {"height", shape_.height},
      {"width", shape_.width}};
  model::StoredEmbedding result{description.dump(), {}};
  for (const auto& [name, tensor] : state_of(*this)) result.tensors[name] = stored(tensor);
  if (std::string script = features_->script(); !script.empty()) {
    result.tensors[script_tensor] = {model::StoredTensor::Type::u8, {script.size()}, std::move(script)};
  }
  return result;
}

std::shared_ptr<Network> Network::read(const model::StoredEmbedding& from) {
  NetworkOptions options;
  ImageShape shape;
  try {
    const nlohmann::json about = nlohmann::json::parse(from.description);
    if (about.at("kind") != "network") throw std::invalid_argument("its embedding is of an unknown kind");
    options = {about.at("backbone").get<std::string>(), about.at("dimension").get<Index>(),
               about.at("unit").get<bool>()};
    shape = {about.at("channels").get<Index>(), about.at("height").get<Index>(), about.at("width").get<Index>()};
  } catch (const nlohmann::json::exception&) {
    throw std::invalid_argument("its network's description is not readable");
  }
  constexpr Index most = 1 << 14;
  if (std::min({shape.channels, shape.height, shape.width}) < 1 ||
      std::max({shape.channels, shape.height, shape.width}) > most) {
    throw std::invalid_argument("its network's images have no possible size");
  }
  const auto script = from.tensors.find(script_tensor);
  std::shared_ptr<Network> network;
  try {
    const bool is_script = options.backbone == script_tensor && script != from.tensors.end();
    std::shared_ptr<Features> features = is_script ? script_features(script->second.bytes, shape, "its network")
                                                   : named_features(options.backbone, shape);
    if (!features) throw std::invalid_argument("its network's backbone is unknown or missing");
    network.reset(new Network(options, shape, std::move(features)));
  } catch (const InputError& error) {
    throw std::invalid_argument(error.what());
  }
  ModuleState state;
  for (const auto& [name, tensor] : from.tensors) {
    Tensor values = tensor_of(tensor);
    if (values.is_floating_point() && !values.isfinite().all().item<bool>()) {
      throw std::invalid_argument(fmt::format("its network's tensor {} has values that are not finite", name));
    }
    state[name] = std::move(values);
  }
  restore_state(*network, state);
  network->eval();
  return network;
}

ChannelStatistics channel_statistics(const ImageSet& images) {
  constexpr Index most = 10'000;
  const Index count = std::min(images.size(), most);
  Tensor sums = torch::zeros({images.shape().channels}, torch::kFloat64);
  Tensor squares = torch::zeros_like(sums);
  for (Index first = 0; first < count; first += images_at_once) {
    std::vector<Index> rows;
    for (Index i = first; i < std::min(count, first + images_at_once); ++i) rows.push_back(i * images.size() / count);
    const Tensor batch = batch_of(images, rows).to(torch::kFloat64);
    sums += batch.sum({0, 2, 3});
    squares += batch.square().sum({0, 2, 3});
  }
  const double pixels = static_cast<double>(count * images.shape().height * images.shape().width);
  const Tensor means = sums / pixels;
  // Images of one colour have no deviation; 1/255 is the least that bytes can tell.
  const Tensor deviations = (squares / pixels - means.square()).clamp_min(0.0).sqrt().clamp_min(1.0 / 255.0);
  return {means.to(torch::kFloat32), deviations.to(torch::kFloat32)};
}

Tensor embed(Network& network, const ImageSet& images, const std::vector<Index>& rows, torch::Device device,
             const Observer& observer) {
  const torch::NoGradGuard no_gradient;
  torch::set_num_threads(thread_count());
  const bool was_training = network.is_training();
  network.eval();
  const auto total = static_cast<Index>(rows.size());
  std::vector<std::vector<Index>> batches;
  for (Index first = 0; first < total; first += images_at_once) {
    batches.emplace_back(rows.begin() + first, rows.begin() + std::min(total, first + images_at_once));
  }
  BackgroundLoader loader(images, std::move(batches), {}, 0, 0);
  Tensor embeddings = torch::empty({total, network.dimension()});
  for (Index first = 0; first < total; first += images_at_once) {
    if (asks_to_stop(observer, {"embed", first, total, 0.0})) throw Stopped{};
    const Tensor z = network.forward(loader.next().to(device)).to(torch::kCPU);
    embeddings.narrow(0, first, z.size(0)).copy_(z);
  }
  network.train(was_training);
  return embeddings;
}

Tensor embed(Network& network, const ImageSet& images, const Observer& observer) {
  std::vector<Index> all(static_cast<std::size_t>(images.size()));
  std::iota(all.begin(), all.end(), 0);
  return embed(network, images, all, torch::kCPU, observer);
}

Matrix NetworkEmbedding::apply(const MatrixView& rows) const {
  const torch::NoGradGuard no_gradient;
  torch::set_num_threads(thread_count());
  Matrix result(rows.rows(), output_dimension());
  for (Index first = 0; first < rows.rows(); first += images_at_once) {
    const Index count = std::min(images_at_once, rows.rows() - first);
    const Tensor pixels = pixels_of(rows.middleRows(first, count), network_->shape());
    result.middleRows(first, count) = matrix_of(network_->forward(pixels));
  }
  return result;
}

std::string NetworkEmbedding::summary() const {
  Index weights = 0;
  for (const Tensor& parameter : network_->parameters()) weights += parameter.numel();
  const NetworkOptions& options = network_->options();
  return fmt::format("{} with {} weights, {} to {} entries{}",
                     options.backbone == script_tensor ? "TorchScript network" : options.backbone, weights, input(),
                     network_->dimension(), options.unit ? " of unit length" : "");
}

std::shared_ptr<const model::Embedding> read_network(const model::StoredEmbedding& stored) {
  return std::make_shared<NetworkEmbedding>(Network::read(stored));
}

}  // namespace holdfast::deep
