// Data files that are wrong: one line that says where and what would be right, status 2, nothing written.
#include <cmath>

#include "program.hpp"

namespace holdfast::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class BadInput : public InFolder {
 protected:
  /// What fit says on a file with this content.
  std::string fit_refusal(const std::string& name, std::string_view content, const Arguments& more = {}) const {
    Arguments arguments = {"fit", "lmnn", "--train", file(name, content), "--out", path("m")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return refusal(arguments);
  }

  const std::string iris = shipped("iris.csv.gz");
};

TEST_F(BadInput, MissingFile) {
  EXPECT_EQ(refusal({"fit", "lmnn", "--train", path("no.csv"), "--out", path("m")}),
            "no.csv: no such file; check its name and folder");
}

TEST_F(BadInput, Folder) {
  std::filesystem::create_directory(path("d.csv"));
  EXPECT_EQ(refusal({"fit", "lmnn", "--train", path("d.csv"), "--out", path("m")}),
            "d.csv: is a folder; give the name of a file in it");
}

TEST_F(BadInput, EmptyFile) {
  EXPECT_EQ(fit_refusal("t.csv", ""), "t.csv: the file is empty; it must hold at least one row");
}

TEST_F(BadInput, HeaderOnly) {
  EXPECT_EQ(fit_refusal("t.csv", "a,b,class\n"), "t.csv: has a header but no rows; it must hold at least one row");
}

TEST_F(BadInput, RaggedRow) {
  EXPECT_EQ(fit_refusal("t.csv", "a,b,class\n1,2,x\n3,4\n"),
            "t.csv:3:3: the row has 2 fields where 3 are expected; every row must have as many fields as the first");
}

TEST_F(BadInput, CellThatIsNoNumber) {
  EXPECT_EQ(fit_refusal("t.csv", "a,b,class\n1,2,x\n3,hello,y\n"),
            "t.csv:3:2: \"hello\" is not a number; every feature cell must be a decimal number");
}

TEST_F(BadInput, NaN) {
  EXPECT_EQ(
      fit_refusal("t.csv", "a,b,class\n1,2,x\nnan,4,y\n"),
      "t.csv:3:1: the value is NaN; leave such rows out with --missing drop, or fill such cells in with --missing "
      "impute");
  EXPECT_THAT(fit_refusal("t.npy", as_npy(2, 2, {0, 1, std::nan(""), 3}), {"--labels", file("l.txt", "1\n2\n")}),
              testing::AllOf(StartsWith("t.npy"), HasSubstr("NaN")));
}

TEST_F(BadInput, Infinity) {
  EXPECT_EQ(fit_refusal("t.csv", "a,b,class\n1,2,x\n3,inf,y\n"),
            "t.csv:3:2: \"inf\" is not finite; every feature must be a finite number");
}

TEST_F(BadInput, OneClass) {
  for (const char* method : {"euclidean", "lmnn"}) {
    EXPECT_EQ(refusal({"fit", method, "--train", file("t.csv", "1,2,x\n3,4,x\n"), "--out", path("m")}),
              "t.csv: all 2 rows have the label \"x\"; a classifier needs rows of two classes or more; check that the "
              "label column is the right one (--label NAME)");
  }
}

TEST_F(BadInput, EveryClassOfOneRow) {
  EXPECT_THAT(
      fit_refusal("t.csv", "1,2,x\n3,4,y\n"),
      HasSubstr("every class has a single row: a metric is learned from classes of two rows or more; check that "
                "the label column is the right one"));
}

TEST_F(BadInput, EmptyLabel) {
  EXPECT_EQ(
      fit_refusal("t.csv", "1,2,x\n3,4,\n"),
      "t.csv:2:3: the label is empty; name the label column if it is another (--label first, or --label NAME), give "
      "every row a label, or leave such rows out with --missing drop (--label none if there are none)");
}

TEST_F(BadInput, LabelsAreNeeded) {
  EXPECT_EQ(fit_refusal("t.csv", "1,2\n3,4\n", {"--label", "none"}),
            "t.csv: has no labels, which are needed to learn a metric; name the label column (--label NAME) or give a "
            "label file (--labels FILE)");
}

TEST_F(BadInput, PredictionsAreJudgedByLabels) {
  const std::string model = fitted("m", {"euclidean", "--train", file("t.csv", "a,b,y\n1,2,u\n3,4,v\n5,6,u\n7,9,v\n")});
  EXPECT_THAT(
      refusal({"evaluate", model, "--test", file("x.csv", "a,b\n1,2\n"), "-k", "1"}),
      HasSubstr("x.csv: has no labels, which are needed to be compared with predictions; name the label column"));
}

TEST_F(BadInput, LabelColumnMissing) {
  EXPECT_EQ(fit_refusal("t.csv", "a,b,class\n1,2,x\n3,4,y\n", {"--label", "kind"}),
            "t.csv: has no column \"kind\"; its columns are \"a\", \"b\", \"class\"");
}

TEST_F(BadInput, LabelFileOfAnotherLength) {
  EXPECT_EQ(fit_refusal("t.npy", as_npy(2, 2, {0, 1, 2, 3}), {"--labels", file("l.txt", "1\n2\n3\n")}),
            "l.txt: holds 3 labels for the 2 rows of t.npy; give one label per row");
}

TEST_F(BadInput, LabelColumnAndLabelFile) {
  EXPECT_EQ(fit_refusal("t.csv", "a,b\n1,2\n", {"--label", "b", "--labels", file("l.txt", "1\n")}),
            "t.csv: the labels are to come from column \"b\" and from l.txt; give one of --label and --labels");
}

TEST_F(BadInput, FewerRowsThanK) {
  const std::string data = file("t.csv", "1,2,x\n3,4,y\n");
  const std::string model = fitted("m", {"euclidean", "--train", data});
  const std::string expected = "-k 3: must be at most 2, the number of reference rows of the model";
  EXPECT_EQ(refusal({"predict", model, "--data", data}), expected);
  const std::string other = file("o.csv", "1,2,x\n3,5,y\n");
  EXPECT_EQ(refusal({"evaluate", model, "--test", other}), expected);
  EXPECT_EQ(refusal({"certify", model, "--test", other, "-k", "3", "--out", path("c.csv")}), expected);
}

TEST_F(BadInput, OtherNumberOfColumnsThanTheModel) {
  const std::string model = fitted("m", {"euclidean", "--train", iris});
  const std::string data = file("q.csv", "1,2,setosa\n3,4,setosa\n");
  const std::string rest =
      " feature columns; the model was trained on 4; give the same columns in the same order (--label names the label "
      "column, --label none says that there is none)";
  EXPECT_EQ(refusal({"evaluate", model, "--test", data}), "q.csv: has 2" + rest);
  EXPECT_EQ(refusal({"certify", model, "--test", data, "--out", path("c.csv")}), "q.csv: has 2" + rest);
  // Here no column needs to be the label.
  EXPECT_EQ(refusal({"predict", model, "--data", data, "--out", path("p.csv")}), "q.csv: has 3" + rest);
  EXPECT_EQ(refusal({"transform", model, "--data", data, "--out", path("x.npy")}), "q.csv: has 3" + rest);
}

TEST_F(BadInput, OtherColumnNamesThanTheModel) {
  const std::string model = fitted("m", {"euclidean", "--train", iris});
  const std::string data = file("q.csv", "sepal_length,sepal_width,petal_width,petal_size,class\n5,3,1,1,setosa\n");
  EXPECT_EQ(refusal({"evaluate", model, "--test", data}),
            "q.csv: has no column \"petal_length\", which the model needs; its columns are \"sepal_length\", "
            "\"sepal_width\", \"petal_width\", \"petal_size\", \"class\"");
}

TEST_F(BadInput, UnknownLabelInTestData) {
  const std::string model = fitted("m", {"euclidean", "--train", iris});
  const std::string data = file("q.csv", "5,3,1,1,setosa\n5,3,1,1,rosa\n");
  for (const char* command : {"certify", "attack"}) {
    EXPECT_THAT(refusal({command, model, "--test", data}),
                testing::AllOf(StartsWith("q.csv: row 1"),
                               HasSubstr("has the label \"rosa\", which the model does not know (it knows setosa, "
                                         "versicolor, virginica); check that the label column is the right one")));
  }
}

TEST_F(BadInput, GzThatIsNotGzip) {
  EXPECT_EQ(fit_refusal("t.csv.gz", "1,2,x\n3,4,y\n"),
            "t.csv.gz: is not gzip data, though its name ends in .gz; compress it with gzip or take .gz off its name");
}

TEST_F(BadInput, GzThatIsCutShort) {
  EXPECT_EQ(fit_refusal("t.csv.gz", read_file(iris).substr(0, 500)),
            "t.csv.gz: the gzip data end too early (the file is cut short); copy or download the file again");
}

TEST_F(BadInput, LibsvmIndicesOutOfOrder) {
  EXPECT_EQ(fit_refusal("t.libsvm", "1 1:2 3:4\n2 3:4 2:5\n"),
            "t.libsvm:2:7: index 2 follows 3; indices must rise within a row");
  EXPECT_EQ(fit_refusal("t.libsvm", "1 -1:2\n2 3:4\n"), "t.libsvm:1:3: index -1 is negative; indices begin at 0 or 1");
}

TEST_F(BadInput, LibsvmIndexOfManyGigabytes) {
  EXPECT_THAT(fit_refusal("t.libsvm", "1 1:2\n2 9000000000000:5\n"), StartsWith("t.libsvm"));
}

TEST_F(BadInput, LibsvmWiderThanTheModel) {
  const std::string model = fitted("m", {"euclidean", "--train", file("t.libsvm", "1 1:2\n2 2:5\n")});
  EXPECT_THAT(refusal({"predict", model, "--data", file("q.libsvm", "1 3:5\n"), "-k", "1"}), StartsWith("q.libsvm"));
}

TEST_F(BadInput, IdxWithALyingHeader) {
  EXPECT_EQ(fit_refusal("t.idx", idx_header({60000, 28, 28}) + "abc"),
            "t.idx: its header claims 47040000 bytes of data, but 3 follow; the file is cut short, write it again");
  EXPECT_THAT(fit_refusal("t.idx.gz", as_gzip(idx_header({4000000000U, 4000000000U, 4000000000U}) + "abc")),
              StartsWith("t.idx.gz: "));
  EXPECT_THAT(fit_refusal("t.idx", "\x12\x34\x56\x78 is no idx file"), StartsWith("t.idx: is not an idx file"));
}

TEST_F(BadInput, NpyOfOneKilobyteThatClaimsTwoGigabytes) {
  EXPECT_EQ(fit_refusal("t.npy", npy_header("(16384, 16384)") + std::string(900, 'x')),
            "t.npy: its header claims 2147483648 bytes of data, but 900 follow; the file is cut short, write it again");
  EXPECT_THAT(fit_refusal("t.npy.gz", as_gzip(npy_header("(16384, 16384)") + std::string(900, 'x'))),
              StartsWith("t.npy.gz: "));
}

TEST_F(BadInput, UnknownExtension) {
  EXPECT_EQ(fit_refusal("t.foo", "1,2,x\n"),
            "t.foo: its name does not tell its format; give --format (csv, tsv, libsvm, npy, npz, idx, cifar or "
            "cifar100), or use one "
            "of the extensions .csv, .tsv, .libsvm, .npy, .npz, .idx, .bin (each also with .gz)");
}

TEST_F(BadInput, WrongFormatOption) {
  EXPECT_EQ(
      fit_refusal("t.csv", "1,2,x\n", {"--format", "xml"}),
      "--format \"xml\": there is no such format; choose auto, csv, tsv, libsvm, npy, npz, idx, cifar or cifar100");
  EXPECT_EQ(fit_refusal("t.csv", "1,2,x\n", {"--format", "npy"}),
            "t.csv: is not an npy file; write it with numpy.save, or name its format with --format");
}

/// Data that are odd but usable: they are handled, with a warning where the user may want to know.
class OddInput : public InFolder {
 protected:
  /// Fits lmnn with the perturbation loss, checks what it says on standard error, and returns the accuracy on the same
  /// rows twice over (so that they are not judged leave-one-out) for k = 1 after checking that certificates can be had
  /// and are sane.
  double accuracy_of(const std::string& data, const std::string& warnings) const {
    const std::string train = file("t.csv", data);
    const Outcome fit =
        run({"fit", "lmnn", "--train", train, "--neighbors", "1", "--perturbation", "auto", "--out", path("m")});
    EXPECT_EQ(fit.status, 0);
    EXPECT_EQ(fit.err, warnings);
    const Outcome certified = run({"certify", path("m"), "--test", train, "--json"});
    EXPECT_EQ(certified.status, 0) << certified.err;
    const nlohmann::json result = json_of(certified.out);
    EXPECT_GE(result.at("results")[0].at("mean_radius").get<double>(), 0.0);
    const bool has_header = data.starts_with("a,b");
    const std::string twice = file("twice.csv", data + (has_header ? data.substr(data.find('\n') + 1) : data));
    const Outcome evaluated = run({"evaluate", path("m"), "--test", twice, "-k", "1", "--json"});
    EXPECT_EQ(evaluated.err, "");
    return json_of(evaluated.out).at("accuracy").get<double>();
  }
};

TEST_F(OddInput, ClassOfOneRow) {
  EXPECT_EQ(
      accuracy_of("a,b,c\n1,2,x\n1,3,x\n9,8,y\n9,9,y\n9,7,y\n5,5,z\n",
                  "holdfast: warning: class \"z\" has a single row: it has no target neighbours and only serves as "
                  "an impostor of the others\n"),
      1.0);
}

TEST_F(OddInput, ConstantColumn) {
  EXPECT_EQ(accuracy_of("a,b,c\n1,2,x\n1,3,x\n1,8,y\n1,9,y\n1,7,y\n",
                        "holdfast: warning: 1 of 2 feature columns is constant and has no effect (a)\n"),
            1.0);
}

TEST_F(OddInput, OnlyConstantColumns) {
  EXPECT_EQ(accuracy_of("a,b,c\n1,2,x\n1,2,y\n1,2,x\n1,2,y\n",
                        "holdfast: warning: 2 of 2 feature columns are constant and have no effect (a, b)\n"),
            0.5);
}

TEST_F(OddInput, DuplicatedRowsWithDifferentLabels) {
  EXPECT_EQ(accuracy_of("1,2,x\n1,2,y\n1,2,x\n1,2,y\n3,4,x\n3,4,y\n", ""), 0.5);
}

TEST_F(OddInput, MoreColumnsThanRows) {
  EXPECT_EQ(accuracy_of("1,2,3,4,5,6,7,8,a\n2,3,1,1,1,5,8,8,a\n9,9,9,2,5,6,7,8,b\n9,9,8,4,3,6,7,1,b\n", ""), 1.0);
}

TEST_F(OddInput, ThreeColumnsAndOneColumn) {
  EXPECT_EQ(accuracy_of("5,7,1,a\n6,8,1,a\n1,2,3,b\n2,1,3,b\n5,6,7,b\n", ""), 1.0);
  EXPECT_EQ(accuracy_of("5,a\n6,a\n1,b\n2,b\n", ""), 1.0);
}

TEST_F(OddInput, AsManyNeighboursAsRows) {
  const std::string data = file("t.csv", "5,7,1,a\n6,8,1,a\n1,2,3,b\n2,1,3,b\n5,6,7,b\n");
  const std::string model = fitted("m", {"euclidean", "--train", data});
  const std::string test = file("q.csv", "5,7,2,a\n6,8,1,a\n1,2,3,b\n2,1,3,b\n5,6,7,b\n");
  const Outcome outcome = run({"evaluate", model, "--test", test, "-k", "5", "--json"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(json_of(outcome.out).at("accuracy"), 0.6);  // b always has the majority
  // Then no perturbation whatever changes a prediction.
  EXPECT_THAT(run({"predict", model, "--data", data, "-k", "5", "--certify"}).out, HasSubstr("0,b,inf"));
}

TEST_F(OddInput, MoreNeighboursAndImpostorsThanRows) {
  const Outcome outcome = run({"fit", "lmnn", "--train", shipped("iris.csv.gz"), "--neighbors", "1000", "--impostors",
                               "3", "--refresh", "0", "--out", path("m"), "--json"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.err,
            "holdfast: warning: 3 of 3 classes have fewer than 1001 rows: their rows have fewer than 1000 target "
            "neighbours\n");
  EXPECT_EQ(json_of(outcome.out).at("n_triplets"), 150 * 49 * 3);
}

TEST_F(OddInput, ValuesWhoseSquaresOverflowFailTheFitAndWriteNothing) {
  const std::string data = file("t.csv", "5e200,7,a\n6e200,8,a\n1e200,2,b\n2e200,1,b\n5e200,6,b\n");
  const auto before = listing();
  for (const std::string method : {"lmnn", "scml", "gmml", "aml", "nca", "arml"}) {
    const Outcome outcome = run({"fit", method, "--train", data, "--preprocess", "none", "--out", path("m")});
    EXPECT_EQ(outcome.status, 1) << method;
    EXPECT_THAT(outcome.err, StartsWith("holdfast: " + method + ": the objective is not finite after 0 iterations"));
    EXPECT_EQ(outcome.out, "") << method;
    EXPECT_EQ(listing(), before) << method;
  }
}

}  // namespace
}  // namespace holdfast::cli
