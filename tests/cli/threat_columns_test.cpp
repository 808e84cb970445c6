// Threats by column: --frozen, --perturb, --flip and --box FILE of certify, attack and predict.
#include <cmath>

#include "program.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::cli {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

/// A table of age, colour, member, height and the label y, and a model of it.
class ThreatColumns : public InFolder {
 protected:
  ThreatColumns() {
    const std::vector<std::string> colours = {"red", "green", "blue"};
    for (const auto& [name, first] : {std::pair{"train.csv", 0}, std::pair{"test.csv", 1000}}) {
      std::string text = "age,colour,member,height,y\n";
      for (int i = first; i < first + 80; ++i) {
        const double age = 20.0 + (i * 37) % 50;
        const double height = 150.0 + (i * 53) % 47;
        const bool old = age + 0.3 * height + 8.0 * (i % 3) > 105.0;
        text += std::to_string(age) + "," + colours[static_cast<std::size_t>(i % 3)] + "," +
                (i % 5 == 0 ? "yes" : "no") + "," + std::to_string(height) + "," + (old ? "old" : "young") + "\n";
      }
      file(name, text);
    }
    model_ =
        fitted("model", {"euclidean", "--train", path("train.csv"), "--label", "y", "--preprocess", "standardize"});
  }

  [[nodiscard]] Arguments certify(const Arguments& more) const {
    Arguments arguments = {"certify", model_, "--test", path("test.csv")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  [[nodiscard]] json results(Arguments more) const {
    more.emplace_back("--json");
    return json_of(run(certify(more)).out);
  }
  [[nodiscard]] double accuracy_at(const Arguments& more, double eps) const {
    Arguments arguments = more;
    arguments.insert(arguments.end(), {"--eps", std::to_string(eps)});
    return results(arguments)["results"][0]["certified_accuracy"][0]["accuracy"].get<double>();
  }

  std::string model_;
};

TEST_F(ThreatColumns, CategoriesStayAsTheyAreAndTheOutputSaysSo) {
  EXPECT_THAT(run(certify({})).out, HasSubstr("columns that stay as they are: colour, member\n"));
  EXPECT_THAT(results({})["frozen"].get<std::vector<std::string>>(), ElementsAre("colour", "member"));
  EXPECT_THAT(run({"attack", model_, "--test", path("test.csv")}).out,
              HasSubstr("columns that stay as they are: colour, member\n"));
  const json all = results({"--perturb", "*"});
  EXPECT_FALSE(all.contains("frozen"));
  EXPECT_LT(all["results"][0]["mean_radius"].get<double>(), results({})["results"][0]["mean_radius"].get<double>());
}

TEST_F(ThreatColumns, FewerColumnsToPerturbLeaveLargerRadii) {
  for (const char* method : {"bound", "exact"}) {
    const double all = accuracy_at({"--method", method}, 0.2);
    const double height = accuracy_at({"--method", method, "--frozen", "age"}, 0.2);
    EXPECT_GT(height, all);
    EXPECT_EQ(accuracy_at({"--method", method, "--perturb", "height"}, 0.2), height);
  }
  EXPECT_EQ(accuracy_at({"--frozen", "age,height"}, 1e9), results({})["accuracy"].get<double>());
}

TEST_F(ThreatColumns, FlipsAreFoundWrittenAndChecked) {
  const Arguments threat = {"-k", "3", "--norm", "l2,linf", "--flip", "colour,member"};
  Arguments write = threat;
  write.insert(write.end(), {"--method", "bound,exact,attack", "--out", path("r.csv"), "--witnesses", path("w.npy")});
  EXPECT_THAT(run(certify(write)).out,
              AllOf(HasSubstr("columns that may take any of their values: colour (3), member (2)\n"),
                    HasSubstr("bound <= exact <= attack on every row in linf: holds\n")));
  Arguments check = threat;
  check.insert(check.end(), {"--check", path("r.csv"), "--witnesses", path("w.npy")});
  const Outcome checked = run(certify(check));
  EXPECT_EQ(checked.status, 0) << checked.err;
  EXPECT_THAT(
      refusal(certify({"-k", "3", "--norm", "l2,linf", "--check", path("r.csv"), "--witnesses", path("w.npy")})),
      HasSubstr("the witness changes a column that the threat leaves as it is"));
  EXPECT_THAT(run(certify({"--flip", "colour", "--poisoning"})).out, HasSubstr("insertions"));
  EXPECT_LT(accuracy_at({"--flip", "colour", "-k", "3"}, 0.0), accuracy_at({"-k", "3"}, 0.0));
}

TEST_F(ThreatColumns, ABoxComesFromAFile) {
  const std::string box = file("box.csv", "column,lower,upper\nage,20,\nheight,,200\n");
  const Arguments raw = {"--space", "raw", "--method", "exact"};
  const auto with = [&](const Arguments& more) {
    Arguments all = raw;
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  EXPECT_GE(accuracy_at(with({"--box", box}), 3.0), accuracy_at(raw, 3.0));
  // Ages below 20 are the only way to change some predictions.
  const std::string tight = file("tight.csv", "lower,upper,column\n20,69.5,#1\n150,196.5,height\n");
  EXPECT_GT(results(with({"--box", tight}))["results"][0]["median_radius"].get<double>(),
            results(raw)["results"][0]["median_radius"].get<double>() * (1.0 - reference::radii));
  const auto error_of = [&](const std::string& text) {
    const std::string bad = file("bad.csv", text);
    return refusal(certify(with({"--box", bad})));
  };
  EXPECT_THAT(error_of("name,lower,upper\nage,1,2\n"), HasSubstr("bad.csv:1:1: has no column \"column\""));
  EXPECT_THAT(error_of("column,lower,upper\nage,x,2\n"), HasSubstr("bad.csv:2:2: \"x\" is no limit"));
  EXPECT_THAT(error_of("column,lower,upper\nage,3,2\n"), HasSubstr("the lower limit 3 is not below the upper one, 2"));
  EXPECT_THAT(error_of("column,lower,upper\nage,3\n"), HasSubstr("bad.csv:2:3: the line has 2 fields"));
  EXPECT_THAT(error_of("column,lower,upper\nweight,3,4\n"),
              HasSubstr("bad.csv:2: box \"weight\": the table has 5 columns"));
  EXPECT_THAT(error_of("column,lower,upper\n"), HasSubstr("has no limits"));
  EXPECT_THAT(error_of(""), HasSubstr("is empty"));
  EXPECT_THAT(refusal(certify({"--box", "nowhere.csv"})),
              HasSubstr("or a csv file with the columns column,lower,upper"));
}

TEST_F(ThreatColumns, WhatCannotBeMeantIsRefused) {
  EXPECT_THAT(refusal(certify({"--frozen", "size"})), HasSubstr("--frozen \"size\": the table has 5 columns"));
  EXPECT_THAT(refusal(certify({"--frozen", "y"})), HasSubstr("is no feature of the model"));
  EXPECT_THAT(refusal(certify({"--frozen", "age", "--perturb", "height"})), HasSubstr("give one of the two"));
  EXPECT_THAT(refusal(certify({"--flip", "age"})), HasSubstr("among the --categorical ones"));
  EXPECT_THAT(refusal(certify({"--flip", "colour", "--retrieval"})), HasSubstr("without columns that flip"));
  const std::string pairs = file("pairs.csv", "first,second,label\n0,1,1\n");
  EXPECT_THAT(refusal(certify({"--frozen", "age", "--test-pairs", pairs})),
              HasSubstr("decisions on pairs are certified with all columns free"));
}

TEST_F(ThreatColumns, AProjectionMixesColumnsUnlessUnitsAreRaw) {
  const std::string projected =
      fitted("pca", {"euclidean", "--train", path("train.csv"), "--label", "y", "--preprocess", "standardize,pca:2"});
  EXPECT_THAT(run({"certify", projected, "--test", path("test.csv")}).err,
              HasSubstr("columns of categories take part in perturbations"));
  EXPECT_THAT(refusal({"certify", projected, "--test", path("test.csv"), "--frozen", "age"}),
              HasSubstr("use --space raw"));
  EXPECT_THAT(run({"certify", projected, "--test", path("test.csv"), "--frozen", "age", "--space", "raw"}).out,
              HasSubstr("columns that stay as they are: age, colour, member\n"));
  // The check takes the space from the file.
  const Arguments radii = {"certify", projected, "--test", path("test.csv"), "--frozen", "age"};
  Arguments write = radii;
  write.insert(write.end(), {"--space", "raw", "--out", path("raw.csv")});
  EXPECT_EQ(run(write).status, 0);
  Arguments check = radii;
  check.insert(check.end(), {"--check", path("raw.csv")});
  const Outcome checked = run(check);
  EXPECT_EQ(checked.status, 0) << checked.err;
}

TEST_F(ThreatColumns, RetrievalLeavesColumnsAsTheyAre) {
  const auto relevant = [&](const Arguments& more) {
    Arguments arguments = {"--retrieval", "--eps", "0.05"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return results(arguments);
  };
  EXPECT_THAT(relevant({})["frozen"].get<std::vector<std::string>>(), ElementsAre("colour", "member"));
  EXPECT_GE(relevant({"--frozen", "age"})["results"][0]["median_radius"].get<double>(),
            relevant({})["results"][0]["median_radius"].get<double>());
}

TEST_F(ThreatColumns, PredictTakesThreatsAndMethods) {
  const auto lines = [&](const Arguments& more) {
    Arguments arguments = {"predict", model_, "--data", path("test.csv"), "--certify"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return lines_of(run(arguments).out);
  };
  EXPECT_EQ(lines({})[0], "row,predicted,radius,norm,space");
  EXPECT_EQ(lines({"--method", "exact"})[0], "row,predicted,radius,upper,norm,space");
  const auto total = [&](const Arguments& more) {
    double sum = 0.0;
    const auto all = lines(more);
    for (std::size_t i = 1; i < all.size(); ++i) sum += std::stod(cells_of(all[i])[2]);
    return sum;
  };
  EXPECT_GT(total({"--method", "exact"}), total({"--method", "bound"}));
  EXPECT_LT(total({"--method", "exact", "--flip", "colour"}), total({"--method", "exact"}));
  EXPECT_THAT(
      run({"predict", model_, "--data", path("test.csv"), "--certify", "--method", "exact", "--out", path("p.csv")})
          .out,
      AllOf(HasSubstr("radii: l2 norm, preprocessed units (standardize), exact\n"),
            HasSubstr("columns that stay as they are: colour, member")));
  EXPECT_THAT(refusal({"predict", model_, "--data", path("test.csv"), "--certify", "--norm", "l2,l1"}),
              HasSubstr("one norm"));
  EXPECT_THAT(run({"predict", model_, "--data", path("test.csv"), "--method", "exact"}).err,
              HasSubstr("--method has no effect without --certify"));
}

}  // namespace
}  // namespace holdfast::cli
