// Files as people have them (tests/cases): the commands of expected.txt say what that file says they do.
#include <fstream>
#include <map>
#include <regex>
#include <sstream>

#include "program.hpp"

namespace holdfast::cli {
namespace {

const std::string cases = HOLDFAST_SOURCE_DIR "/tests/cases/";

/// A command with what is right for it.
struct Case {
  std::string command;
  int status = 0;
  std::vector<std::string> err;  ///< all lines of standard error
  std::vector<std::string> out;  ///< lines that standard output has, in this order
};

/// The cases of expected.txt by section.
std::map<std::string, std::vector<Case>> read_cases() {
  std::map<std::string, std::vector<Case>> sections;
  std::string section;
  std::ifstream file(cases + "expected.txt");
  for (std::string line; std::getline(file, line);) {
    const std::string text = line.substr(std::min(line.find(' ') + 1, line.size()));
    if (line.starts_with("## ")) {
      section = text;
    } else if (line.starts_with("> ")) {
      sections[section].push_back({.command = text});
    } else if (line.starts_with("status ")) {
      sections[section].back().status = std::stoi(text);
    } else if (line.starts_with("err ")) {
      sections[section].back().err.push_back(text);
    } else if (line.starts_with("out ")) {
      sections[section].back().out.push_back(text);
    } else if (!line.empty() && !line.starts_with("# ")) {
      ADD_FAILURE() << "expected.txt: " << line;
    }
  }
  return sections;
}

/// Splits at blanks outside of single quotes.
Arguments words_of(const std::string& command) {
  Arguments words;
  static const std::regex word("'([^']*)'|(\\S+)");
  for (std::sregex_iterator match(command.begin(), command.end(), word), end; match != end; ++match) {
    words.push_back((*match)[1].matched ? (*match)[1].str() : (*match)[2].str());
  }
  return words;
}

std::string without(std::string text, const std::string& part, const std::string& instead = "") {
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part)) {
    text.replace(at, part.size(), instead);
  }
  return text;
}

class Cases : public InFolder, public testing::WithParamInterface<std::pair<const std::string, std::vector<Case>>> {
 protected:
  void expect_as_right(const Case& right) const {
    Arguments arguments = words_of(right.command);
    const std::string model = path("MODEL");
    for (std::string& word : arguments) {
      if (word == "MODEL") word = model;
      if (std::filesystem::is_regular_file(cases + word)) word.insert(0, cases);
    }
    const Outcome outcome = run(arguments);
    const auto plain = [&](const std::string& text) { return lines_of(without(without(text, cases), model, "MODEL")); };
    EXPECT_EQ(outcome.status, right.status);
    std::vector<std::string> err = plain(outcome.err);
    for (std::string& line : err) line = without(line, "holdfast: ");
    EXPECT_EQ(err, right.err);
    std::vector<std::string> out;
    for (const std::string& line : plain(outcome.out)) {
      const std::string single = std::regex_replace(line, std::regex(" +"), " ");
      if (out.size() < right.out.size() && single == right.out[out.size()]) out.push_back(single);
    }
    EXPECT_EQ(out, right.out) << outcome.out;
  }
};

TEST_P(Cases, DoWhatIsRight) {
  for (const Case& right : GetParam().second) {
    SCOPED_TRACE(right.command);
    expect_as_right(right);
  }
}

INSTANTIATE_TEST_SUITE_P(Of, Cases, testing::ValuesIn(read_cases()), [](const auto& section) {
  return std::regex_replace(section.param.first, std::regex("[^A-Za-z]"), "");
});

}  // namespace
}  // namespace holdfast::cli
