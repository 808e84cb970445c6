#include "holdfast/evaluate/noise.hpp"

#include <fmt/format.h>

#include <cmath>

#include "holdfast/core/error.hpp"
#include "holdfast/core/parse.hpp"

namespace holdfast::evaluate {

std::string_view name(NoiseKind kind) {
  return kind == NoiseKind::gaussian ? "gaussian" : "uniform";
}

std::vector<NoiseLevel> parse_noise(std::string_view text) {
  const auto refuse = [&] {
    throw InputError(
        Fault{.field = "noise",
              .value = fmt::format("\"{}\"", text),
              .rule = "must be a kind and signal-to-noise ratios in dB, such as gaussian:20,10,5 or uniform:10"});
  };
  const std::size_t colon = text.find(':');
  const std::string_view kind = text.substr(0, colon);
  if (colon == std::string_view::npos || (kind != "gaussian" && kind != "uniform")) refuse();
  std::vector<NoiseLevel> levels;
  for (const std::string& part : split_list(text.substr(colon + 1))) {
    const std::optional<double> decibels = parse_real(part);
    if (!decibels || !(std::abs(*decibels) <= 300.0)) refuse();
    levels.push_back({kind == "gaussian" ? NoiseKind::gaussian : NoiseKind::uniform, *decibels});
  }
  return levels;
}

double signal_power(const MatrixView& x) {
  const RowVector mean = x.colwise().mean();
  return (x.rowwise() - mean).squaredNorm() / static_cast<double>(x.size());
}

void add_noise(Matrix& x, const NoiseLevel& level, double power, Random& random) {
  const double deviation = std::sqrt(power / std::pow(10.0, level.snr_db / 10.0));
  const double half_width = std::sqrt(3.0) * deviation;  // a uniform variable on [-w, w] has variance w^2 / 3
  for (double& value : x.reshaped<Eigen::RowMajor>()) {
    value +=
        level.kind == NoiseKind::gaussian ? deviation * random.normal() : half_width * (2.0 * random.uniform() - 1.0);
  }
}

}  // namespace holdfast::evaluate
