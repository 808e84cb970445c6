#include "holdfast/io/constraint_file.hpp"

#include <gmock/gmock.h>

#include "unit/io/files.hpp"

namespace holdfast::io {
namespace {

using constraints::PairSet;
using constraints::Triplet;

class ConstraintFile : public Files {
 protected:
  PairSet pairs(std::string_view text, const std::string& name = "p.csv") const {
    notes.clear();
    return read_pairs(Files::write(name, text), 10, notes);
  }
  std::string pair_error(std::string_view text) const {
    return error_of([&] { return pairs(text); });
  }
  std::string triplet_error(std::string_view text) const {
    return error_of([&] { return read_triplets(Files::write("t.csv", text), 10, notes); });
  }

  constraints::ChunkSet chunks(std::string_view text) const {
    notes.clear();
    return read_chunks(Files::write("c.csv", text), 4, notes);
  }
  std::string chunk_error(std::string_view text) const {
    return error_of([&] { return chunks(text); });
  }

  mutable std::vector<std::string> notes;
};

TEST_F(ConstraintFile, ChunksAreReadLineByLine) {
  const constraints::ChunkSet expected{{3, -1, 0, 3}};
  for (const std::string text : {"3\n-1\n0\n3\n", "chunk\n3\n-1\n0\n3", "3.0\r\n-1.0\r\n0.0\r\n+3\r\n",
                                 "# chunks of rows\n\"3\"\n\"-1\"\n\n\"0\"\n\"3\"\n"}) {
    EXPECT_EQ(chunks(text), expected) << text;
    EXPECT_EQ(chunks(gzip(text)), expected) << text;
    EXPECT_TRUE(notes.empty()) << text;
  }
  EXPECT_EQ(chunks(",chunk\n0,3\n1,-1\n2,0\n3,3\n"), expected);
  EXPECT_THAT(notes, testing::ElementsAre("the first column has no name: it counts the lines and is left out"));
}

TEST_F(ConstraintFile, WrongChunksAreRefusedWhereTheyAre) {
  EXPECT_EQ(chunk_error("0\n0\n1\n"),
            "c.csv: holds 3 chunk numbers for 4 rows; give one line per row, -1 for a row in no chunk");
  EXPECT_EQ(chunk_error("0\n0\n-2\n1\n"), "c.csv:3:1: chunk -2: must be a number from 0, or -1 for a row in no chunk");
  EXPECT_EQ(chunk_error("0\n0.5\n1\n1\n"),
            "c.csv:2:1: \"0.5\" is not a whole number; the line must be one chunk number (-1: none)");
  EXPECT_EQ(chunk_error("0\n0,1\n1\n1\n"),
            "c.csv:2:1: \"0,1\" is not a whole number; the line must be one chunk number (-1: none)");
  EXPECT_EQ(chunk_error("0,1\n0,1\n1,1\n1,1\n"),
            "c.csv:1:2: the line has 2 fields; it must be one chunk number (-1: none)");
  EXPECT_EQ(chunk_error("0\n1\n2\n-1\n"),
            "c.csv: no chunk has two rows: a metric is learned from rows that belong together; give rows of one class "
            "the same chunk number");
  EXPECT_EQ(chunk_error(""), "c.csv: the file is empty; it must hold at least one row");
}

TEST_F(ConstraintFile, PairsAreReadWithAndWithoutAHeader) {
  const PairSet expected{{{0, 1}, {3, 2}}, {{9, 4}}};
  EXPECT_EQ(pairs("0,1,1\n9,4,-1\n3,2,+1\n"), expected);
  EXPECT_EQ(pairs("first,second,label\r\n0, 1,1\r\n9,4 ,-1\r\n\r\n3,2,1"), expected);
  EXPECT_EQ(pairs("0\t1\t1\n9\t4\t-1\n3\t2\t1\n", "p.tsv"), expected);
  EXPECT_EQ(pairs(gzip("0,1,1\n9,4,-1\n3,2,1\n"), "p.csv.gz"), expected);
  EXPECT_TRUE(notes.empty());
}

TEST_F(ConstraintFile, PairsAreReadAsOtherToolsWriteThem) {
  const PairSet expected{{{0, 1}}, {{0, 3}}};
  for (const char* text : {"0 1 1\n0  3\t-1\n", "0\t1\t1\n0\t3\t-1\n", "0;1;1\n0;3;-1\n", "0|1|1\n0|3|-1\n",
                           "first,second,label\n0,1,1.0\n0,3,-1.0\n", "\"0\",\"1\",\"1\"\n\"0\",\"3\",\"-1\"\n",
                           "\"first\";\"second\";\"label\"\n0;1;1\n0;3;-1\n", "0,1,True\n0,3,False\n",
                           "\xef\xbb\xbf"
                           "0,1,1\r\n0,3,-1\r\n",
                           "# first second label\n0.0e+00 1.0e+00 1\n0 3 -1\n"}) {
    EXPECT_EQ(pairs(text, "p.txt"), expected) << text;
    EXPECT_TRUE(notes.empty()) << text;
  }
  EXPECT_EQ(pairs(",first,second,label\n0,0,1,1\n1,0,3,-1\n"), expected);
  EXPECT_THAT(notes, testing::ElementsAre("the first column has no name: it counts the lines and is left out"));
}

TEST_F(ConstraintFile, ZeroIsDissimilarIfMinusOneDoesNotOccur) {
  EXPECT_EQ(pairs("0,1,1\n0,3,0\n"), (PairSet{{{0, 1}}, {{0, 3}}}));
  EXPECT_THAT(notes, testing::ElementsAre("the label 0 stands for dissimilar pairs (-1), as -1 does not occur"));
  EXPECT_EQ(pair_error("0,1,1\n0,3,0\n0,4,-1\n"), "p.csv:2:3: the label 0 must be 1 (similar) or -1 (dissimilar)");
}

TEST_F(ConstraintFile, RowsCountedFromOneAreSuspected) {
  const std::string hint = " (row 0 never occurs: if the file counts from 1, subtract 1)";
  EXPECT_EQ(pair_error("1,2,1\n1,10,-1\n"), "p.csv:2:2: row 10 is out of range; valid rows are 0 to 9" + hint);
  EXPECT_EQ(triplet_error("1,2,10\n"), "t.csv:1:3: row 10 is out of range; valid rows are 0 to 9" + hint);
  EXPECT_EQ(pair_error("1,2,1\n0,10,-1\n"), "p.csv:2:2: row 10 is out of range; valid rows are 0 to 9");
}

TEST_F(ConstraintFile, APairThatOccursTwiceCountsOnce) {
  EXPECT_EQ(pairs("0,1,1\n1,0,1\n2,3,-1\n2,3,-1\n"), (PairSet{{{0, 1}}, {{2, 3}}}));
}

TEST_F(ConstraintFile, WhatIsNoPairIsNamedWithItsPlace) {
  const std::string form = "first row,second row,label (1 similar, -1 dissimilar)";
  EXPECT_EQ(pair_error("0,1,1\n0,10,-1\n"), "p.csv:2:2: row 10 is out of range; valid rows are 0 to 9");
  EXPECT_EQ(pair_error("0,1,1\n-1,2,-1\n"), "p.csv:2:1: row -1 is out of range; valid rows are 0 to 9");
  EXPECT_EQ(pair_error("99999999999,1,1\n"), "p.csv:1:1: row 99999999999 is out of range; valid rows are 0 to 9");
  EXPECT_EQ(pair_error("i,j,y\n4,4,1\n"), "p.csv:2:2: row 4 is paired with itself; a pair is two rows");
  EXPECT_EQ(pair_error("0,1,yes\n"), "p.csv:1:3: \"yes\" is not a whole number; the line must be " + form);
  EXPECT_EQ(pair_error("0,1,2\n"), "p.csv:1:3: the label 2 must be 1 (similar) or -1 (dissimilar)");
  EXPECT_EQ(pair_error("0,1,1\n2,3\n"), "p.csv:2:3: the line has 2 fields; it must be " + form);
  EXPECT_EQ(pair_error("0,1,1,5\n"), "p.csv:1:4: the line has 4 fields; it must be " + form);
  EXPECT_EQ(pair_error("0,1,1\n0,x,1\n"), "p.csv:2:2: \"x\" is not a whole number; the line must be " + form);
  EXPECT_EQ(pair_error("0,1.5,1\n"), "p.csv:1:2: \"1.5\" is not a whole number; the line must be " + form);
  EXPECT_EQ(pair_error("0,1,1\na,b,c\n"), "p.csv:2:1: \"a\" is not a whole number; the line must be " + form);
}

TEST_F(ConstraintFile, PairsThatContradictEachOtherAreNamedBoth) {
  EXPECT_EQ(pair_error("i,j,y\n0,1,1\n2,3,-1\n1,0,-1\n"),
            "p.csv:4:3: the pair (1, 0) has label -1 here and 1 in line 2; keep one of them");
}

TEST_F(ConstraintFile, BothKindsOfPairsAreNeeded) {
  EXPECT_EQ(pair_error("0,1,1\n2,3,1\n"), "p.csv: all pairs are similar; a metric is learned from pairs of both kinds");
  EXPECT_EQ(pair_error("0,1,-1\n"), "p.csv: all pairs are dissimilar; a metric is learned from pairs of both kinds");
  EXPECT_EQ(pair_error("i,j,y\n"), "p.csv: holds no pairs; give lines first row,second row,label");
}

TEST_F(ConstraintFile, TripletsAreReadSortedAndEachOnce) {
  const auto set = read_triplets(Files::write("t.csv", "a,t,i\n5,1,2\n0,1,2\n5,1,2\n0,3,2\n"), 10, notes);
  EXPECT_EQ(set.triplets, (std::vector<Triplet>{{0, 1, 2}, {0, 3, 2}, {5, 1, 2}}));
  EXPECT_EQ(set.near_pairs.size(), 3u);
}

TEST_F(ConstraintFile, WhatIsNoTripletIsNamedWithItsPlace) {
  EXPECT_EQ(triplet_error("0,1,10\n"), "t.csv:1:3: row 10 is out of range; valid rows are 0 to 9");
  EXPECT_EQ(triplet_error("0,1,2\n3,3,4\n"), "t.csv:2:1: row 3 is named twice; a triplet is three rows");
  EXPECT_EQ(triplet_error("0,1,2\n3,4,5\n0,2,1\n"),
            "t.csv:3:1: the triplet (0, 2, 1) contradicts line 1; keep one of them");
  EXPECT_EQ(triplet_error("a,b,c\n"), "t.csv: holds no triplets; give lines anchor row,target row,impostor row");
  EXPECT_EQ(triplet_error("0,1\n"), "t.csv:1:3: the line has 2 fields; it must be anchor row,target row,impostor row");
}

TEST_F(ConstraintFile, AMissingFileIsNamed) {
  EXPECT_THAT(error_of([&] { return read_pairs(folder() / "none.csv", 10, notes); }), testing::HasSubstr("none.csv"));
}

TEST_F(ConstraintFile, QuadrupletsAreReadInTheirOrder) {
  const auto set = read_quadruplets(Files::write("q.csv", "a,b,c,d\n5,1,2,3\n0,1,0,2\n5,1,2,3\n"), 10, notes);
  EXPECT_EQ(set, (constraints::QuadrupletSet{{{5, 1, 2, 3}, {0, 1, 0, 2}, {5, 1, 2, 3}}}));
  EXPECT_EQ(read_quadruplets(Files::write("q.txt", "5 1 2 3\n"), 10, notes),
            (constraints::QuadrupletSet{{{5, 1, 2, 3}}}));
  EXPECT_EQ(read_quadruplets(Files::write("q.csv", ",a,b,c,d\n0,5,1,2,3\n"), 10, notes),
            (constraints::QuadrupletSet{{{5, 1, 2, 3}}}));
}

TEST_F(ConstraintFile, WrongQuadrupletsAreRefusedWithTheirPlace) {
  const auto error = [&](std::string_view text) {
    return error_of([&] { return read_quadruplets(Files::write("q.csv", text), 10, notes); });
  };
  EXPECT_EQ(error("a,b,c,d\n"), "q.csv: holds no quadruplets; give lines row a,row b,row c,row d");
  EXPECT_EQ(error("0,1,2\n"), "q.csv:1:4: the line has 3 fields; it must be row a,row b,row c,row d");
  EXPECT_EQ(error("0,1,2,x\n"), "q.csv:1:4: \"x\" is not a whole number; the line must be row a,row b,row c,row d");
  EXPECT_EQ(error("0,1,2,3\n0,1,2,10\n"), "q.csv:2:4: row 10 is out of range; valid rows are 0 to 9");
  EXPECT_EQ(error("0,0,2,3\n"), "q.csv:1:1: row 0 is paired with itself; a quadruplet compares two pairs of two rows");
  EXPECT_EQ(error("0,1,1,0\n"), "q.csv:1:1: the pair (0, 1) is compared with itself");
}

}  // namespace
}  // namespace holdfast::io
