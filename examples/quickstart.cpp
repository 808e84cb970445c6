// Quick start: learn a metric, predict, and certify how large a perturbation cannot change each prediction.
#include <holdfast/evaluate/certified.hpp>
#include <holdfast/io/dataset_file.hpp>
#include <holdfast/learners/train.hpp>
#include <iostream>

int main(int argc, char** argv) {
  using namespace holdfast;
  const Dataset data = io::read_dataset(argc > 1 ? argv[1] : "data/wine.csv.gz");
  learners::TrainOptions options{.method = "lmnn", .preprocess = "standardize"};
  options.options.set("perturbation", learners::Perturbation{});  // weight and margin derived from the data
  const model::Model model = learners::train(data, options).model;

  const auto [predicted, codes, certificates] = evaluate::certified_prediction(model, data, {.k = 3});
  std::cout << "row 0 is of class " << model.labels.names[static_cast<std::size_t>(predicted[0])]
            << ", and stays so under any l2 perturbation below " << certificates[0].radius << " standard deviations\n";
}
