// Quick start: learn a metric on some rows, predict held-out rows, and certify how large a perturbation cannot change
// each prediction.
#include <holdfast/certify/knn_bound.hpp>
#include <holdfast/evaluate/split.hpp>
#include <holdfast/io/dataset_file.hpp>
#include <holdfast/learners/perturbation.hpp>
#include <holdfast/learners/train.hpp>
#include <iostream>

int main(int argc, char** argv) {
  using namespace holdfast;
  const Dataset data = io::read_dataset(argc > 1 ? argv[1] : "data/wine.csv.gz");
  const evaluate::Split split = evaluate::random_split(data.rows(), 0.7, 0);
  learners::TrainOptions options{.method = "lmnn", .preprocess = "standardize"};
  options.options.set("perturbation", learners::Perturbation{});  // weight and margin derived from the data
  const model::Model model = learners::train(select_rows(data, split.train), options).model;

  // Each row is certified to keep its label: the radius of a wrong prediction is 0.
  const certify::CertifiedKnn knn(model, {});  // under perturbations in l2, of preprocessed rows
  const certify::CertificationProblem problem = knn.problem(select_rows(data, split.test), {.k = 3});
  const std::vector<certify::Certificate> certificates = certify::knn_lower_bounds(knn, problem);
  std::cout << "the first test row is of class " << model.labels.name(problem.predicted[0])
            << ", and stays so under any l2 perturbation below " << certificates[0].radius << " standard deviations\n";
}
