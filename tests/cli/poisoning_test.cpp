// certify --poisoning: changes of reference rows.
#include "program.hpp"

namespace holdfast::cli {
namespace {

using nlohmann::json;
using testing::HasSubstr;

/// Two classes on a line, with an identifying column.
class PoisoningOnALine : public InFolder {
 protected:
  PoisoningOnALine() {
    train_ = file("train.csv", "name,x,class\na,0,p\nb,1,p\nc,2,p\nd,3,p\ne,10,q\nf,11,q\ng,12,q\n");
    test_ = file("test.csv", "name,x,class\nu,-1,p\nv,13,q\nw,-2,q\n");
    model_ = fitted("m", {"euclidean", "--train", train_, "--id", "name", "--preprocess", "none"});
  }

  [[nodiscard]] Arguments certify(const Arguments& more) const {
    Arguments all = {"certify", model_, "--test", test_, "-k", "3", "--poisoning"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  std::string train_;
  std::string test_;
  std::string model_;
};

TEST_F(PoisoningOnALine, ColumnsStandBeforeTheIdentifyingOnes) {
  const Outcome outcome = run(certify({"--norm", "l2,linf", "--out", path("r.csv")}));
  ASSERT_EQ(outcome.status, 0);
  const std::vector<std::string> lines = lines_of(read_file(path("r.csv")));
  ASSERT_EQ(lines.size(), 7u);
  EXPECT_THAT(lines[0], testing::EndsWith("space,upper,insertions,deletions,relabelings,name"));
  // p: three of four rows must go before two of q vote. q: two of its three, as three rows of p are the others.
  EXPECT_THAT(lines[1], testing::EndsWith(",2,3,2,u"));
  EXPECT_THAT(lines[2], testing::EndsWith(",2,2,2,v"));
  EXPECT_THAT(lines[3], testing::EndsWith(",0,0,0,w"));
  EXPECT_THAT(lines[4], testing::EndsWith(",2,3,2,u"));
  EXPECT_THAT(outcome.out, testing::AllOf(HasSubstr("reference rows that must change"), HasSubstr("insertions"),
                                          HasSubstr("relabelings")));
}

TEST_F(PoisoningOnALine, JsonHasMeanMedianAndShares) {
  const Outcome outcome = run(certify({"--json"}));
  ASSERT_EQ(outcome.status, 0);
  const json poisoning = json_of(outcome.out).at("poisoning");
  ASSERT_EQ(poisoning.size(), 3u);
  EXPECT_EQ(poisoning[1].at("kind"), "deletions");
  EXPECT_DOUBLE_EQ(poisoning[1].at("mean").get<double>(), 5.0 / 3.0);
  EXPECT_EQ(poisoning[1].at("median"), 2);
  const json& withstood = poisoning[1].at("withstood");
  ASSERT_EQ(withstood.size(), 4u);
  EXPECT_EQ(withstood[1].at("changes"), 2);
  EXPECT_DOUBLE_EQ(withstood[1].at("share").get<double>(), 1.0 / 3.0);
  EXPECT_EQ(withstood[3].at("changes"), 10);
  EXPECT_FALSE(json_of(run({"certify", model_, "--test", test_, "--json"}).out).contains("poisoning"));
}

TEST_F(PoisoningOnALine, TheCheckRecountsTheColumns) {
  ASSERT_EQ(run(certify({"--out", path("r.csv")})).status, 0);
  const Outcome outcome = run(certify({"--check", path("r.csv")}));
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.err, HasSubstr("--poisoning has no effect with --check"));
  const Arguments check = {"certify", model_, "--test", test_, "-k", "3", "--check", path("r.csv")};
  const std::string text = read_file(path("r.csv"));
  const auto refused = [&](const std::string& right, const std::string& wrong) {
    std::string changed = text;
    const std::size_t at = changed.find(right);
    EXPECT_NE(at, std::string::npos) << right;
    file("r.csv", changed.replace(at, right.size(), wrong));
    return refusal(check);
  };
  EXPECT_THAT(refused(",2,3,2,u", ",3,3,2,u"),
              HasSubstr("r.csv:2: row 0: 3 is not the least number of insertions that changes the prediction"));
  EXPECT_THAT(refused(",2,3,2,u", ",2,2,2,u"), HasSubstr("2 is not the least number of deletions"));
  EXPECT_THAT(refused(",2,2,2,v", ",2,2,1,v"), HasSubstr("r.csv:3: row 1: 1 is not the least number of relabelings"));
  EXPECT_THAT(refused(",2,2,2,v", ",2,inf,2,v"), HasSubstr("inf is not the least number of deletions"));
  EXPECT_THAT(refused(",0,0,0,w", ",0,1,0,w"), HasSubstr("no reference row need change"));
  EXPECT_THAT(refused(",0,0,0,w", ",0,few,0,w"), HasSubstr("r.csv:4:10: \"few\" is no number of rows"));
  EXPECT_THAT(refused(lines_of(text).at(1), ""), HasSubstr("has 0 lines about row 0 in l2 (bound) instead of one"));
}

}  // namespace
}  // namespace holdfast::cli
