// holdfast certify: the perturbation that each prediction withstands.
#include <fast_float/fast_float.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>

#include "commands.hpp"
#include "csv.hpp"
#include "holdfast/certify/exact_nn.hpp"
#include "holdfast/certify/knn_bound.hpp"
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

enum class Method { bound, exact };

const char* name(Method method) {
  return method == Method::bound ? "bound" : "exact";
}

/// Certificates of all rows in one norm by one method.
struct Result {
  certify::Norm norm;
  Method method;
  std::vector<certify::Certificate> certificates;
  evaluate::RadiusSummary summary;
  double seconds;
};

std::vector<certify::Norm> parse_norms(const std::string& text) {
  std::vector<certify::Norm> norms;
  for (const std::string& part : split_list(text)) norms.push_back(certify::parse_norm(part));
  return norms;
}

/// The methods asked for. Exact radii are those of 1-NN in l2.
std::vector<Method> parse_methods(const CertifyCommand& command, const std::vector<certify::Norm>& norms) {
  std::vector<Method> methods;
  for (const std::string& text : split_list(command.methods)) {
    if (text == "bound") {
      methods.push_back(Method::bound);
    } else if (text == "exact") {
      methods.push_back(Method::exact);
    } else {
      throw InputError(fmt::format("--method \"{}\": must be bound or exact, or both: bound,exact", text));
    }
  }
  if (std::find(methods.begin(), methods.end(), Method::exact) == methods.end()) return methods;
  if (command.k != 1) {
    throw InputError(fmt::format("--method exact: is for -k 1, not -k {}; use --method bound", command.k));
  }
  if (std::find(norms.begin(), norms.end(), certify::Norm::l2) == norms.end()) {
    throw InputError(fmt::format("--method exact: is for --norm l2, not {}; use --method bound", command.norms));
  }
  return methods;
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
               std::string(certify::name(certificate.norm)), name(result.method), fmt::format("{}", certificate.radius),
               std::string(certify::name(certificate.space))});
    }
  }
  csv.commit();
}

nlohmann::ordered_json as_json(const Result& result) {
  nlohmann::ordered_json certified = nlohmann::ordered_json::array();
  for (const auto& [eps, accuracy] : result.summary.certified)
    certified.push_back({{"eps", eps}, {"accuracy", accuracy}});
  return {{"norm", certify::name(result.norm)}, {"method", name(result.method)},
          {"mean_radius", result.summary.mean}, {"median_radius", result.summary.median},
          {"certified_accuracy", certified},    {"seconds", result.seconds}};
}

void run(const CertifyCommand& command, const CommonOptions& common) {
  const std::vector<certify::Norm> norms = parse_norms(command.norms);
  const std::vector<Method> methods = parse_methods(command, norms);
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
  const auto certificates = [&](certify::Norm norm, Method method) {
    if (method == Method::bound) {
      return certify::knn_lower_bounds(classifier, queries, codes, predicted,
                                       {.k = command.k, .norm = norm, .observer = bar.observer()});
    }
    const Matrix& rows = space == certify::Space::raw ? data.x : prepared;
    return certify::exact_nn_radii(classifier, queries, rows, codes, predicted, {.observer = bar.observer()});
  };
  std::vector<std::pair<certify::Norm, Method>> wanted;
  for (const certify::Norm norm : norms) {
    for (const Method method : methods) {
      if (method == Method::bound || norm == certify::Norm::l2) wanted.emplace_back(norm, method);
    }
  }
  for (const auto& [norm, method] : wanted) {
    const auto began = std::chrono::steady_clock::now();
    Result result{norm, method, certificates(norm, method), {}, 0.0};
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
    fmt::print("{:<5} {}   mean {}   median {}   ({:.2f} s)\n", certify::name(result.norm),
               result.method == Method::bound ? "lower bound" : "exact      ", figure(result.summary.mean),
               figure(result.summary.median), result.seconds);
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
  sub->add_option(
         "--method", command->methods,
         "bound: the k-NN lower bound; exact: the smallest perturbation itself, for -k 1 and l2; bound,exact: both")
      ->capture_default_str();
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
