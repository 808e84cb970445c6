#include "deep/checkpoint.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "holdfast/core/error.hpp"
#include "holdfast/deep/stored_tensor.hpp"
#include "io/safetensors.hpp"

namespace holdfast::deep {
namespace {

constexpr const char* key = "holdfast_checkpoint";
constexpr const char* optimizer_tensor = "optimizer";

void put(io::Safetensors& file, const std::string& prefix, const State& state) {
  for (const auto& [name, tensor] : state) file.put(prefix + name, stored(tensor));
}

State take(const io::Safetensors& file, const std::string& prefix) {
  State state;
  for (const auto& [name, tensor] : file.with_prefix(prefix)) state[name] = tensor_of(tensor);
  return state;
}

/// The entries of two descriptions that differ, for a message.
std::string difference(const nlohmann::json& then, const nlohmann::json& now) {
  for (const auto& [name, value] : now.items()) {
    if (!then.contains(name) || then[name] != value) {
      return fmt::format("{} was {}, and is {} now", name, then.contains(name) ? then[name].dump() : "not there",
                         value.dump());
    }
  }
  return "its options differ";
}

}  // namespace

State copy_state(const torch::nn::Module& module) {
  State state;
  for (const auto& entry : module.named_parameters())
    state[entry.key()] = entry.value().detach().to(torch::kCPU).clone();
  for (const auto& entry : module.named_buffers()) state[entry.key()] = entry.value().detach().to(torch::kCPU).clone();
  return state;
}

void restore_state(torch::nn::Module& module, const State& state) {
  const torch::NoGradGuard no_gradient;
  const auto restore = [&](const auto& entries) {
    for (const auto& entry : entries) {
      const auto at = state.find(entry.key());
      if (at == state.end() || at->second.sizes() != entry.value().sizes()) {
        throw InputError(
            fmt::format("the checkpoint does not fit the network: {} is missing or of another shape", entry.key()));
      }
      torch::Tensor(entry.value()).copy_(at->second);
    }
  };
  restore(module.named_parameters());
  restore(module.named_buffers());
}

void save_standing(const std::filesystem::path& file, const std::string& identity, const Standing& standing) {
  nlohmann::ordered_json epochs = nlohmann::ordered_json::array();
  for (const EpochReport& epoch : standing.report.epochs) {
    epochs.push_back({{"epoch", epoch.epoch},
                      {"loss", epoch.loss},
                      {"recall", epoch.recall ? nlohmann::ordered_json(*epoch.recall) : nullptr},
                      {"seconds", epoch.seconds},
                      {"images_a_second", epoch.images_a_second}});
  }
  const nlohmann::ordered_json about = {{"identity", nlohmann::ordered_json::parse(identity)},
                                        {"epochs", epochs},
                                        {"best_epoch", standing.report.best_epoch},
                                        {"steps", standing.report.steps},
                                        {"best_recall", standing.best_recall}};
  io::Safetensors out;
  out.metadata[key] = about.dump();
  put(out, "network.", standing.network);
  put(out, "loss.", standing.loss);
  put(out, "best.", standing.best);
  out.put(optimizer_tensor, {model::StoredTensor::Type::u8, {standing.optimizer.size()}, standing.optimizer});
  out.save(file);
}

Standing load_standing(const std::filesystem::path& file, const std::string& identity) {
  const io::Safetensors in = io::Safetensors::load(file);
  const auto text = in.metadata.find(key);
  if (text == in.metadata.end()) {
    throw InputError(
        fmt::format("{}: is no checkpoint of a training; give the file that --checkpoint wrote", file.string()));
  }
  try {
    const nlohmann::json about = nlohmann::json::parse(text->second);
    const nlohmann::json now = nlohmann::json::parse(identity);
    if (about.at("identity") != now) {
      throw InputError(
          fmt::format("{}: was written by a training with other images or options ({}); give the same, or "
                      "start anew without --resume",
                      file.string(), difference(about.at("identity"), now)));
    }
    Standing standing;
    for (const nlohmann::json& entry : about.at("epochs")) {
      EpochReport epoch{entry.at("epoch").get<Index>(), entry.at("loss").get<double>(), std::nullopt,
                        entry.at("seconds").get<double>(), entry.at("images_a_second").get<double>()};
      if (!entry.at("recall").is_null()) epoch.recall = entry.at("recall").get<double>();
      standing.report.epochs.push_back(epoch);
    }
    standing.report.best_epoch = about.at("best_epoch").get<Index>();
    standing.report.steps = about.at("steps").get<Index>();
    standing.best_recall = about.at("best_recall").get<double>();
    standing.network = take(in, "network.");
    standing.loss = take(in, "loss.");
    standing.best = take(in, "best.");
    standing.optimizer = in.with_prefix(optimizer_tensor).at("").bytes;
    return standing;
  } catch (const nlohmann::json::exception&) {
  } catch (const std::invalid_argument&) {
  } catch (const std::out_of_range&) {
  }
  throw InputError(fmt::format("{}: is a damaged checkpoint; start anew without --resume", file.string()));
}

}  // namespace holdfast::deep
