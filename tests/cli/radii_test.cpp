// certify and attack: radii by every method, witnesses, their check, several models, figures.
#include <cmath>

#include "program.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::cli {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class Radii : public InFolder {
 protected:
  static std::string output_of(const Arguments& arguments) {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(without_notes(outcome.err), "");
    return outcome.out;
  }

  static json json_output_of(Arguments arguments) {
    arguments.push_back("--json");
    return json_of(output_of(arguments));
  }

  const std::string wine = shipped("wine.csv.gz");
  const std::string iris = shipped("iris.csv.gz");
};

/// One column of a CSV file, without the header, of the lines where column `key` is `value`.
std::vector<std::string> column_of(const std::string& file, std::size_t column, std::size_t key = 0,
                                   const std::string& value = "") {
  std::vector<std::string> cells;
  const std::vector<std::string> lines = lines_of(read_file(file));
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::vector<std::string> line = cells_of(lines[i]);
    if (value.empty() || line.at(key) == value) cells.push_back(line.at(column));
  }
  return cells;
}

std::vector<double> numbers_of(const std::vector<std::string>& cells) {
  std::vector<double> numbers;
  for (const std::string& cell : cells) numbers.push_back(std::stod(cell));
  return numbers;
}

/// Iris split by every third row: a model of its training rows, and the test rows.
class RadiiOnTestRows : public Radii {
 protected:
  RadiiOnTestRows() {
    std::string train;
    std::string test;
    const std::vector<std::string> lines = lines_of(gunzipped(iris));
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (i == 0 || i % 3 != 0) train += lines[i] + "\n";
      if (i == 0 || i % 3 == 0) test += lines[i] + "\n";
    }
    file("train.csv", train);
    test_ = file("test.csv", test);
    model_ = fitted("m", {"euclidean", "--train", path("train.csv"), "--preprocess", "minmax"});
  }

  std::string test_;
  std::string model_;
};

TEST_F(RadiiOnTestRows, MethodsAreInOrderOnEveryRow) {
  const json result = json_output_of({"certify", model_, "--test", test_, "--method", "attack,exact,bound,fast",
                                      "--norm", "l2,linf", "--out", path("r.csv")});
  ASSERT_EQ(result.at("results").size(), 8u);
  EXPECT_EQ(result.at("results")[2].at("method"), "exact");
  for (const json& order : result.at("orders")) EXPECT_TRUE(order.at("holds").get<bool>());
  EXPECT_EQ(result.at("orders")[0].at("order"), "fast <= bound <= exact <= attack");
  EXPECT_EQ(result.at("orders")[1].at("order"), "fast <= bound <= exact <= attack");
  const auto fast = numbers_of(column_of(path("r.csv"), 5, 4, "fast"));
  const auto bound = numbers_of(column_of(path("r.csv"), 5, 4, "bound"));
  const auto exact = numbers_of(column_of(path("r.csv"), 5, 4, "exact"));
  const auto attack = numbers_of(column_of(path("r.csv"), 5, 4, "attack"));
  ASSERT_EQ(exact.size(), 100u);
  ASSERT_EQ(attack.size(), 100u);
  int larger = 0;
  for (std::size_t row = 0; row < 100; ++row) {
    EXPECT_LE(fast[row], bound[row]);
    EXPECT_LE(bound[row], exact[row] * (1.0 + reference::radii));
    EXPECT_LE(exact[row], attack[row] * (1.0 + reference::radii));
    EXPECT_NEAR(exact[row], attack[row], reference::attacks);
    larger += exact[row] > bound[row] * 1.0001 ? 1 : 0;
  }
  EXPECT_GT(larger, 5);
}

TEST_F(RadiiOnTestRows, TextSaysWhatEachMethodIsAndThatTheOrderHolds) {
  const std::string text =
      output_of({"certify", model_, "--test", test_, "--method", "fast,bound,exact,attack", "--histogram"});
  EXPECT_THAT(
      text, AllOf(HasSubstr("valid lower bound over the nearest rows"), HasSubstr("smallest perturbation itself"),
                  HasSubstr("an upper bound"), HasSubstr("fast <= bound <= exact <= attack on every row in l2: holds"),
                  HasSubstr("0 (wrong)"), HasSubstr(" ###")));
}

