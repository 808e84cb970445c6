// holdfast certify: the perturbation that each prediction withstands.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "certify_check.hpp"
#include "certify_tasks.hpp"
#include "commands.hpp"
#include "csv.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/core/parse.hpp"
#include "holdfast/evaluate/summary.hpp"
#include "holdfast/io/radius_file.hpp"
#include "measured_radii.hpp"
#include "numbers.hpp"
#include "plot.hpp"

namespace holdfast::app {
namespace {

using certify::Certificate;

struct CertifyCommand {
  std::vector<std::filesystem::path> models;
  RadiiOptions rows;
  std::string methods = "bound";
  evaluate::CertifierOptions search;
  std::string eps;
  bool histogram = false;
  std::filesystem::path out;
  std::filesystem::path witnesses;
  std::filesystem::path curve;
  std::filesystem::path plot;
  std::filesystem::path check;
  bool retrieval = false;
  PairTask pairs;
};

std::vector<double> parse_eps(const std::string& text) {
  std::vector<double> values;
  if (text.empty()) return values;
  for (const std::string& part : split_list(text)) {
    values.push_back(parse_real(part).value_or(-1.0));
    if (values.back() >= 0.0 && std::isfinite(values.back())) continue;
    throw InputError(fmt::format(
        "--eps \"{}\": must be a comma-separated list of numbers of at least 0, such as 0.1,0.2,0.5", text));
  }
  return values;
}

/// All radii in a norm.
std::vector<Certificate> radii_in(const std::string& norm, const std::vector<ModelRadii>& models) {
  std::vector<Certificate> all;
  for_each(models, [&](const ModelRadii&, const ThreatRadii& threat, const evaluate::Radii& radii) {
    if (threat.norm != norm) return;
    for (const Certificate& certificate : radii.certificates) all.push_back({certificate.radius});
  });
  return all;
}

/// The sizes at which to give certified accuracy in a norm: the sizes asked for, or round ones that span all its radii.
std::vector<double> eps_of(const std::string& norm, const std::vector<double>& wanted,
                           const std::vector<ModelRadii>& models) {
  return wanted.empty() ? evaluate::nice_eps(radii_in(norm, models)) : wanted;
}

void write_csv(const std::filesystem::path& file, const std::vector<ModelRadii>& models) {
  CsvOutput csv(file);
  for_each(models, [&](const ModelRadii& model, const ThreatRadii& threat, const evaluate::Radii& radii) {
    for (std::size_t row = 0; row < radii.certificates.size(); ++row) {
      const Certificate& certificate = radii.certificates[row];
      // An exact search that rounding ended early gives a bound, and says so.
      const bool downgraded = radii.certifier->kind == certify::BoundKind::exact &&
                              certificate.kind != certify::BoundKind::exact && !certificate.upper;
      Record line = Record()
                        .add("row", row)
                        .add("label", model.class_name(model.problem.classes[row]))
                        .add("predicted", model.class_name(model.problem.predicted[row]))
                        .add("norm", threat.norm)
                        .add("method", downgraded ? "bound" : radii.certifier->name)
                        .add("radius", certificate.radius)
                        .add("space", model.space);
      // A bound looks for no perturbation.
      const bool is_bound = certificate.kind == certify::BoundKind::lower_bound && !certificate.upper;
      line.add("upper", is_bound ? Value("") : Value(certificate.upper_end()));
      if (!model.poisoning.empty()) line.append(evaluate::describe(model.poisoning[row]));
      if (models.size() > 1) line.add("model", model.file.string());
      add_ids(line, model.ids, row);
      csv.row(line);
    }
  });
  csv.commit();
}

/// The fraction of rows that stay right, at even sizes, for each model, norm and method.
std::vector<RadiusCurve> curves_of(const std::vector<ModelRadii>& models, Index count) {
  std::vector<RadiusCurve> curves;
  for_each(models, [&](const ModelRadii& model, const ThreatRadii& norm, const evaluate::Radii& radii) {
    RadiusCurve curve{model.file.string(), norm.norm, std::string(radii.certifier->name)};
    curve.title = models.size() > 1 ? model.file.stem().string() + ", " + curve.method : curve.method;
    curve.eps = evaluate::linspace_eps(radii_in(norm.norm, models), count);
    for (const auto& [eps, accuracy] : evaluate::summarize(radii.certificates, curve.eps).certified) {
      curve.accuracy.push_back(accuracy);
    }
    for (const evaluate::Bin& bin : evaluate::histogram(radii.certificates, curve.eps.back())) {
      curve.centre.push_back(0.5 * (bin.from + bin.to));
      curve.count.push_back(static_cast<double>(bin.count));
    }
    curves.push_back(std::move(curve));
  });
  return curves;
}

void write_curves(const std::filesystem::path& file, const std::vector<RadiusCurve>& curves) {
  CsvOutput csv(file);
  for (const RadiusCurve& curve : curves) {
    for (std::size_t i = 0; i < curve.eps.size(); ++i) {
      csv.row(Record()
                  .add("model", curve.model)
                  .add("norm", curve.norm)
                  .add("method", curve.method)
                  .add("eps", curve.eps[i])
                  .add("certified_accuracy", curve.accuracy[i]));
    }
  }
  csv.commit();
}

Record describe(const ModelRadii& model, const std::vector<double>& wanted_eps, const std::vector<ModelRadii>& models) {
  Value::List results;
  Value::List orders;
  for (const ThreatRadii& threat : model.threats) {
    const std::vector<double> eps = eps_of(threat.norm, wanted_eps, models);
    for (const evaluate::Radii& radii : threat.methods) {
      results.emplace_back(Record()
                               .add("norm", threat.norm)
                               .add("method", radii.certifier->name)
                               .append(describe(evaluate::summarize(radii.certificates, eps)))
                               .add("histogram", describe_all(evaluate::histogram(radii.certificates)))
                               .add("seconds", radii.seconds));
    }
    if (threat.methods.size() > 1) {
      orders.emplace_back(Record()
                              .add("norm", threat.norm)
                              .add("order", evaluate::order_text(threat.methods))
                              .add("holds", !threat.order_violation));
    }
  }
  Record record = Record()
                      .add("n", model.problem.size())
                      .add("k", model.problem.k)
                      .add("accuracy", model.accuracy)
                      .add("space", model.space)
                      .add("results", results)
                      .add("orders", orders);
  add_columns(record, model.columns);
  if (!model.poisoning.empty()) record.add("poisoning", describe_all(evaluate::summarize(model.poisoning)));
  return record;
}

void print_poisoning(const std::vector<ModelRadii>& models, std::size_t width) {
  const bool several = models.size() > 1;
  fmt::print("\nreference rows that must change before a prediction changes (0 if that is wrong)\n");
  fmt::print("{}{:<11} {:>10} {:>10}   share that withstands\n", several ? std::string(width + 2, ' ') : "", "change",
             "mean", "median");
  fmt::print("{}{:<33}  ", several ? std::string(width + 2, ' ') : "", "");
  for (const Index changes : evaluate::PoisoningSummary::changes) fmt::print(" {:>7}", changes);
  fmt::print("\n");
  for (const ModelRadii& model : models) {
    for (const evaluate::PoisoningSummary& summary : evaluate::summarize(model.poisoning)) {
      if (several) fmt::print("{:<{}}  ", model.file.string(), width);
      fmt::print("{:<11} {:>10} {:>10}  ", summary.kind, figure(summary.mean), figure(summary.median));
      for (const evaluate::Withstood& withstood : summary.withstood) fmt::print(" {:>7.4f}", withstood.share);
      fmt::print("\n");
    }
  }
}

void print_histogram(const std::vector<Certificate>& certificates) {
  constexpr Index width = 50;
  const std::vector<evaluate::Bin> bins = evaluate::histogram(certificates);
  Index most = 1;
  for (const evaluate::Bin& bin : bins) most = std::max(most, bin.count);
  const auto count = [&](double radius) { return std::ranges::count(certificates, radius, &Certificate::radius); };
  fmt::print("{:>19} {:>6}\n", "0 (wrong)", count(0.0));
  for (const evaluate::Bin& bin : bins) {
    fmt::print("{:>8g} .. {:<7g} {:>6}{}{}\n", bin.from, bin.to, bin.count, bin.count > 0 ? " " : "",
               std::string(static_cast<std::size_t>((bin.count * width + most - 1) / most), '#'));
  }
  if (const auto infinite = count(std::numeric_limits<double>::infinity()); infinite > 0) {
    fmt::print("{:>19} {:>6}\n", "inf", infinite);
  }
}

/// Says how many radii of an exact search are intervals.
void print_open_rows(const evaluate::RadiusSummary& summary, const evaluate::Radii& radii) {
  const auto rows = static_cast<Index>(radii.certificates.size());
  if (radii.certifier->kind != certify::BoundKind::exact || !summary.mean_upper || summary.exact_rows == rows) return;
  fmt::print(
      "{} of {} radii are intervals, from radius to upper (mean {}): the search ended before its time, or "
      "rounding leaves no witness next to the radius\n",
      rows - summary.exact_rows, rows, figure(*summary.mean_upper));
}

void print_text(const CertifyCommand& command, const std::vector<double>& wanted_eps,
                const std::vector<ModelRadii>& models) {
  const bool several = models.size() > 1;
  std::size_t width = 5;
  for (const ModelRadii& model : models) width = std::max(width, model.file.string().size());
  fmt::print("{}: {} rows, k = {}", command.rows.data.name(), models.front().problem.size(), command.rows.k);
  if (!several) fmt::print(", {} metric, accuracy {:.4f}", models.front().method, models.front().accuracy);
  fmt::print("\nradii in {}: no smaller perturbation of a row changes its prediction (0 if that is wrong)\n",
             models.front().units);
  const std::string of_first = columns_text(models.front().columns);
  for (const ModelRadii& model : models) {
    const std::string text = columns_text(model.columns);
    if (&model == &models.front() || text != of_first) fmt::print("{}", text);
  }
  for (const ThreatRadii& of_norm : models.front().threats) {
    const std::vector<double> eps = eps_of(of_norm.norm, wanted_eps, models);
    fmt::print("\n");
    const std::string margin(several ? width + 12 : 0, ' ');
    fmt::print("{}{:<17} {:>21}   {:>7}\n", margin, "", "radius", "certified accuracy at");
    if (several) fmt::print("{:<{}}  accuracy  ", "model", width);
    fmt::print("{:<9} {:<7} {:>10} {:>10}  ", "norm", "method", "mean", "median");
    for (const double size : eps) fmt::print(" {:>7g}", size);
    fmt::print("   seconds\n");
    for_each(models, [&](const ModelRadii& model, const ThreatRadii& norm, const evaluate::Radii& radii) {
      if (norm.norm != of_norm.norm) return;
      const evaluate::RadiusSummary summary = evaluate::summarize(radii.certificates, eps);
      if (several) fmt::print("{:<{}}    {:.4f}  ", model.file.string(), width, model.accuracy);
      fmt::print("{:<9} {:<7} {:>10} {:>10}  ", norm.norm, radii.certifier->name, figure(summary.mean),
                 figure(summary.median));
      for (const auto& [size, accuracy] : summary.certified) fmt::print(" {:>7.4f}", accuracy);
      fmt::print("   {:>7.2f}\n", radii.seconds);
      print_open_rows(summary, radii);
      if (command.histogram) print_histogram(radii.certificates);
    });
  }
  if (command.rows.poisoning) print_poisoning(models, width);
  fmt::print("\n");
  for (const evaluate::Radii& radii : models.front().threats.front().methods) {
    fmt::print("{:<7} {}\n", radii.certifier->name, radii.certifier->summary);
  }
  for (const ModelRadii& model : models) {
    for (const ThreatRadii& norm : model.threats) {
      if (norm.methods.size() < 2) continue;
      fmt::print("{}{} on every row in {}: holds\n", several ? model.file.string() + ": " : "",
                 evaluate::order_text(norm.methods), norm.norm);
    }
  }
  if (!command.out.empty()) fmt::print("one line per row, norm and method in {}\n", command.out.string());
  if (!command.witnesses.empty()) {
    fmt::print("the perturbed row of each of these lines in {} ({})\n", command.witnesses.string(),
               models.front().units);
  }
  if (!command.curve.empty()) fmt::print("certified accuracy at 201 sizes in {}\n", command.curve.string());
  if (!command.plot.empty()) fmt::print("figure in {}\n", command.plot.string());
}

void require_lines(const CertifyCommand& command) {
  if (!command.witnesses.empty() && command.out.empty()) {
    throw InputError("--witnesses: needs --out, whose lines say whose the witnesses are");
  }
}

void require_outputs(const CertifyCommand& command) {
  command.rows.data.require_writable({command.out, command.witnesses, command.curve, command.plot}, command.models);
  require_lines(command);
  if (!command.plot.empty()) require_plotting(command.plot);
}

void require_comparable(const CertifyCommand& command, const std::vector<ModelRadii>& models) {
  for (const ModelRadii& model : models) {
    if (command.witnesses.empty() || model.problem.rows.cols() == models.front().problem.rows.cols()) continue;
    throw InputError(
        fmt::format("--witnesses: the rows of {} and {} have different numbers of columns; use --space raw, "
                    "or one model at a time",
                    models.front().file.string(), model.file.string()));
  }
  if (!std::ranges::all_of(models, [&](const ModelRadii& model) { return model.units == models.front().units; })) {
    warn("the models preprocess rows differently, so that their radii do not compare; use --space raw");
  }
}

void run(const CertifyCommand& command, const CommonOptions& common) {
  const std::vector<certify::ThreatModel> threats = command.rows.threat.threats();
  const auto certifiers = evaluate::find_certifiers(split_list(command.methods));
  const std::vector<double> eps = parse_eps(command.eps);
  require_outputs(command);
  const std::vector<ModelRadii> models =
      measure_radii(command.models, command.rows, threats, certifiers, command.search, common);
  require_comparable(command, models);
  if (!command.out.empty()) write_csv(command.out, models);
  if (!command.witnesses.empty()) write_witnesses(command.witnesses, models);
  if (!command.curve.empty()) write_curves(command.curve, curves_of(models, 200));
  if (!command.plot.empty()) plot_radii(command.plot, curves_of(models, 400), models.front().units);
  if (!common.json) return print_text(command, eps, models);
  if (models.size() == 1) return print_json(describe(models.front(), eps, models));
  Value::List list;
  for (const ModelRadii& model : models) {
    list.emplace_back(Record().add("model", model.file.string()).append(describe(model, eps, models)));
  }
  print_json(Record().add("models", list));
}

/// Certifies pairs, or retrieval, by one model.
void run_task(const CertifyCommand& command, const CommonOptions& common) {
  if (command.retrieval && !command.pairs.test_pairs.empty()) {
    throw InputError("--retrieval and --test-pairs are two tasks; give one of them");
  }
  if (command.models.size() > 1) {
    throw InputError(
        fmt::format("{} certifies one model at a time", command.retrieval ? "--retrieval" : "--test-pairs"));
  }
  const TaskCommand task{command.models.front(), command.rows, parse_eps(command.eps), command.out, command.witnesses};
  require_lines(command);
  if (command.retrieval) return certify_retrieval(task, common);
  certify_pairs(task, command.pairs, common);
}

void add_tasks(CLI::App& sub, CertifyCommand& command) {
  const std::string group = "Other tasks";
  sub.add_flag(
         "--retrieval", command.retrieval,
         "certify the search of each test row among the other test rows, of classes that the model need not know: "
         "that a row of its class stays nearest (Recall@1), and that the nearest row stays the same")
      ->group(group);
  sub.add_option("--test-pairs", command.pairs.test_pairs,
                 "certify decisions on pairs of test rows (first,second,label): the same, or different, by a threshold")
      ->type_name("FILE")
      ->group(group);
  sub.add_option("--threshold", command.pairs.threshold,
                 "learned distance up to which a pair is the same; auto: best on pairs of training rows")
      ->capture_default_str()
      ->type_name("T|auto")
      ->group(group);
  sub.add_option("--threshold-pairs", command.pairs.training_pairs,
                 "pairs of training rows for --threshold auto; default: 10000 drawn by label")
      ->type_name("FILE")
      ->group(group);
  sub.add_option("--move", command.pairs.moved,
                 "who is perturbed: one (the first member of a pair), or both, each by up to the radius")
      ->capture_default_str()
      ->type_name("one|both")
      ->group(group);
}

}  // namespace

void add_certify(CLI::App& program, const CommonOptions& common) {
  auto command = std::make_shared<CertifyCommand>();
  CLI::App* sub = program.add_subcommand("certify", "radii within which predictions cannot change; certified accuracy");
  sub->add_option("MODEL", command->models, "model file, or several to compare")->required();
  command->rows.add_to(*sub);
  sub->add_option("--method", command->methods,
                  "how, comma-separated: bound (a lower bound over all pairs of rows), fast (the same over the nearest "
                  "rows, lower but valid), exact (the smallest perturbation itself), attack (the "
                  "smallest found: an upper bound)")
      ->capture_default_str();
  sub->add_option(
         "--time-limit", command->search.time_limit,
         "exact (not -k 1 in l2): seconds per row, after which the radius is given as an interval, radius to upper")
      ->capture_default_str()
      ->type_name("SECONDS");
  add_whole_number(
      *sub, "--max-nodes", command->search.max_nodes,
      "exact (not -k 1 in l2): the same after N parts of the search, which any machine repeats; 0: no limit");
  sub->add_option("--up-to", command->search.up_to,
                  "exact (not -k 1 in l2): radii beyond this need not be resolved; default: all are")
      ->type_name("R");
  sub->add_option("--eps", command->eps, "sizes at which to give certified accuracy; default: five round ones")
      ->type_name("X,...");
  sub->add_flag("--histogram", command->histogram, "print a histogram of the radii");
  sub->add_flag(
      "--poisoning", command->rows.poisoning,
      "also count the reference rows that must be inserted, deleted or relabelled before a prediction changes");
  sub->add_option("--out", command->out, "CSV file with one line per row, norm and method")->type_name("FILE.csv");
  sub->add_option(
         "--witnesses", command->witnesses,
         "NumPy file with a perturbed row for each line of --out: just beyond an exact radius, or an attack; the "
         "row itself if there is none; both members side by side for --test-pairs")
      ->type_name("FILE.npy");
  sub->add_option("--curve", command->curve, "CSV file with certified accuracy at 201 sizes of perturbation")
      ->type_name("FILE.csv");
  sub->add_option("--plot", command->plot,
                  "figure of certified accuracy and of the histogram of radii: .svg, .png or .pdf (needs gnuplot)")
      ->type_name("FILE");
  sub->add_option(
         "--check", command->check,
         "verify a file of radii that certify or attack wrote, of rows, searches or pairs, with its file of "
         "--witnesses or --rows, by separate code that starts from the model's rows, preprocessing and map; nothing "
         "else is computed or written")
      ->type_name("FILE.csv");
  add_tasks(*sub, *command);
  sub->callback([=, &common] {
    const auto warn_of = [&](const std::vector<const char*>& options, const char* task) {
      for (const char* other : options) {
        if (sub->get_option(other)->count() > 0) warn(fmt::format("{} has no effect with {}", other, task));
      }
    };
    if (!command->check.empty()) {
      if (command->models.size() != 1) throw InputError("--check: give the one model whose radii these are");
      warn_of({"--method", "--eps", "--histogram", "--poisoning", "--out", "--curve", "--plot", "--retrieval",
               "--threshold", "--threshold-pairs", "--move"},
              "--check");
      const io::RadiusSubject subject = io::subject_of_radii(command->check);
      if (subject != io::RadiusSubject::predictions) warn_of({"-k"}, "--check of searches or pairs");
      if (subject != io::RadiusSubject::pairs) warn_of({"--test-pairs"}, "--check of rows");
      return run_check(
          {command->models.front(), command->rows, command->check, command->witnesses, command->pairs.test_pairs},
          common);
    }
    for (const char* option : {"--threshold", "--threshold-pairs", "--move"}) {
      if (command->pairs.test_pairs.empty() && sub->get_option(option)->count() > 0) {
        warn(fmt::format("{} has no effect without --test-pairs", option));
      }
    }
    if (!command->pairs.test_pairs.empty() || command->retrieval) {
      const char* task = command->retrieval ? "--retrieval" : "--test-pairs";
      warn_of({"-k", "--method", "--histogram", "--poisoning", "--curve", "--plot"}, task);
      return run_task(*command, common);
    }
    run(*command, common);
  });
}

}  // namespace holdfast::app
