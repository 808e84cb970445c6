// The hybrid metric loss over its trade-off, beside the losses that it is compared with: the same network, batches,
// steps and seeds for all. Prints tables in Markdown, a line as soon as it is known.
//
//   holdfast_hybrid [DATA] [IMAGES] [EPOCHS] [SET,...]
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <string>

#include "holdfast/core/parallel.hpp"
#include "holdfast/deep/process_memory.hpp"
#include "holdfast/deep/train.hpp"
#include "holdfast/evaluate/evaluation.hpp"
#include "holdfast/evaluate/retrieval.hpp"
#include "holdfast/io/image_file.hpp"
#include "holdfast/neighbors/classifier.hpp"
#include "measure.hpp"

namespace {

using namespace holdfast;
using namespace holdfast::experiments;
namespace fs = std::filesystem;

constexpr std::uint64_t seeds[] = {0, 1, 2};

struct Row {
  std::string name;
  deep::MetricLossOptions loss;
};

std::vector<Row> rows() {
  std::vector<Row> list;
  for (const double trade_off : {0.0, 0.25, 0.5, 0.75, 1.0}) {
    deep::MetricLossOptions loss;
    loss.trade_off = trade_off;
    list.push_back({fmt::format("hybrid, trade-off {}{}", trade_off, trade_off == 1.0 ? " = triplet" : ""), loss});
  }
  for (const char* method : {"contrastive", "nt-xent", "cross-entropy"}) {
    list.push_back({method, deep::training_options_of(*deep::find_method(method)).loss});
  }
  return list;
}

/// The first images of a packed file.
deep::ImageSet images_of(const fs::path& images, const fs::path& labels, Index most) {
  io::PackedImages packed = io::read_packed_images(images, {.labels_file = labels});
  const deep::ImageShape shape{packed.channels, packed.height, packed.width};
  if (most > 0 && packed.size() > most) {
    packed.pixels.resize(static_cast<std::size_t>(most * shape.size()));
    packed.labels->codes.resize(static_cast<std::size_t>(most));
  }
  return {shape, std::move(packed.pixels), std::move(packed.labels), images.string()};
}

Matrix embedded(deep::Network& network, const deep::ImageSet& images) {
  const torch::Tensor z = deep::embed(network, images).to(torch::kFloat64).contiguous();
  return Eigen::Map<const Matrix>(z.data_ptr<double>(), z.size(0), z.size(1));
}

std::string cell(const std::vector<double>& values) {
  const evaluate::Spread spread = evaluate::spread(values);
  return fmt::format("{:.4f} ± {:.4f}", *spread.mean, *spread.deviation);
}

void compare(const std::string& name, const deep::ImageSet& train, const deep::ImageSet& test, Index epochs) {
  fmt::print("\n{}: {} training images, {} epochs, {} test images, {} threads\n\n", name, train.size(), epochs,
             test.size(), thread_count());
  fmt::print("| loss | 1-NN accuracy | Recall@1 |\n|---|---:|---:|\n");
  std::fflush(stdout);
  for (const Row& row : rows()) {
    std::vector<double> accuracy;
    std::vector<double> recall;
    for (const std::uint64_t seed : seeds) {
      deep::TrainingOptions options;
      options.loss = row.loss;
      options.epochs = epochs;
      options.validation = 0.0;
      options.seed = seed;
      const deep::TrainedNetwork trained = deep::train(train, options);
      const Matrix queries = embedded(*trained.network, test);
      const std::vector<int> predicted =
          neighbors::vote(neighbors::nearest(queries, embedded(*trained.network, train), 1), train.labels()->codes,
                          train.labels()->classes());
      accuracy.push_back(evaluate::accuracy(predicted, test.labels()->codes));
      recall.push_back(evaluate::retrieval(queries, test.labels()->codes).recall_at_1.value());
    }
    fmt::print("| {} | {} | {} |\n", row.name, cell(accuracy), cell(recall));
    std::fflush(stdout);
  }
}

}  // namespace

int main(int argc, char** argv) {
  deep::keep_freed_memory();
  print_commit();
  const fs::path folder = data_folder(argc, argv);
  const Index images = argc > 2 ? std::stol(argv[2]) : 0;
  const Index epochs = argc > 3 ? std::stol(argv[3]) : 5;
  const std::string sets = argc > 4 ? argv[4] : "fashion_mnist,mnist";
  const auto began = std::chrono::steady_clock::now();
  for (const std::string set : {"fashion_mnist", "mnist"}) {
    if (sets.find(set) != 0 && sets.find("," + set) == std::string::npos) continue;
    const fs::path from = folder / set;
    if (!fs::exists(from / "train-images-idx3-ubyte.gz")) {
      fmt::print("{} is not on this machine: {}\n", set, from.string());
      continue;
    }
    compare(set, images_of(from / "train-images-idx3-ubyte.gz", from / "train-labels-idx1-ubyte.gz", images),
            images_of(from / "t10k-images-idx3-ubyte.gz", from / "t10k-labels-idx1-ubyte.gz", 0), epochs);
  }
  fmt::print("\n{:.0f} s\n", std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
  return 0;
}
