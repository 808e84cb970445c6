#include "holdfast/evaluate/noise.hpp"

#include <fast_float/fast_float.h>
#include <fmt/format.h>

#include <cmath>

#include "holdfast/core/error.hpp"

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
  std::string_view rest = text.substr(colon + 1);
  while (true) {
    const std::size_t comma = rest.find(',');
    const std::string_view part = rest.substr(0, comma);
    NoiseLevel level{kind == "gaussian" ? NoiseKind::gaussian : NoiseKind::uniform, 0.0};
    const auto [end, status] = fast_float::from_chars(part.data(), part.data() + part.size(), level.snr_db);
    if (status != std::errc() || end != part.data() + part.size() || !std::isfinite(level.snr_db) ||
        std::abs(level.snr_db) > 300.0) {
      refuse();
    }
    levels.push_back(level);
    if (comma == std::string_view::npos) return levels;
    rest = rest.substr(comma + 1);
  }
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