TEST_F(RadiiOnTestRows, HistogramHoldsEveryRightRow) {
  const json result = json_output_of({"certify", model_, "--test", test_}).at("results")[0];
  int count = 0;
  double last = 0.0;
  for (const json& bin : result.at("histogram")) {
    EXPECT_EQ(bin.at("from").get<double>(), last);
    last = bin.at("to").get<double>();
    count += bin.at("count").get<int>();
  }
  EXPECT_GT(count, 40);
  EXPECT_LE(count, 50);
}

TEST_F(RadiiOnTestRows, WitnessesPassTheCheck) {
  for (const std::string space : {"preprocessed", "raw"}) {
    output_of({"certify", model_, "--test", test_, "--method", "fast,bound,exact,attack", "--norm", "l2,l1,linf",
               "--space", space, "--out", path("r.csv"), "--witnesses", path("w.npy")});
    const json checked =
        json_output_of({"certify", model_, "--test", test_, "--check", path("r.csv"), "--witnesses", path("w.npy")});
    EXPECT_TRUE(checked.at("holds").get<bool>());
    ASSERT_EQ(checked.at("checked").size(), 12u);
    for (const json& entry : checked.at("checked")) {
      EXPECT_EQ(entry.at("lines"), 50);
      EXPECT_EQ(entry.at("faults"), 0);
      const std::string method = entry.at("method");
      if (method == "exact" || method == "attack") {
        EXPECT_GT(entry.at("witnesses"), 40);
      }
    }
  }
}

TEST_F(RadiiOnTestRows, TheCheckRefusesWhatDoesNotHold) {
  const Arguments check = {"certify", model_, "--test", test_, "--check", path("r.csv"), "--witnesses", path("w.npy")};
  for (const char* method : {"exact", "bound", "fast", "attack"}) {
    output_of(
        {"certify", model_, "--test", test_, "--method", method, "--out", path("r.csv"), "--witnesses", path("w.npy")});
    const std::vector<std::string> lines = lines_of(read_file(path("r.csv")));
    const auto with_radius = [&](double factor) {
      std::string text = lines[0] + "\n";
      for (std::size_t i = 1; i < lines.size(); ++i) {
        std::vector<std::string> cells = cells_of(lines[i]);
        cells.resize(cells_of(lines[0]).size());  // the last may be empty
        if (i == 8) cells[5] = std::to_string(std::stod(cells[5]) * factor);
        for (std::size_t cell = 0; cell < cells.size(); ++cell) text += (cell > 0 ? "," : "") + cells[cell];
        text += "\n";
      }
      file("r.csv", text);
    };
    const std::string name = method;
    with_radius(1.01);
    if (name == "attack") {
      output_of(check);  // a larger perturbation than needed is still an upper bound
    } else {
      EXPECT_THAT(refusal(check), AllOf(StartsWith("r.csv:9: row 7:"), HasSubstr("too large"))) << name;
    }
    with_radius(0.99);
    if (name == "attack") {
      EXPECT_THAT(refusal(check), AllOf(StartsWith("r.csv:9: row 7:"), HasSubstr("outside the radius"))) << name;
    } else {
      output_of(check);  // a smaller lower bound is still one, or the lower end of an interval
    }
  }
}

