#include "spelling.hpp"

#include <algorithm>
#include <cctype>

namespace holdfast::app {
namespace {

const CLI::App* all_options = nullptr;

bool is_positional(const CLI::App& command, std::string name) {
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::toupper(c); });
  const CLI::Option* option = command.get_option_no_throw(name);
  return option != nullptr && option->get_positional();
}

}  // namespace

void use_options_of(const CLI::App& program) {
  all_options = &program;
}

std::string spell_option(std::string_view name, std::string_view value) {
  if (all_options == nullptr) return {};
  for (const CLI::App* command : all_options->get_subcommands()) {
    if (is_positional(*command, std::string(name))) return {};
  }
  const auto commands = all_options->get_subcommands({});
  for (const char* dashes : {"--", "-"}) {
    const std::string spelled = dashes + std::string(name);
    const bool exists = std::any_of(commands.begin(), commands.end(), [&](const CLI::App* command) {
      return command->get_option_no_throw(spelled) != nullptr;
    });
    if (exists) return value.empty() ? spelled : spelled + " " + std::string(value);
  }
  return {};
}

}  // namespace holdfast::app
