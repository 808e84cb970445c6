#include "deep/checkpoint.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "holdfast/core/error.hpp"
#include "holdfast/core/parallel.hpp"
#include "holdfast/deep/stored_tensor.hpp"
#include "holdfast/io/safetensors.hpp"

namespace holdfast::deep {
namespace {

constexpr const char* key = "holdfast_checkpoint";
constexpr const char* optimizer_tensor = "optimizer";

void put(io::Safetensors& file, const std::string& prefix, const ModuleState& state) {
  for (const auto& [name, tensor] : state) file.put(prefix + name, stored(tensor));
}

ModuleState take(const io::Safetensors& file, const std::string& prefix) {
  ModuleState state;
  for (const auto& [name, tensor] : file.with_prefix(prefix)) state[name] = tensor_of(tensor);
  return state;
}

/// The first entry of two fingerprints that differs, for a message.
std::string difference(const nlohmann::json& then, const nlohmann::json& now) {
  for (const auto& [name, value] : now.items()) {
    if (!then.contains(name) || then[name] != value) {
      return fmt::format("{} was {}, and is {} now", name, then.contains(name) ? then[name].dump() : "not there",
                         value.dump());
    }
  }
  return "its options differ";
}

nlohmann::ordered_json description_of(const TrainingState& state) {
  nlohmann::ordered_json epochs = nlohmann::ordered_json::array();
  for (const EpochReport& epoch : state.report.epochs) {
    epochs.push_back({{"epoch", epoch.epoch},
                      {"loss", epoch.loss},
                      {"recall", epoch.recall ? nlohmann::ordered_json(*epoch.recall) : nullptr},
                      {"seconds", epoch.seconds},
                      {"images_per_second", epoch.images_per_second}});
  }
  return {{"epochs", epochs},
          {"best_epoch", state.report.best_epoch},
          {"steps", state.report.steps},
          {"best_recall", state.best_recall}};
}

TrainingState state_of(const nlohmann::json& description, const io::Safetensors& file) {
  TrainingState state;
  for (const nlohmann::json& entry : description.at("epochs")) {
    EpochReport epoch{entry.at("epoch").get<Index>(), entry.at("loss").get<double>(), std::nullopt,
                      entry.at("seconds").get<double>(), entry.at("images_per_second").get<double>()};
    if (!entry.at("recall").is_null()) epoch.recall = entry.at("recall").get<double>();
    state.report.epochs.push_back(epoch);
  }
  state.report.best_epoch = description.at("best_epoch").get<Index>();
  state.report.steps = description.at("steps").get<Index>();
  state.best_recall = description.at("best_recall").get<double>();
  state.network = take(file, "network.");
  state.loss = take(file, "loss.");
  state.best = take(file, "best.");
  state.optimizer = file.with_prefix(optimizer_tensor).at("").bytes;
  return state;
}

}  // namespace

Fingerprint fingerprint_of(const ImageSet& images, const TrainingOptions& options) {
  Fingerprint fingerprint = {{"images", images.checksum()},
                             {"seed", std::to_string(options.seed)},
                             {"threads", std::to_string(thread_count())}};
  for (const auto& [name, value] : training_options().fingerprint(options)) fingerprint[name] = text_of(value);
  return fingerprint;
}

void save_checkpoint(const std::filesystem::path& file, const Fingerprint& fingerprint, const TrainingState& state) {
  nlohmann::ordered_json description = description_of(state);
  description["fingerprint"] = fingerprint;
  io::Safetensors out;
  out.metadata[key] = description.dump();
  put(out, "network.", state.network);
  put(out, "loss.", state.loss);
  put(out, "best.", state.best);
  out.put(optimizer_tensor, {model::StoredTensor::Type::u8, {state.optimizer.size()}, state.optimizer});
  out.save(file);
}

TrainingState load_checkpoint(const std::filesystem::path& file, const Fingerprint& fingerprint) {
  const io::Safetensors in = io::Safetensors::load(file);
  const auto refuse = [&](const std::string& rule, const std::string& remedy = "start anew without `resume`") {
    return InputError(Fault{.place = file.string(), .rule = rule, .remedy = remedy});
  };
  const auto text = in.metadata.find(key);
  if (text == in.metadata.end()) {
    throw refuse("is not a training checkpoint", "give the file that `checkpoint` wrote");
  }
  try {
    const nlohmann::json description = nlohmann::json::parse(text->second);
    if (!description.contains("fingerprint")) throw refuse("was written by an earlier version of the program");
    if (const nlohmann::json now = fingerprint; description["fingerprint"] != now) {
      throw refuse(fmt::format("was written by a training with other images or options ({})",
                               difference(description["fingerprint"], now)),
                   "give the same, or start anew without `resume`");
    }
    return state_of(description, in);
  } catch (const nlohmann::json::exception&) {
  } catch (const std::invalid_argument&) {
  } catch (const std::out_of_range&) {
  }
  throw refuse("is a damaged checkpoint");
}

}  // namespace holdfast::deep