TEST_F(RadiiOnTestRows, TheCheckSaysWhatIsWrongWithItsFiles) {
  const auto checked = [&](const std::string& text) {
    return refusal({"certify", model_, "--test", test_, "--check", file("r.csv", text)});
  };
  const std::string header = "row,label,predicted,norm,method,radius\n";
  EXPECT_THAT(checked("row,label\n"), HasSubstr("r.csv:1:1: has no column \"predicted\""));
  EXPECT_THAT(checked(header), HasSubstr("holds no radii"));
  EXPECT_EQ(checked(header + "50,setosa,setosa,l2,bound,0.1\n"),
            "r.csv:2:1: \"50\" is no row of the test data, which has rows 0 to 49");
  EXPECT_EQ(checked(header + "0,setosa,setosa,l2,bound,-1\n"),
            "r.csv:2:6: \"-1\" is not a radius; it must be a number of at least 0, or inf");
  EXPECT_EQ(checked(header + "0,setosa,rose,l2,bound,0.1\n"), "r.csv:2: the model has no class \"rose\"");
  EXPECT_EQ(checked(header + "0,setosa,setosa,l7,bound,0.1\n"), "r.csv:2: norm \"l7\": must be l2, l1 or linf");
  EXPECT_EQ(checked(header + "0,setosa,setosa,l2,guess,0.1\n"),
            "r.csv:2: method \"guess\": must be fast, bound, exact or attack");
  EXPECT_THAT(checked(header + "0,setosa,virginica,l2,bound,0.1\n"), HasSubstr("predicts another class"));
  EXPECT_THAT(checked(header + "0,setosa,setosa,l2,bound\n"), HasSubstr("r.csv:2:6: the line has 5 fields"));
}

TEST_F(RadiiOnTestRows, TheCheckSaysWhatItCouldNotVerify) {
  output_of({"certify", model_, "--test", test_, "-k", "3", "--norm", "l2,linf", "--method", "bound,exact", "--out",
             path("r.csv"), "--witnesses", path("w.npy")});
  const Arguments check = {"certify", model_, "--test", test_, "-k", "3", "--check", path("r.csv")};
  Arguments with = check;
  with.insert(with.end(), {"--witnesses", path("w.npy")});
  const std::vector<std::string> bounds = column_of(path("r.csv"), 5, 4, "bound");
  const std::vector<std::string> exact = column_of(path("r.csv"), 5, 4, "exact");
  int open = 0;  // in both norms
  for (std::size_t at = 0; at < exact.size(); ++at) {
    open += std::stod(bounds[at]) < std::stod(exact[at]) * (1.0 - reference::slight_fault) ? 1 : 0;
  }
  EXPECT_GT(open, 50);
  Arguments json_with = with;
  json_with.emplace_back("--json");
  const json checked = json_of(run(json_with).out).at("checked");
  ASSERT_EQ(checked.size(), 4u);
  EXPECT_EQ(checked[1].at("method"), "exact");
  EXPECT_EQ(checked[1].at("lower_open").get<int>() + checked[3].at("lower_open").get<int>(), open);
  EXPECT_EQ(checked[1].at("upper_open"), 0);
  EXPECT_EQ(checked[0].at("lower_open"), 0);
  EXPECT_THAT(output_of(with), AllOf(HasSubstr("lower ends not verified"), HasSubstr("need a new search")));
  EXPECT_THAT(output_of(check), AllOf(HasSubstr("upper ends not verified"), HasSubstr("which --witnesses gives")));
}

TEST_F(RadiiOnTestRows, SeveralModelsAreComparedInOneTable) {
  const std::string other =
      fitted("p", {"lmnn", "--perturbation", "auto", "--train", path("train.csv"), "--preprocess", "minmax"});
  const Arguments both = {"certify", model_, other, "--test", test_, "-k", "3", "--out", path("r.csv"), "--eps", "0.1"};
  const std::string text = output_of(both);
  EXPECT_THAT(text, AllOf(HasSubstr(model_), HasSubstr(other), HasSubstr("accuracy")));
  const json models = json_output_of(both).at("models");
  ASSERT_EQ(models.size(), 2u);
  EXPECT_EQ(models[0].at("model"), model_);
  const json alone = json_output_of({"certify", other, "--test", test_, "-k", "3"});
  EXPECT_EQ(models[1].at("results")[0].at("mean_radius"), alone.at("results")[0].at("mean_radius"));
  EXPECT_THAT(lines_of(read_file(path("r.csv"))).front(), testing::EndsWith(",model"));
  EXPECT_EQ(column_of(path("r.csv"), 5, 8, other).size(), 50u);
  // The lines of one model out of such a file.
  EXPECT_TRUE(
      json_output_of({"certify", other, "--test", test_, "-k", "3", "--check", path("r.csv")}).at("holds").get<bool>());
}

