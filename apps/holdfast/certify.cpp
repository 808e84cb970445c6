// holdfast certify: the perturbation that each prediction withstands.
#include <fast_float/fast_float.h>
#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <memory>

#include "commands.hpp"
#include "csv.hpp"
#include "holdfast/certify/model_classifier.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/evaluate/evaluation.hpp"
#include "holdfast/io/model_file.hpp"
#include "numbers.hpp"
#include "progress.hpp"
#include "space.hpp"

namespace holdfast::app {
namespace {

struct CertifyCommand {
  std::filesystem::path model;
  DataOptions data;
  Index k = 1;
  std::string norms = "l2";
  std::string methods = "bound";
  std::string eps;
  std::string space = "preprocessed";
  Index limit = 0;
  std::filesystem::path out;
};

/// Certificates of all rows in one norm.
struct Result {
  certify::Norm norm;
  std::vector<certify::Certificate> certificates;
  evaluate::RadiusSummary summary;
  double seconds;
};

std::vector<certify::Norm> parse_norms(const std::string& text) {
  std::vector<certify::Norm> norms;
  for (const std::string& part : split_list(text)) norms.push_back(certify::parse_norm(part));
  return norms;
}

void require_known_methods(const std::string& text) {
  for (const std::string& method : split_list(text)) {
    if (method == "exact") throw InputError("--method exact: this version certifies by the bound; use --method bound");
    if (method != "bound") throw InputError(fmt::format("--method \"{}\": must be bound", method));
  }
}

std::vector<double> parse_eps(const std::string& text) {
  std::vector<double> values;
  if (text.empty()) return values;
  for (const std::string& part : split_list(text)) {
    double value = 0.0;
    const auto [end, status] = fast_float::from_chars(part.data(), part.data() + part.size(), value);
    if (status != std::errc() || end != part.data() + part.size() || !(value >= 0.0) || !std::isfinite(value)) {
      throw InputError(
          fmt::format("--eps \"{}\": must be a comma-separated list of numbers of at least 0, such as "
                      "0.1,0.2,0.5",
                      text));
    }
    values.push_back(value);
  }
  return values;
}

Dataset first_rows(Dataset data, Index limit) {
  if (limit <= 0 || limit >= data.rows()) return data;
  std::vector<Index> rows(static_cast<std::size_t>(limit));
  for (Index row = 0; row < limit; ++row) rows[static_cast<std::size_t>(row)] = row;
  return select_rows(data, rows);
}

void write_csv(const CertifyCommand& command, const model::Model& model, const Dataset& data,
               const std::vector<int>& predicted, const std::vector<Result>& results) {
  CsvOutput csv(command.out);
  csv.row({"row", "label", "predicted", "norm", "method", "radius", "space"});
  for (const Result& result : results) {
    for (std::size_t row = 0; row < predicted.size(); ++row) {
      const certify::Certificate& certificate = result.certificates[row];
      csv.row({fmt::format("{}", row), data.labels->text(static_cast<Index>(row)),
               model.labels.names[static_cast<std::size_t>(predicted[row])],
               std::string(certify::name(certificate.norm)), "bound", fmt::format("{}", certificate.radius),
               std::string(certify::name(certificate.space))});
    }
  }
  csv.commit();
}

nlohmann::ordered_json as_json(const Result& result) {
  nlohmann::ordered_json certified = nlohmann::ordered_json::array();
  for (const auto& [eps, accuracy] : result.summary.certified)
    certified.push_back({{"eps", eps}, {"accuracy", accuracy}});
  return {{"norm", certify::name(result.norm)}, {"method", "bound"},
          {"mean_radius", result.summary.mean}, {"median_radius", result.summary.median},
          {"certified_accuracy", certified},    {"seconds", result.seconds}};
}

void run(const CertifyCommand& command, const CommonOptions& common) {
  const std::vector<certify::Norm> norms = parse_norms(command.norms);
  require_known_methods(command.methods);
  const std::vector<double> eps = parse_eps(command.eps);
  const certify::Space space = parse_space(command.space);
  if (command.limit < 0) throw InputError(fmt::format("--limit {}: must be at least 1 row (0: all)", command.limit));
  if (!command.out.empty()) {
    require_writable(command.out, {command.model, command.data.file(), command.data.labels_file()});
  }

  const model::Model model = io::load_model(command.model);
  const Dataset data = first_rows(command.data.read_for(model, true), command.limit);
  const std::vector<int> codes = model.codes_of(data);
  const Matrix prepared = model.prepare(data);
  ProgressBar bar(common);
  const std::vector<int> predicted = evaluate::Predictor(model).predict(prepared, command.k, bar.observer());
  const certify::PerturbedClassifier classifier = certify::perturbed_classifier(model, space);
  const Matrix queries = model.metric.transform(prepared);
  std::vector<Result> results;
  for (const certify::Norm norm : norms) {
    const auto began = std::chrono::steady_clock::now();
    Result result{norm,
                  certify::knn_lower_bounds(classifier, queries, codes, predicted, {command.k, norm, bar.observer()}),
                  {},
                  0.0};
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    result.summary =
        evaluate::summarize(result.certificates, eps.empty() ? evaluate::round_eps(result.certificates) : eps);
    results.push_back(std::move(result));
  }
  bar.clear();
  if (!command.out.empty()) write_csv(command, model, data, predicted, results);

  if (common.json) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const Result& result : results) list.push_back(as_json(result));
    print_json({{"n", data.rows()},
                {"k", command.k},
                {"accuracy", evaluate::accuracy(predicted, codes)},
                {"space", certify::name(space)},
                {"results", list}});
    return;
  }
  fmt::print("{}: {} rows, {} metric, k = {}, accuracy {:.4f}\n", command.data.file().string(), data.rows(),
             model.facts.method, command.k, evaluate::accuracy(predicted, codes));
  fmt::print("radii in {}: no smaller perturbation of a row changes its prediction (0 where that is wrong)\n",
             certify::units(model, space));
  for (const Result& result : results) {
    fmt::print("{:<5} lower bound   mean {}   median {}   ({:.2f} s)\n", certify::name(result.norm),
               figure(result.summary.mean), figure(result.summary.median), result.seconds);
    for (const auto& [bound, accuracy] : result.summary.certified) {
      fmt::print("      certified accuracy at {:<8g} {:.4f}\n", bound, accuracy);
    }
  }
  if (!command.out.empty()) fmt::print("one line a row and norm in {}\n", command.out.string());
}

}  // namespace

