// The command line of Holdfast: options common to all commands, and errors turned into exit statuses.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <new>

#include "commands.hpp"
#include "holdfast/core/error.hpp"
#include "holdfast/core/observer.hpp"
#include "holdfast/core/parallel.hpp"
#include "holdfast/core/version.hpp"

namespace {

constexpr int done = 0;
constexpr int failed = 1;
constexpr int bad_input = 2;

int complain(int status, const std::string& message) {
  std::cerr << "holdfast: " << message << "\n";
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App program{"Holdfast: distance metrics that hold under perturbation, and certificates for every prediction.\n"
                   "Start with: holdfast demo"};
  program.set_version_flag("--version", std::string("holdfast ") + holdfast::version);
  program.require_subcommand(1);
  program.fallthrough();
  holdfast::app::CommonOptions common;
  program.add_flag("--json", common.json, "print one JSON object instead of text");
  program.add_flag("--quiet", common.quiet, "no progress and no notes on standard error; warnings and errors only");
  program.add_option("--threads", common.threads, "number of threads; default: all processors")->type_name("N");
  program.add_option("--seed", common.seed, "seed of all random choices")->capture_default_str()->type_name("N");
  // Before a command runs, so that it already holds in it.
  program.parse_complete_callback([&] {
    if (common.threads != 0) holdfast::set_thread_count(common.threads);
  });
  holdfast::app::add_fit(program, common);
  holdfast::app::add_predict(program, common);
  holdfast::app::add_evaluate(program, common);
  holdfast::app::add_certify(program, common);
  holdfast::app::add_transform(program, common);
  holdfast::app::add_info(program, common);
  holdfast::app::add_demo(program, common);
  try {
    holdfast::app::catch_interrupts();
    program.parse(argc, argv);
    if (!std::cout.flush()) return complain(failed, "the results could not be written to standard output");
    return done;
  } catch (const CLI::Success& help) {
    return program.exit(help);
  } catch (const CLI::ParseError& error) {
    std::string message = error.what();
    std::replace(message.begin(), message.end(), '\n', ' ');
    std::string command = "holdfast";
    for (const CLI::App* sub : program.get_subcommands()) command += " " + sub->get_name();
    return complain(bad_input, fmt::format("{} ({} --help explains the options)", message, command));
  } catch (const holdfast::InputError& error) {
    return complain(bad_input, error.what());
  } catch (const holdfast::app::Interrupted& interruption) {
    return complain(failed, interruption.message);
  } catch (const holdfast::Stopped&) {
    return complain(failed, "interrupted; nothing was written");
  } catch (const std::bad_alloc&) {
    return complain(failed, "not enough memory");
  } catch (const std::exception& error) {
    return complain(failed, fmt::format("internal error: {}", error.what()));
  }
}
