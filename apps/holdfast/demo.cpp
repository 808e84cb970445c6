// holdfast demo: the main job on the data that ships with the program.
#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <span>

#include "commands.hpp"
#include "csv.hpp"
#include "holdfast/certify/knn_bound.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/evaluate/evaluation.hpp"
#include "holdfast/evaluate/split.hpp"
#include "holdfast/io/dataset_file.hpp"
#include "holdfast/io/model_file.hpp"
#include "holdfast/learners/perturbation.hpp"
#include "holdfast/learners/train.hpp"
#include "progress.hpp"

namespace holdfast::app {
namespace {

constexpr double train_fraction = 0.7;
constexpr Index k = 1;
constexpr double snr_db = 10.0;
constexpr const char* preprocess = "minmax";
constexpr const char* data_sets[] = {"digits", "wine", "breast_cancer", "iris"};

struct Contender {
  const char* name;
  const char* file_stem;
  const char* method;
  bool perturbation;
};
constexpr Contender contenders[] = {{"euclidean", "euclidean", "euclidean", false},
                                    {"lmnn", "lmnn", "lmnn", false},
                                    {"lmnn + perturbation", "lmnn_perturbation", "lmnn", true}};

/// What the table shows of one model on one data set.
struct Row {
  std::string data;
  const Contender* contender;
  double accuracy;
  evaluate::Spread noisy;
  evaluate::RadiusSummary radius;
  std::vector<certify::Certificate> certificates;
  double fit_seconds;
};

std::filesystem::path data_folder() {
  std::error_code status;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", status);
  const std::filesystem::path installed = program.parent_path().parent_path() / HOLDFAST_INSTALLED_DATA;
  for (const std::filesystem::path& folder : {installed, std::filesystem::path(HOLDFAST_SOURCE_DATA)}) {
    if (std::filesystem::exists(folder / "digits.csv.gz", status)) return folder;
  }
  throw InputError(
      fmt::format("{}: the data of the demo are not there; install the program again, or run it from its "
                  "source tree",
                  installed.string()));
}

Row run_one(const std::string& name, const Contender& contender, const Dataset& train, const Dataset& test,
            const std::filesystem::path& out, const CommonOptions& common, ProgressBar& bar) {
  learners::TrainOptions options{contender.method, preprocess, {}, common.seed};
  if (contender.perturbation) options.options.set("perturbation", learners::Perturbation{});
  const auto began = std::chrono::steady_clock::now();
  const learners::Trained trained = learners::train(train, options, bar.observer());
  if (trained.report.reason == optim::StopReason::stopped) throw Stopped{};
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();

  const model::Model& model = trained.model;
  const evaluate::Evaluation evaluation = evaluate::evaluate(model, test,
                                                             {.k = k,
                                                              .noise = {{evaluate::NoiseKind::gaussian, snr_db}},
                                                              .seed = common.seed,
                                                              .retrieval = false,
                                                              .observer = bar.observer()});
  const certify::CertifiedKnn knn(model, {});
  std::vector<certify::Certificate> certificates = certify::knn_lower_bounds(
      knn, knn.problem(test, {.k = k, .observer = bar.observer()}), {.observer = bar.observer()});
  if (!out.empty()) io::save_model(out / fmt::format("{}_{}.holdfast", name, contender.file_stem), model);
  return {name,
          &contender,
          evaluation.accuracy.value(),
          evaluation.noise.front().accuracy,
          evaluate::summarize(certificates, {}),
          std::move(certificates),
          seconds};
}

void print_rows(const std::vector<Row>& rows) {
  fmt::print("{:<14} {:<20} {:>8}  {:>16}  {:>11}  {:>7}\n", "data", "metric", "accuracy", "at 10 dB noise",
             "mean radius", "fit");
  std::string last;
  for (const Row& row : rows) {
    if (!last.empty() && last != row.data) fmt::print("\n");
    fmt::print("{:<14} {:<20} {:>8.4f}  {:>7.4f} +- {:.4f}  {:>11.4f}  {:>5.2f} s\n", row.data == last ? "" : row.data,
               row.contender->name, row.accuracy, *row.noisy.mean, *row.noisy.deviation, row.radius.mean,
               row.fit_seconds);
    last = row.data;
  }
}

/// The share of test rows that are right and stay right, as bars over the size of the perturbation. `rows`: of one data
/// set.
void draw_certified(std::span<const Row> rows) {
  constexpr int width = 20;
  fmt::print("{:<10}", rows.front().data);
  for (const Row& row : rows) fmt::print("{:<{}}", row.contender->name, width + 7);
  for (const double size : evaluate::nice_eps(rows.back().certificates)) {
    fmt::print("\n  <= {:<5g}", size);
    for (const Row& row : rows) {
      const double share = evaluate::summarize(row.certificates, std::vector<double>{size}).certified.front().accuracy;
      const int filled = static_cast<int>(share * width + 0.5);
      fmt::print("{:#<{}}{:.<{}} {:.2f}  ", "", filled, "", width - filled, share);
    }
  }
  fmt::print("\n");
}

/// `norm`: at the end of the names of the radii.
Record describe(const Row& row, const std::string& norm = {}) {
  return Record()
      .add("data", row.data)
      .add("metric", row.contender->name)
      .add("accuracy", row.accuracy)
      .add("accuracy_10db_mean", row.noisy.mean)
      .add("accuracy_10db_std", row.noisy.deviation)
      .add("mean_radius" + norm, row.radius.mean)
      .add("median_radius" + norm, row.radius.median)
      .add("fit_seconds", row.fit_seconds);
}

void write_table(const std::filesystem::path& file, const std::vector<Row>& rows) {
  CsvOutput csv(file);
  for (const Row& row : rows) csv.row(describe(row, "_l2"));
  csv.commit();
}

void run(const std::filesystem::path& out, const CommonOptions& common) {
  const std::filesystem::path folder = data_folder();
  if (!out.empty()) {
    std::error_code status;
    std::filesystem::create_directories(out, status);
    DataOptions().require_writable({out / "table.csv"});
  }
  if (!common.json) {
    fmt::print(
        "Three metrics on four data sets: 70 % of the rows to learn, 30 % to test, {} NN, columns scaled to [0, 1],\n"
        "seed {}. The mean radius is certified: no l2 perturbation of a test row below it, in the scaled units,\n"
        "changes its prediction (0 if the prediction is wrong).\n\n",
        k, common.seed);
  }
  ProgressBar bar(common);
  std::vector<Row> rows;
  for (const char* name : data_sets) {
    const Dataset data = io::read_dataset(folder / fmt::format("{}.csv.gz", name));
    const evaluate::Split split = evaluate::random_split(data.rows(), train_fraction, common.seed);
    const Dataset train = select_rows(data, split.train);
    const Dataset test = select_rows(data, split.test);
    for (const Contender& contender : contenders)
      rows.push_back(run_one(name, contender, train, test, out, common, bar));
  }
  bar.clear();
  if (!out.empty()) write_table(out / "table.csv", rows);
  if (common.json) {
    Value::List list;
    for (const Row& row : rows) list.emplace_back(describe(row));
    return print_json(Record()
                          .add("k", k)
                          .add("norm", "l2")
                          .add("space", "preprocessed")
                          .add("preprocess", preprocess)
                          .add("seed", common.seed)
                          .add("rows", std::move(list)));
  }
  print_rows(rows);
  fmt::print(
      "\nCertified accuracy: the share of test rows that are right and stay right under every perturbation up to a "
      "size.\n");
  draw_certified(std::span(rows).first(std::size(contenders)));
  fmt::print("\nPlain LMNN can give robustness away; the perturbation loss asks for it.\n");
  if (!out.empty()) fmt::print("models and table.csv in {}\n", out.string());
  fmt::print("Your own table: holdfast fit lmnn --train FILE --perturbation auto --out MODEL\n");
}

}  // namespace

void add_demo(CLI::App& program, const CommonOptions& common) {
  auto out = std::make_shared<std::filesystem::path>();
  CLI::App* sub = program.add_subcommand("demo", "the main job on the data that ships with the program");
  sub->add_option("--out", *out, "folder for the models and the table; default: nothing is written")->type_name("DIR");
  sub->callback([=, &common] { run(*out, common); });
}

}  // namespace holdfast::app
