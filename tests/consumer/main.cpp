// A user's program: public headers only, and something from the library's every corner that another package is linked
// for (threads, LAPACK, file formats). Returns the number of the first check that fails.
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/core/dataset.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/core/parallel.hpp"
#include "holdfast/core/version.hpp"
#include "holdfast/io/dataset_file.hpp"
#include "holdfast/metric/metric.hpp"

int main() {
  if (std::string_view(holdfast::version) != EXPECTED_VERSION) return 1;

  const std::vector<std::string> texts{"10", "9", "10"};
  const holdfast::Labels labels = holdfast::encode_labels(texts);
  if (labels.classes() != 2 || labels.text(1) != "9" || labels.codes != std::vector<int>{1, 0, 1}) return 2;

  holdfast::set_thread_count(2);
  const double sum = holdfast::parallel_sum(1000, 10, [](holdfast::Index begin, holdfast::Index end) {
    double part = 0.0;
    for (holdfast::Index i = begin; i < end; ++i) part += static_cast<double>(i);
    return part;
  });
  if (sum != 499500.0) return 3;

  holdfast::Matrix m(2, 2);
  m << 4.0, 1.0, 1.0, 2.0;
  const auto metric = holdfast::metric::Metric::from_matrix(m);
  const holdfast::RowVector a = holdfast::RowVector::Zero(2);
  const holdfast::RowVector b = holdfast::RowVector::Ones(2);
  if (std::abs(metric.squared_distance(a, b) - 8.0) > 1e-12) return 4;

  try {
    const holdfast::Dataset data = holdfast::io::read_dataset("no such file.npz");
    return 5;
  } catch (const holdfast::InputError& error) {
    if (std::string_view(error.what()).find("no such file.npz") == std::string_view::npos) return 6;
  }
  return 0;
}
