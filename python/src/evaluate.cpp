// How well a model predicts, retrieves and verifies; the search for options.
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "arrays.hpp"
#include "bindings.hpp"
#include "conversions.hpp"
#include "holdfast/evaluate/evaluation.hpp"
#include "holdfast/evaluate/regression.hpp"
#include "holdfast/evaluate/tune.hpp"
#include "holdfast/evaluate/verification.hpp"
#include "interruptible.hpp"
#include "model_holder.hpp"

namespace holdfast::python {
namespace {

std::vector<evaluate::NoiseLevel> levels_of(const std::vector<std::string>& texts) {
  std::vector<evaluate::NoiseLevel> levels;
  for (const std::string& text : texts) {
    for (const evaluate::NoiseLevel& level : evaluate::parse_noise(text)) levels.push_back(level);
  }
  return levels;
}

Facts evaluate_model(const ModelHolder& holder, const Rows& x, nb::object labels, Index k,
                     const std::vector<std::string>& noise, Index repeats, std::uint64_t seed, bool retrieval,
                     nb::object progress) {
  evaluate::EvaluationOptions options{.k = k, .noise = {}, .repeats = repeats, .seed = seed, .retrieval = retrieval};
  options.noise = levels_of(noise);
  const std::optional<Labels> given = labels_of(labels);
  const Eigen::Map<const Matrix> rows = view(x);
  const DatasetView data(rows, given ? &*given : nullptr, {}, "X");
  const evaluate::Evaluation evaluation = interruptible(std::move(progress), [&](const Observer& observer) {
    options.observer = observer;
    return evaluate::evaluate(holder.model(), data, options);
  });
  return to_dict(describe(evaluation).add("notes", spelled(evaluation.notes)));
}

Facts evaluate_regression(const ModelHolder& holder, const Rows& x, nb::object labels, Index k,
                          const std::vector<std::string>& noise, Index repeats, std::uint64_t seed,
                          nb::object progress) {
  evaluate::EvaluationOptions options{.k = k, .noise = {}, .repeats = repeats, .seed = seed};
  options.noise = levels_of(noise);
  const std::optional<Labels> given = labels_of(labels);
  const Eigen::Map<const Matrix> rows = view(x);
  const DatasetView data(rows, given ? &*given : nullptr, {}, "X");
  const evaluate::RegressionEvaluation evaluation = interruptible(std::move(progress), [&](const Observer& observer) {
    options.observer = observer;
    return evaluate::evaluate_regression(holder.model(), data, options);
  });
  return to_dict(describe(evaluation).add("notes", spelled(evaluation.notes)));
}

Facts retrieval(const Rows& mapped, const Codes& codes) {
  return to_dict(describe(interruptible(nb::none(), [&](const Observer& observer) {
    return evaluate::retrieval(view(mapped), std::span(codes.data(), codes.shape(0)), observer);
  })));
}

Facts verification(const Rows& test, nb::object test_pairs, const Rows& training, nb::object training_pairs) {
  const evaluate::Verification result =
      evaluate::verify(evaluate::pair_distances(view(test), pairs_of(test_pairs)),
                       evaluate::pair_distances(view(training), pairs_of(training_pairs)));
  Matrix curve(static_cast<Index>(result.roc.size()), 3);
  for (std::size_t i = 0; i < result.roc.size(); ++i) {
    curve.row(static_cast<Index>(i)) << result.roc[i].threshold, result.roc[i].false_positive_rate,
        result.roc[i].true_positive_rate;
  }
  Facts object = to_dict(describe(result));
  object["roc"] = to_array(std::move(curve));
  return object;
}

Codes2 as_array(const std::vector<linalg::RowPair>& pairs) {
  std::vector<std::int32_t> flat;
  for (const linalg::RowPair& pair : pairs) flat.insert(flat.end(), {pair.first, pair.second});
  return owning<Codes2>(std::move(flat), {pairs.size(), 2});
}

nb::typed<nb::tuple, Codes2, Codes2> sample_pairs(nb::object labels, Index count, std::uint64_t seed) {
  Random random(seed, 0);
  const constraints::PairSet pairs = constraints::sample_pairs(labels_of(labels).value(), count, random);
  return nb::make_tuple(as_array(pairs.similar), as_array(pairs.dissimilar));
}

Facts tune(const std::string& method, const Rows& x, nb::object labels, const std::string& preprocess,
           const Facts& options, std::uint64_t seed, Index trials, Index folds, Index k, const std::string& objective,
           nb::object progress) {
  const learners::TrainOptions base{method, preprocess, options_of(options), seed, {}};
  evaluate::TuneOptions wanted{.trials = trials, .folds = folds, .k = k};
  wanted.objective = evaluate::parse_objective(objective);
  wanted.seed = seed;
  const std::optional<Labels> given = labels_of(labels);
  const Eigen::Map<const Matrix> rows = view(x);
  const DatasetView data(rows, given ? &*given : nullptr, {}, "X");
  const evaluate::Tuning tuning = interruptible(std::move(progress), [&](const Observer& observer) {
    wanted.observer = observer;
    return evaluate::tune(data, base, wanted);
  });
  const learners::Method& learner = learners::find_method(method);
  nb::list list;
  for (const evaluate::Trial& trial : tuning.trials) {
    Facts entry = to_dict(describe(trial));
    entry["options"] = dict_of(learner.options->resolve(trial.options));
    entry["note"] = trial.note;
    list.append(entry);
  }
  nb::dict result;
  result["trials"] = list;
  result["best"] = tuning.best;
  result["eps"] = tuning.eps;
  return result;
}

}  // namespace

void add_evaluate(nb::module_& module) {
  module.def("evaluate", &evaluate_model, "model"_a, "x"_a.noconvert(), "labels"_a, "k"_a, "noise"_a, "repeats"_a,
             "seed"_a, "retrieval"_a, "progress"_a.none(),
             "Accuracy, clean and under noise (texts such as \"gaussian:20,10\"), and retrieval figures.");
  module.def("evaluate_regression", &evaluate_regression, "model"_a, "x"_a.noconvert(), "labels"_a, "k"_a, "noise"_a,
             "repeats"_a, "seed"_a, "progress"_a.none(), "Errors of predicted numbers, clean and under noise.");
  module.def("retrieval", &retrieval, "mapped"_a.noconvert(), "codes"_a.noconvert(),
             "Retrieval figures of rows in a space where distance is Euclidean.");
  module.def("verification", &verification, "test"_a.noconvert(), "test_pairs"_a, "training"_a.noconvert(),
             "training_pairs"_a,
             "Verification figures of pairs of mapped rows; the threshold is chosen on the training pairs.");
  module.def(
      "best_threshold",
      [](const std::vector<double>& similar, const std::vector<double>& dissimilar) {
        return evaluate::best_threshold({similar, dissimilar});
      },
      "similar"_a, "dissimilar"_a, "The threshold of distances that judges most pairs right.");
  module.def("sample_pairs", &sample_pairs, "labels"_a, "count"_a, "seed"_a,
             "(similar, dissimilar) pairs drawn by label.");
  module.def("tune", &tune, "method"_a, "x"_a.noconvert(), "labels"_a, "preprocess"_a, "options"_a, "seed"_a,
             "trials"_a, "folds"_a, "k"_a, "objective"_a, "progress"_a.none(),
             "The trials of a search, and which was best.");
}

}  // namespace holdfast::python
