// The command line of Holdfast: options common to all commands, and errors turned into exit statuses.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <iostream>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "commands.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/core/observer.hpp"
#include "holdfast/core/parallel.hpp"
#include "holdfast/core/version.hpp"
#include "holdfast/learners/fit_result.hpp"
#include "numbers.hpp"

namespace holdfast::app {
namespace {

constexpr int done = 0;
constexpr int failed = 1;
constexpr int bad_input = 2;

int complain(int status, const std::string& message) {
  std::cerr << "holdfast: " << message << "\n";
  return status;
}

/// The options by which commands take a file of rows; no command has two of them.
constexpr std::array<std::string_view, 3> rows_options = {"--train", "--test", "--data"};

/// The options of all commands, each time in the help of the command too.
void add_common_options(CLI::App& app, CommonOptions& common) {
  const std::string group = "Options of every command";
  app.add_flag("--json", common.json, "print one JSON object instead of text")->group(group);
  app.add_flag("--quiet", common.quiet, "no progress and no notes on standard error; warnings and errors only")
      ->group(group);
  app.add_option("--threads", common.threads, "number of threads; default: all processors")
      ->type_name("N")
      ->check(whole_number)
      ->group(group);
  app.add_option("--seed", common.seed, "seed of all random choices")
      ->capture_default_str()
      ->type_name("N")
      ->check(seed_number)
      ->group(group);
}

/// How the command takes a file of rows, for who gave it in the way of another command; empty if it has one or takes
/// none.
std::string way_to_give_rows(const CLI::App& program) {
  for (const CLI::App* command : program.get_subcommands()) {
    for (const std::string_view option : rows_options) {
      const CLI::Option* rows = command->get_option_no_throw(std::string(option));
      if (rows != nullptr && rows->count() == 0) return fmt::format("; rows are given with {} FILE", option);
    }
  }
  return "";
}

/// One line on what is wrong with the command line.
std::string explain(const CLI::App& program, const CLI::ParseError& error) {
  std::string command = "holdfast";
  for (const CLI::App* sub : program.get_subcommands()) command += " " + sub->get_name();
  const std::string hint =
      fmt::format("({} --help explains the {})", command, program.get_subcommands().empty() ? "commands" : "options");
  const std::vector<std::string> unexpected = program.remaining(true);
  if (program.get_subcommands().empty() && dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    std::string names;
    for (const CLI::App* sub : program.get_subcommands({})) names += (names.empty() ? "" : ", ") + sub->get_name();
    if (unexpected.empty()) return fmt::format("a command is missing; give one of {} {}", names, hint);
    return fmt::format("\"{}\": there is no such command; give one of {} {}", unexpected.front(), names, hint);
  }
  const bool extras = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
  if (!unexpected.empty() && (extras || dynamic_cast<const CLI::RequiredError*>(&error) != nullptr)) {
    // What follows an unknown option may have been meant as its value, and what is missing may be a misspelt option:
    // the unknown option is the one to name.
    const auto option = std::find_if(unexpected.begin(), unexpected.end(), [](const std::string& argument) {
      return argument.size() > 1 && argument.front() == '-';
    });
    if (option != unexpected.end()) {
      const bool of_rows = std::ranges::find(rows_options, *option) != rows_options.end();
      return fmt::format("{}: there is no such option{} {}", *option, of_rows ? way_to_give_rows(program) : "", hint);
    }
    if (extras) {
      return fmt::format("\"{}\": one argument too many{} {}", unexpected.front(), way_to_give_rows(program), hint);
    }
  }
  std::string message = error.what();
  std::replace(message.begin(), message.end(), '\n', ' ');
  return fmt::format("{} {}", message, hint);
}

}  // namespace
}  // namespace holdfast::app

int main(int argc, char** argv) {
  using namespace holdfast;
  using namespace holdfast::app;
  CLI::App program{
      "Holdfast: distance metrics that hold under perturbation, and certificates for every prediction.\n"
      "Start with: holdfast demo"};
  program.set_version_flag("--version", std::string("holdfast ") + holdfast::version);
  program.require_subcommand(1);
  program.fallthrough();
  CommonOptions common;
  add_common_options(program, common);
  // Before a command runs, so that it already holds in it.
  program.parse_complete_callback([&] {
    if (common.threads) holdfast::set_thread_count(*common.threads);
  });
  add_fit(program, common);
  add_tune(program, common);
  add_predict(program, common);
  add_evaluate(program, common);
  add_certify(program, common);
  add_attack(program, common);
  add_transform(program, common);
  add_info(program, common);
  add_demo(program, common);
  for (CLI::App* command : program.get_subcommands({})) add_common_options(*command, common);
  use_options_of(program);
  try {
    catch_interrupts();
    program.parse(argc, argv);
    if (!std::cout.flush()) return complain(failed, "the results could not be written to standard output");
    return done;
  } catch (const CLI::Success& help) {
    return program.exit(help);
  } catch (const CLI::ParseError& error) {
    return complain(bad_input, explain(program, error));
  } catch (const holdfast::InputError& error) {
    return complain(bad_input, holdfast::message_of(error.fault(), spell_option));
  } catch (const Interrupted& interruption) {
    return complain(failed, interruption.message);
  } catch (const holdfast::Stopped&) {
    return complain(failed, "interrupted; nothing was written");
  } catch (const std::bad_alloc&) {
    return complain(failed, "not enough memory");
  } catch (const holdfast::learners::FitFailed& error) {
    return complain(failed, error.what());
  } catch (const std::exception& error) {
    return complain(failed, fmt::format("internal error: {}", error.what()));
  }
}
