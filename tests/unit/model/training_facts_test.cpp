#include "holdfast/model/model.hpp"

#include <gmock/gmock.h>

#include <limits>

namespace holdfast::model {
namespace {

TrainingFacts sample() {
  return {"lmnn",
          {{"mu", "0.5"}, {"rank", "2"}},
          12,
          3,
          4,
          0.25,
          6,
          false,
          "reached the limit",
          std::numeric_limits<std::uint64_t>::max(),
          "0a1b",
          "1.2.3"};
}

TEST(TrainingFacts, TheRecordHasTheFieldsOfModelFilesInTheirOrder) {
  std::vector<std::string> names;
  const Record record = describe(sample());
  for (const Field& field : record.fields()) names.push_back(field.name);
  EXPECT_THAT(names, testing::ElementsAre("program_version", "method", "options", "n", "d", "n_triplets", "objective",
                                          "iterations", "converged", "reason", "seed", "data_checksum"));
}

TEST(TrainingFacts, ComeBackFromTheirRecord) {
  EXPECT_EQ(training_facts_of(describe(sample())), sample());
  EXPECT_EQ(training_facts_of(describe(sample()).add("columns", Value::List())), sample());
}

TEST(TrainingFacts, EveryFieldIsNeeded) {
  const Record complete = describe(sample());
  for (const Field& missing : complete.fields()) {
    Record record;
    Record wrong;
    for (const Field& field : complete.fields()) {
      if (&field != &missing) record.add(field.name, field.value);
      wrong.add(field.name, &field == &missing ? Value() : field.value);
    }
    EXPECT_THROW((void)training_facts_of(record), std::invalid_argument) << missing.name;
    EXPECT_THROW((void)training_facts_of(wrong), std::invalid_argument) << missing.name;
  }
}

}  // namespace
}  // namespace holdfast::model
