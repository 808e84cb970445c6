#include "holdfast/evaluate/summary.hpp"

#include <algorithm>
#include <cmath>

namespace holdfast::evaluate {

Spread spread(std::span<const double> values) {
  if (values.empty()) return {};
  double mean = 0.0;
  for (const double value : values) mean += value;
  mean /= static_cast<double>(values.size());
  if (values.size() < 2) return {mean, 0.0};
  double squares = 0.0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return {mean, std::sqrt(squares / static_cast<double>(values.size() - 1))};
}

double median(std::vector<double> values) {
  if (values.empty()) return 0.0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return 0.5 * (*middle + *std::max_element(values.begin(), middle));
}

RadiusSummary summarize(std::span<const certify::Certificate> certificates, std::span<const double> eps) {
  std::vector<double> radii;
  for (const certify::Certificate& certificate : certificates) radii.push_back(certificate.radius);
  RadiusSummary summary{spread(radii).mean, median(radii), {}};
  for (const double bound : eps) {
    const auto count = std::count_if(radii.begin(), radii.end(), [&](double radius) { return radius > bound; });
    summary.certified.push_back(
        {bound, radii.empty() ? 0.0 : static_cast<double>(count) / static_cast<double>(radii.size())});
  }
  return summary;
}

std::vector<double> round_eps(std::span<const certify::Certificate> certificates) {
  std::vector<double> radii;
  for (const certify::Certificate& certificate : certificates) {
    if (certificate.radius > 0.0 && std::isfinite(certificate.radius)) radii.push_back(certificate.radius);
  }
  if (radii.empty()) return {0.0};
  std::sort(radii.begin(), radii.end());
  const double step = radii[(radii.size() - 1) * 9 / 10] / 5.0;
  const double power = std::pow(10.0, std::floor(std::log10(step)));
  const double digit = step / power < 2.0 ? 1.0 : step / power < 5.0 ? 2.0 : 5.0;
  std::vector<double> eps;
  for (int i = 1; i <= 5; ++i) {
    // Rounded to the digits that it has, so that 0.3 is not written 0.30000000000000004.
    const double value = digit * power * i;
    const double unit = power / 10.0;
    eps.push_back(unit < 1.0 ? std::round(value / unit) / std::round(1.0 / unit) : value);
  }
  return eps;
}

}  // namespace holdfast::evaluate
