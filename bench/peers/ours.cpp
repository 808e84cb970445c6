// Our side of the comparisons in compare.py: does one job several times on files that the script wrote, and prints a
// JSON object with the seconds of each time. But for the job "read", reading files is not timed, on either side.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "holdfast/certify/exact_nn.hpp"
#include "holdfast/core/parallel.hpp"
#include "holdfast/io/dataset_file.hpp"
#include "holdfast/io/npy.hpp"
#include "holdfast/learners/registry.hpp"
#include "holdfast/neighbors/exact_index.hpp"

namespace {

using namespace holdfast;

std::vector<double> time(int repeats, const std::function<void()>& job) {
  std::vector<double> seconds;
  for (int i = 0; i < repeats; ++i) {
    const auto began = std::chrono::steady_clock::now();
    job();
    seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
  }
  return seconds;
}

/// knn ROWS.npy QUERIES.npy K KIND REPEATS OUT.npy: builds the index and searches; OUT.npy gets the row numbers found.
template <class Scalar>
nlohmann::json knn(const std::string& rows_file, const std::string& queries_file, Index k, int repeats,
                   const std::string& out) {
  using Rows = neighbors::RowMatrix<Scalar>;
  const Rows rows = io::read_dataset(rows_file, {.label = "none"}).x.cast<Scalar>();
  const Rows queries = io::read_dataset(queries_file, {.label = "none"}).x.cast<Scalar>();
  neighbors::Neighbors found;
  const std::vector<double> seconds =
      time(repeats, [&] { found = neighbors::ExactIndex<Scalar>(rows).search(queries, k); });
  io::write_npy(out, found.rows.template cast<double>());
  return {{"seconds", seconds}};
}

/// fit METHOD TRAIN.npz OPTIONS REPEATS: fits; the map goes to standard output. OPTIONS is a JSON object of options as
/// on the command line.
nlohmann::json fit(const std::string& method_name, const std::string& file, const nlohmann::json& given, int repeats) {
  const Dataset data = io::read_dataset(file);
  const learners::Method& method = learners::find_method(method_name);
  OptionSet options;
  for (const auto& [name, value] : given.items()) {
    const OptionInfo& info = *method.options->find(name);
    options.set(name, parse_option(info, value.is_string() ? value.get<std::string>() : value.dump()));
  }
  std::optional<learners::Fit> fit;
  const std::vector<double> seconds = time(repeats, [&] { fit = method.fit(data.x, *data.labels, options, {}); });
  nlohmann::json map = nlohmann::json::array();
  for (Index row = 0; row < fit->metric.map().rows(); ++row) {
    map.push_back(std::vector<double>(fit->metric.map().row(row).begin(), fit->metric.map().row(row).end()));
  }
  return {{"seconds", seconds},
          {"objective", fit->report.objective},
          {"iterations", fit->report.iterations},
          {"reason", fit->report.reason_text()},
          {"map", map}};
}

/// certify TRAIN.npz TEST.npz REPEATS: exact 1-NN radii under the Euclidean metric, predictions included in the time.
nlohmann::json certify_rows(const std::string& train_file, const std::string& test_file, int repeats) {
  const Dataset train = io::read_dataset(train_file);
  const Dataset test = io::read_dataset(test_file);
  std::vector<certify::Certificate> certificates;
  const std::vector<double> seconds = time(repeats, [&] {
    const Index d = train.x.cols();
    const certify::CertifiedKnn knn(geometry::PerturbedClassifier(train.x, train.labels->codes, Matrix::Identity(d, d)),
                                    {});
    certificates = certify::exact_nn_radii(knn, {.rows = test.x,
                                                 .queries = test.x,
                                                 .classes = test.labels->codes,
                                                 .predicted = knn.classifier().predict(test.x, 1)});
  });
  std::vector<double> radii;
  for (const certify::Certificate& certificate : certificates) radii.push_back(certificate.radius);
  return {{"seconds", seconds}, {"radii", radii}};
}

/// The most memory that the process held (Linux). The usage that getrusage gives begins with that of the parent
/// process.
Index peak_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    Index kibibytes = 0;
    if (word == "VmHWM:" && status >> kibibytes) return 1024 * kibibytes;
  }
  return 0;
}

/// read FILE LABEL REPEATS: reads a table; also the most memory that the process held, and the bytes of the result.
nlohmann::json read(const std::string& file, const std::string& label, int repeats) {
  Index bytes = 0;
  const std::vector<double> seconds = time(repeats, [&] {
    const Dataset data = io::read_dataset(file, {.label = label});
    bytes = data.x.size() * static_cast<Index>(sizeof(double));
  });
  return {{"seconds", seconds}, {"peak_bytes", peak_bytes()}, {"result_bytes", bytes}};
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::vector<std::string> a(argv + 1, argv + argc);
    if (a.size() == 7 && a[0] == "knn") {
      const Index k = std::stol(a[3]);
      const int repeats = std::stoi(a[5]);
      const nlohmann::json result =
          a[4] == "float32" ? knn<float>(a[1], a[2], k, repeats, a[6]) : knn<double>(a[1], a[2], k, repeats, a[6]);
      fmt::print("{}\n", result.dump());
      return 0;
    }
    if (a.size() == 5 && a[0] == "fit") {
      fmt::print("{}\n", fit(a[1], a[2], nlohmann::json::parse(a[3]), std::stoi(a[4])).dump());
      return 0;
    }
    if (a.size() == 4 && a[0] == "certify") {
      fmt::print("{}\n", certify_rows(a[1], a[2], std::stoi(a[3])).dump());
      return 0;
    }
    if (a.size() == 4 && a[0] == "read") {
      fmt::print("{}\n", read(a[1], a[2], std::stoi(a[3])).dump());
      return 0;
    }
    fmt::print(stderr,
               "usage: holdfast_ours knn ROWS QUERIES K float32|float64 REPEATS OUT.npy\n"
               "       holdfast_ours fit METHOD TRAIN.npz OPTIONS REPEATS\n"
               "       holdfast_ours certify TRAIN.npz TEST.npz REPEATS\n"
               "       holdfast_ours read FILE LABEL REPEATS\n");
    return 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "holdfast_ours: {}\n", error.what());
    return 1;
  }
}