TEST_F(RadiiOnTestRows, ModelsOfOtherUnitsDoNotCompareWithoutAWarning) {
  const std::string other = fitted("s", {"euclidean", "--train", path("train.csv"), "--preprocess", "standardize"});
  EXPECT_THAT(run({"certify", model_, other, "--test", test_}).err, HasSubstr("use --space raw"));
  EXPECT_EQ(run({"certify", model_, other, "--test", test_, "--space", "raw"}).err, "");
}

TEST_F(RadiiOnTestRows, CurveFallsFromTheAccuracyToZero) {
  const json result = json_output_of({"certify", model_, "--test", test_, "--curve", path("c.csv")});
  const auto eps = numbers_of(column_of(path("c.csv"), 3));
  const auto accuracy = numbers_of(column_of(path("c.csv"), 4));
  ASSERT_EQ(eps.size(), 201u);
  EXPECT_EQ(eps.front(), 0.0);
  EXPECT_EQ(accuracy.front(), result.at("accuracy"));
  EXPECT_EQ(accuracy.back(), 0.0);
  for (std::size_t i = 1; i < accuracy.size(); ++i) EXPECT_LE(accuracy[i], accuracy[i - 1]);
}

TEST_F(RadiiOnTestRows, PlotDrawsAFigure) {
  const Outcome outcome = run({"certify", model_, "--test", test_, "--norm", "l2,linf", "--plot", path("f.svg")});
  if (outcome.status == 2) {
    EXPECT_THAT(outcome.err, HasSubstr("needs the program gnuplot"));
    GTEST_SKIP() << "gnuplot is not installed";
  }
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(read_file(path("f.svg")),
              AllOf(HasSubstr("<svg"), HasSubstr("fraction of rows"), HasSubstr("linf"), HasSubstr("</svg>")));
}

TEST_F(RadiiOnTestRows, AnEllipsoidOfEqualAxesIsL2) {
  file("ones.csv", "4,4,4,4\n");
  const json result =
      json_output_of({"certify", model_, "--test", test_, "--method", "bound,exact,attack", "--norm",
                      "l2,ellipsoid:" + path("ones.csv"), "--out", path("r.csv"), "--witnesses", path("w.npy")});
  ASSERT_EQ(result.at("results").size(), 6u);
  EXPECT_EQ(result.at("results")[3].at("norm"), "ellipsoid");
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(result.at("results")[3 + i].at("mean_radius"),
                2.0 * result.at("results")[i].at("mean_radius").get<double>(), reference::attacks);
  }
  EXPECT_TRUE(json_output_of({"certify", model_, "--test", test_, "--check", path("r.csv"), "--witnesses",
                              path("w.npy"), "--norm", "ellipsoid:" + path("ones.csv")})
                  .at("holds")
                  .get<bool>());
}

TEST_F(RadiiOnTestRows, ABoxHoldsPerturbedRows) {
  const Arguments boxed = {"certify", model_,     "--test", test_,   "--space",     "raw",         "--box",
                           "0,8",     "--method", "exact",  "--out", path("r.csv"), "--witnesses", path("w.npy")};
  output_of(boxed);
  EXPECT_TRUE(json_output_of({"certify", model_, "--test", test_, "--box", "0,8", "--check", path("r.csv"),
                              "--witnesses", path("w.npy")})
                  .at("holds")
                  .get<bool>());
}

