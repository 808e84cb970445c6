// Backbones from TorchScript files: pretrained networks come this way.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/script.h>

#include <exception>
#include <sstream>
#include <string_view>

#include "deep/features.hpp"
#include "holdfast/core/error.hpp"

namespace holdfast::deep {
namespace {

using torch::Tensor;

/// The line of LibTorch's message that gives the reason: the last that is neither code nor a mark below code.
std::string reason_of(const std::exception& error) {
  const auto* of_torch = dynamic_cast<const c10::Error*>(&error);
  std::istringstream lines(of_torch != nullptr ? of_torch->what_without_backtrace() : error.what());
  std::string line;
  std::string reason;
  while (std::getline(lines, line)) {
    const bool is_code = line.empty() || line[0] == ' ' || line.find("File \"") != std::string::npos;
    if (!is_code && line.rfind("Traceback", 0) != 0 && line.rfind("The following", 0) != 0) reason = line;
  }
  return reason.substr(0, 240);
}

class ScriptFeatures : public Features {
 public:
  ScriptFeatures(const std::string& bytes, const ImageShape& shape, const std::string& source) : bytes_(bytes) {
    // Checked first, because LibTorch's reader leaks memory if a file is not a zip archive.
    constexpr std::string_view zip = "PK\x03\x04";
    bool is_read = bytes.starts_with(zip);
    if (is_read) {
      std::istringstream stream(bytes);
      try {
        module_ = torch::jit::load(stream, torch::kCPU);
      } catch (const std::exception&) {  // c10::Error and others
        is_read = false;
      }
    }
    if (!is_read) {
      throw InputError(
          Fault{.place = source,
                .rule = fmt::format("is not a TorchScript file that this LibTorch ({}) can read", TORCH_VERSION),
                .remedy = "write one with torch.jit.script or torch.jit.trace and save"});
    }
    // The module's own tensors, not copies, so that the optimizer changes the module.
    std::size_t count = 0;
    for (const auto& parameter : module_.named_parameters()) {
      register_parameter(fmt::format("p{}", count++), parameter.value, parameter.value.requires_grad());
    }
    for (const auto& buffer : module_.named_buffers()) register_buffer(fmt::format("b{}", count++), buffer.value);
    module_.eval();
    const torch::NoGradGuard no_gradient;
    const std::string input = fmt::format("2 x {} x {} x {}", shape.channels, shape.height, shape.width);
    Tensor output;
    try {
      output = forward(torch::zeros({2, shape.channels, shape.height, shape.width}));
    } catch (const std::exception& error) {  // c10::Error, or JITException from within the script
      throw InputError(Fault{
          .place = source,
          .rule = fmt::format("does not take images of {} (a batch of {}): {}", text(shape), input, reason_of(error))});
    }
    if (output.dim() != 2 || output.size(0) != 2) {
      throw InputError(
          Fault{.place = source,
                .rule = fmt::format("gives {} for a batch of {}", fmt::join(output.sizes().vec(), " x "), input),
                .remedy = "give a backbone that returns n x features, one row per image"});
    }
    dimension_ = output.size(1);
  }

  Tensor forward(const Tensor& images) override {
    const torch::jit::IValue output = module_.forward({images});
    TORCH_CHECK(output.isTensor(), "its output is not a tensor");
    return output.toTensor();
  }
  [[nodiscard]] Index dimension() const override { return dimension_; }
  [[nodiscard]] std::string script() const override { return bytes_; }

  void train(bool on) override {
    torch::nn::Module::train(on);
    module_.train(on);
  }

 private:
  std::string bytes_;
  torch::jit::Module module_;
  Index dimension_ = 0;
};

}  // namespace

std::shared_ptr<Features> script_features(const std::string& bytes, const ImageShape& shape,
                                          const std::string& source) {
  return std::make_shared<ScriptFeatures>(bytes, shape, source);
}

}  // namespace holdfast::deep
