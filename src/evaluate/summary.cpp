#include "holdfast/evaluate/summary.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace holdfast::evaluate {

Spread spread(std::span<const double> values) {
  if (values.empty()) return {};
  double mean = 0.0;
  for (const double value : values) mean += value;
  mean /= static_cast<double>(values.size());
  if (values.size() < 2) return {mean, std::nullopt};
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

double certified_accuracy(std::span<const certify::Certificate> certificates, double eps) {
  if (certificates.empty()) return 0.0;
  const auto count =
      std::ranges::count_if(certificates, [&](const certify::Certificate& of) { return of.radius > eps; });
  return static_cast<double>(count) / static_cast<double>(certificates.size());
}

RadiusSummary summarize(std::span<const certify::Certificate> certificates, std::span<const double> eps) {
  std::vector<double> radii;
  for (const certify::Certificate& certificate : certificates) radii.push_back(certificate.radius);
  RadiusSummary summary{spread(radii).mean.value(), median(radii), {}};
  std::vector<double> uppers;
  for (const certify::Certificate& certificate : certificates) {
    if (certificate.upper) uppers.push_back(*certificate.upper);
    if (certificate.upper && certificate.kind == certify::BoundKind::exact) ++summary.exact_rows;
  }
  if (uppers.size() == radii.size()) summary.mean_upper = spread(uppers).mean;
  for (const double size : eps) summary.certified.push_back({size, certified_accuracy(certificates, size)});
  return summary;
}

namespace {

using certify::Poisoning;

Value number_of(Index changes) {
  return changes == Poisoning::never ? Value(std::numeric_limits<double>::infinity()) : Value(changes);
}

}  // namespace

std::vector<PoisoningSummary> summarize(std::span<const Poisoning> poisoning) {
  constexpr std::array<std::pair<std::string_view, Index Poisoning::*>, 3> kinds = {
      {{"insertions", &Poisoning::insertions},
       {"deletions", &Poisoning::deletions},
       {"relabelings", &Poisoning::relabelings}}};
  std::vector<PoisoningSummary> summaries;
  for (const auto& kind : kinds) {
    std::vector<double> numbers;
    for (const Poisoning& of : poisoning) {
      const Index number = of.*kind.second;
      numbers.push_back(number == Poisoning::never ? std::numeric_limits<double>::infinity()
                                                   : static_cast<double>(number));
    }
    PoisoningSummary summary{kind.first, spread(numbers).mean.value(), median(numbers), {}};
    for (const Index changes : PoisoningSummary::changes) {
      const auto kept =
          std::ranges::count_if(numbers, [&](double number) { return number > static_cast<double>(changes); });
      summary.withstood.push_back({changes, static_cast<double>(kept) / static_cast<double>(numbers.size())});
    }
    summaries.push_back(std::move(summary));
  }
  return summaries;
}

Record describe(const Withstood& withstood) {
  return Record().add("changes", withstood.changes).add("share", withstood.share);
}

Record describe(const PoisoningSummary& summary) {
  return Record()
      .add("kind", summary.kind)
      .add("mean", summary.mean)
      .add("median", summary.median)
      .add("withstood", describe_all(summary.withstood));
}

Record describe(const Poisoning& poisoning) {
  return Record()
      .add("insertions", number_of(poisoning.insertions))
      .add("deletions", number_of(poisoning.deletions))
      .add("relabelings", number_of(poisoning.relabelings));
}

std::vector<double> positive_radii(std::span<const certify::Certificate> certificates) {
  std::vector<double> radii;
  for (const certify::Certificate& certificate : certificates) {
    if (certificate.radius > 0.0 && std::isfinite(certificate.radius)) radii.push_back(certificate.radius);
  }
  return radii;
}

namespace {

/// The greatest of 1, 2, 5 times a power of ten that is at most `size`.
double round_down(double size) {
  const double power = std::pow(10.0, std::floor(std::log10(size)));
  const double digit = size / power < 2.0 ? 1.0 : size / power < 5.0 ? 2.0 : 5.0;
  return digit * power;
}

/// step * i without the digits that binary arithmetic adds, so that 0.3 is not written 0.30000000000000004.
double multiple(double step, Index i) {
  const double unit = std::pow(10.0, std::floor(std::log10(step))) / 10.0;
  const double value = step * static_cast<double>(i);
  return unit < 1.0 ? std::round(value / unit) / std::round(1.0 / unit) : value;
}

}  // namespace

std::vector<Bin> histogram(std::span<const certify::Certificate> certificates, double largest) {
  const std::vector<double> radii = positive_radii(certificates);
  std::vector<Bin> bins;
  if (radii.empty()) return bins;
  largest = std::max(largest, std::ranges::max(radii));
  const double width = round_down(largest / 10.0);
  for (Index i = 0; multiple(width, i) <= largest; ++i) bins.push_back({multiple(width, i), multiple(width, i + 1), 0});
  for (const double radius : radii) {
    auto bin = std::min(bins.size() - 1, static_cast<std::size_t>(radius / width));
    while (bin > 0 && radius < bins[bin].from) --bin;
    while (bin + 1 < bins.size() && radius >= bins[bin].to) ++bin;
    ++bins[bin].count;
  }
  return bins;
}

std::vector<double> linspace_eps(std::span<const certify::Certificate> certificates, Index count) {
  double largest = 0.0;
  for (const certify::Certificate& certificate : certificates) {
    if (std::isfinite(certificate.radius)) largest = std::max(largest, certificate.radius);
  }
  std::vector<double> eps;
  for (Index i = 0; i <= count; ++i) eps.push_back(largest * static_cast<double>(i) / static_cast<double>(count));
  return eps;
}

std::vector<double> nice_eps(std::span<const certify::Certificate> certificates) {
  std::vector<double> radii = positive_radii(certificates);
  if (radii.empty()) return {0.0};
  std::ranges::sort(radii);
  const double step = round_down(radii[(radii.size() - 1) * 9 / 10] / 5.0);
  std::vector<double> eps;
  for (Index i = 1; i <= 5; ++i) eps.push_back(multiple(step, i));
  return eps;
}

Record describe(const CertifiedAccuracy& certified) {
  return Record()
      .add("eps", certified.eps, {.label = "eps", .format = ">7g"})
      .add("accuracy", certified.accuracy, {.label = "certified accuracy", .format = ">7.4f"});
}

Record describe(const RadiusSummary& summary) {
  Record record = Record()
                      .add("mean_radius", summary.mean, {.label = "mean radius", .format = figure_format})
                      .add("median_radius", summary.median, {.label = "median radius", .format = figure_format});
  if (summary.mean_upper) {
    record.add("mean_upper", *summary.mean_upper, {.label = "mean upper end", .format = figure_format})
        .add("exact_rows", summary.exact_rows, {.label = "exact rows"});
  }
  return record.add("certified_accuracy", describe_all(summary.certified));
}

Record describe(const Bin& bin) { return Record().add("from", bin.from).add("to", bin.to).add("count", bin.count); }

}  // namespace holdfast::evaluate