TEST_F(RadiiOnTestRows, AttackWritesWhatItFound) {
  const json result = json_output_of({"attack", model_, "--test", test_, "-k", "3", "--norm", "l2,linf", "--out",
                                      path("a.csv"), "--rows", path("a.npy")});
  EXPECT_EQ(result.at("n"), 50);
  EXPECT_EQ(result.at("k"), 3);
  ASSERT_EQ(result.at("results").size(), 2u);
  for (const json& norm : result.at("results")) {
    EXPECT_EQ(norm.at("changed"), result.at("right"));
    EXPECT_TRUE(norm.at("order_holds").get<bool>());
    EXPECT_GE(norm.at("mean_radius").get<double>(), norm.at("mean_radius_bound").get<double>());
  }
  const std::vector<std::string> lines = lines_of(read_file(path("a.csv")));
  EXPECT_THAT(lines[0], StartsWith("row,label,predicted,norm,radius,adversarial_label"));
  ASSERT_EQ(lines.size(), 101u);
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::vector<std::string> cells = cells_of(lines[i]);
    if (cells[1] != cells[2]) {
      EXPECT_EQ(cells[4], "0");
      continue;
    }
    EXPECT_NE(cells[5], cells[2]);
    EXPECT_GT(std::stod(cells[4]), 0.0);
  }
  EXPECT_TRUE(json_output_of({"certify", model_, "--test", test_, "-k", "3", "--check", path("a.csv"), "--witnesses",
                              path("a.npy")})
                  .at("holds")
                  .get<bool>());
  EXPECT_THAT(output_of({"attack", model_, "--test", test_}),
              HasSubstr("bound <= exact <= attack on every row in l2: holds"));
}

TEST_F(RadiiOnTestRows, AdversarialRowsAreMisclassifiedWhenReadBack) {
  // The rows in raw units, through the program's front door.
  output_of({"attack", model_, "--test", test_, "--space", "raw", "--out", path("a.csv"), "--rows", path("a.npy")});
  output_of({"predict", model_, "--data", path("a.npy"), "--label", "none", "-k", "1", "--out", path("p.csv")});
  const auto label = column_of(path("a.csv"), 1);
  const auto found = column_of(path("a.csv"), 5);
  const auto predicted = column_of(path("p.csv"), 1);
  for (std::size_t row = 0; row < label.size(); ++row) {
    EXPECT_EQ(predicted[row], found[row]);
    EXPECT_NE(predicted[row], label[row]);
  }
}

TEST_F(Radii, WhatNothingCanChangeHasAnInfiniteRadius) {
  // One row of b never has a majority of three: k = n.
  const std::string data = file("one.csv", "1,2,a\n2,1,a\n3,4,b\n");
  const std::string model = fitted("m", {"euclidean", "--train", data});
  const std::string test = file("test.csv", "1,2,a\n2,2,a\n");
  output_of({"certify", model, "--test", test, "-k", "3", "--method", "fast,bound,attack", "--out", path("r.csv"),
             "--witnesses", path("w.npy")});
  for (const std::string& radius : column_of(path("r.csv"), 5)) EXPECT_EQ(radius, "inf");
  EXPECT_TRUE(json_output_of(
                  {"certify", model, "--test", test, "-k", "3", "--check", path("r.csv"), "--witnesses", path("w.npy")})
                  .at("holds")
                  .get<bool>());
  const json attacked = json_output_of({"attack", model, "--test", test, "-k", "3"});
  EXPECT_EQ(attacked.at("results")[0].at("changed"), 0);
  EXPECT_EQ(attacked.at("right"), 2);
}

TEST_F(Radii, DuplicatesWithDifferentLabelsHaveRadiusZero) {
  const std::string data = file("twice.csv", "0,0,a\n0,0,b\n9,9,b\n");
  const std::string model = fitted("m", {"euclidean", "--train", data, "--preprocess", "none"});
  const std::string test = file("test.csv", "0,0,a\n1,0,a\n");
  output_of({"certify", model, "--test", test, "--method", "bound,exact,attack", "--out", path("r.csv")});
  for (const std::string& radius : column_of(path("r.csv"), 5, 4, "bound")) EXPECT_EQ(radius, "0");
  for (const std::string& radius : column_of(path("r.csv"), 5, 4, "exact")) EXPECT_EQ(radius, "0");
  for (const std::string& radius : column_of(path("r.csv"), 5, 4, "attack")) EXPECT_GT(std::stod(radius), 1.0);
}

}  // namespace
}  // namespace holdfast::cli