void add_certify(CLI::App& program, const CommonOptions& common) {
  auto command = std::make_shared<CertifyCommand>();
  CLI::App* sub = program.add_subcommand("certify", "radii within which predictions cannot change; certified accuracy");
  sub->add_option("MODEL", command->model, "model file")->required();
  command->data.add_to(*sub, "--test", "--test-labels,--labels");
  sub->add_option("-k", command->k, "nearest neighbours that vote; odd")
      ->capture_default_str()
      ->type_name("N")
      ->check(whole_number);
  sub->add_option("--norm", command->norms, "norms of the perturbation, comma-separated: l2, l1, linf")
      ->capture_default_str();
  sub->add_option("--method", command->methods, "bound: the k-NN lower bound")->capture_default_str();
  sub->add_option("--eps", command->eps, "sizes at which to give certified accuracy; default: five round ones")
      ->type_name("X,...");
  sub->add_option("--space", command->space, space_help)->capture_default_str();
  sub->add_option("--limit", command->limit, "the first N rows only; 0: all")
      ->capture_default_str()
      ->type_name("N")
      ->check(whole_number);
  sub->add_option("--out", command->out, "CSV file with one line a row and norm")->type_name("FILE.csv");
  sub->callback([=, &common] { run(*command, common); });
}

}  // namespace holdfast::app
