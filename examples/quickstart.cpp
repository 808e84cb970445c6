// The first lines that a user of the library writes: learn, predict, and ask how far each prediction can be trusted.
#include <holdfast/certify/model_classifier.hpp>
#include <holdfast/evaluate/evaluation.hpp>
#include <holdfast/io/dataset_file.hpp>
#include <holdfast/learners/train.hpp>
#include <iostream>

int main(int argc, char** argv) {
  using namespace holdfast;
  const Dataset data = io::read_dataset(argc > 1 ? argv[1] : "data/wine.csv.gz");
  learners::TrainOptions options{.method = "lmnn", .preprocess = "standardize"};
  options.options.perturbation = learners::Perturbation{};  // weight and margin derived from the data
  const model::Model model = learners::train(data, options).model;

  const Matrix rows = model.prepare(data);
  const std::vector<int> predicted = evaluate::Predictor(model).predict(rows, 3);
  const std::vector<certify::Certificate> certificates =
      certify::knn_lower_bounds(certify::perturbed_classifier(model, certify::Space::preprocessed),
                                model.metric.transform(rows), predicted, predicted, {.k = 3});
  std::cout << "row 0 is of class " << model.labels.names[static_cast<std::size_t>(predicted[0])]
            << ", and stays so under any l2 perturbation below " << certificates[0].radius << " standard deviations\n";
}
