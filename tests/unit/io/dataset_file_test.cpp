#include "holdfast/io/dataset_file.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <cmath>
#include <thread>

#include "unit/io/files.hpp"

namespace holdfast::io {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class DatasetFile : public Files {
 protected:
  std::string error(const std::string& name, const ReadOptions& options = {}) const {
    return error_of([&] { return read_dataset(folder() / name, options); });
  }
  std::string error_with(const std::string& name, std::string_view bytes, const ReadOptions& options = {}) const {
    Files::write(name, bytes);
    return error(name, options);
  }
};

constexpr std::string_view rows = "1,2,a\n3,4,b\n";

TEST_F(DatasetFile, TheNameTellsTheFormat) {
  EXPECT_EQ(read_dataset(Files::write("a.CSV", rows)).rows(), 2);
  EXPECT_EQ(read_dataset(Files::write("a.tab", "1\t2\ta\n")).dimension(), 2);
  for (const char* name : {"a.svm", "a.libsvm", "a.svmlight"}) {
    EXPECT_EQ(read_dataset(Files::write(name, "1 2:1\n")).dimension(), 2);
  }
  const std::string images("\0\0\x08\x02\0\0\0\x01\0\0\0\x02\x05\x06", 14);
  for (const char* name : {"a.idx", "train-images-idx3-ubyte", "train-images.idx3-ubyte", "a.idx2"}) {
    EXPECT_EQ(read_dataset(Files::write(name, images)).x, (Matrix{{5, 6}})) << name;
  }
  EXPECT_EQ(read_dataset(Files::write("data_batch_1.bin", std::string(3073, '\1'))).rows(), 1);
}

TEST_F(DatasetFile, AnUnknownExtensionListsTheFormats) {
  const char* const expected =
      ": its name does not tell its format; give `format` (csv, tsv, libsvm, npy, npz, idx, cifar or cifar100), or use "
      "one of the "
      "extensions .csv, .tsv, .libsvm, .npy, .npz, .idx, .bin (each also with .gz)";
  EXPECT_EQ(error_with("x.xlsx", rows), std::string("x.xlsx") + expected);
  EXPECT_EQ(error_with("x", rows), std::string("x") + expected);
  EXPECT_EQ(error_with("myidx3", rows), std::string("myidx3") + expected);
  EXPECT_EQ(read_dataset(folder() / "x", {.format = Format::csv}).rows(), 2);
}

TEST_F(DatasetFile, RefusesWhatIsNoFile) {
  EXPECT_EQ(error("absent.csv"), "absent.csv: no such file; check its name and folder");
  EXPECT_EQ(error("absent.xlsx"), "absent.xlsx: no such file; check its name and folder");
  std::filesystem::create_directory(folder() / "d.csv");
  EXPECT_EQ(error("d.csv"), "d.csv: is a folder; give the name of a file in it");
}

TEST_F(DatasetFile, RefusesForeignFilesByTheirTrueKind) {
  const std::pair<std::string, std::string> files[] = {
      {"<!DOCTYPE html>\n<html>", "is an HTML page, not data"},
      {"\xef\xbb\xbf \n<HTML lang", "is an HTML page, not data"},
      {"<?xml version", "is an XML document"},
      {"version https://git-lfs.github.com/spec/v1\noid", "is a Git LFS pointer, not the data"},
      {"PAR1xxxx", "is a Parquet file"},
      {std::string("PK\3\4\24\0\6\0", 8), "is a zip archive, as Excel workbooks (.xlsx) are too"},
      {"PK\3\4" + std::string(26, '\1') + "[Content_Types].xml", "is an Excel workbook (.xlsx)"},
      {"PK\3\4" + std::string(26, '\1') + "X.npy", "is an archive of NumPy arrays"},
      {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is an Excel workbook (.xls)"},
      {"BZh91AY&SY", "is bzip2-compressed"},
      {"\3757zXZ", "is xz-compressed"},
      {"\x28\xb5\x2f\xfd", "is zstd-compressed"},
      {"\x80\4\x95", "is a Python pickle"},
      {"\x89HDF\r\n\x1a\n", "is an HDF5 file"},
      {"\x89PNG\r\n\x1a\n", "is a PNG image"},
      {"% Iris\n%\n\n@RELATION iris\n", "is an ARFF file (Weka)"},
      {"{\"x\": 1}\n", "is JSON"},
      {"[[1, 2], [3, 4]]", "is JSON"},
      {std::string("x\0,\0y\0\n\0"
                   "1\0",
                   10),
       "is UTF-16 text"},
      {std::string("\0x\0,\0y\0\n", 8), "is UTF-16 text"},
      {std::string(257, 'n') + "ustar " + std::string(250, 'n'), "is a tar archive"}};
  for (const auto& file : files) {
    const auto& bytes = file.first;
    const auto& kind = file.second;
    for (const char* name : {"x.csv", "x.svm", "x", "x.unknown", "x.txt"}) {
      EXPECT_THAT(error_with(name, bytes), testing::StartsWith(std::string(name) + ": " + kind + "; "));
    }
    EXPECT_THAT(error_with("x.csv.gz", gzip(bytes)), testing::StartsWith("x.csv.gz: " + kind + "; "));
    std::vector<std::string> notes;
    EXPECT_THAT(error_of([&] { return read_labels(Files::write("y.txt", bytes), 1, notes); }),
                testing::StartsWith("y.txt: " + kind + "; "));
  }
  EXPECT_THAT(error_with("x.xlsx", "PK\3\4xxxx"),
              HasSubstr("x.xlsx: is an Excel workbook (.xlsx); save the sheet as csv"));
  EXPECT_THAT(error_with("x.csv.gz", "<html>"), HasSubstr("x.csv.gz: is an HTML page"));
}

TEST_F(DatasetFile, ReadsTextThatOnlyLooksForeign) {
  for (const char* text :
       {"PARK,y\n1,a\n", "BZh,y\n1,a\n", "BZh9,y\n1,a\n", "[cm],y\n1,a\n", "{,y\n1,a\n", "RDX,y\n1,a\n"}) {
    EXPECT_EQ(error_with("x.csv", text), "no error") << text;
  }
}

TEST_F(DatasetFile, RefusesEmptyFilesOfEveryFormat) {
  for (const char* name : {"x.csv", "x.tsv", "x.svm", "x.npy", "x.npz", "x.idx", "x.bin", "x.csv.gz"}) {
    EXPECT_EQ(error_with(name, ""), std::string(name) + ": the file is empty; it must hold at least one row");
  }
  EXPECT_EQ(error_with("x.csv.gz", gzip("")), "x.csv.gz: the gzip file holds nothing; it must hold at least one row");
}

TEST_F(DatasetFile, RefusesFilesWithoutPermission) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read every file";
  const auto file = Files::write("x.csv", rows);
  std::filesystem::permissions(file, std::filesystem::perms::none);
  EXPECT_EQ(error("x.csv"), "x.csv: cannot be opened (Permission denied); check its permissions");
}

TEST_F(DatasetFile, ReadsGzipWithAndWithoutTheName) {
  for (const char* name : {"x.csv.gz", "x.csv", "X.CSV.GZ"}) {
    EXPECT_EQ(read_dataset(Files::write(name, gzip(rows))).x, (Matrix{{1, 2}, {3, 4}}));
  }
}

TEST_F(DatasetFile, ReadsGzipOfSeveralMembersAndPadding) {
  const std::string bytes = gzip("1,2,a\n") + gzip("") + gzip("3,4,b\n") + std::string(512, '\0');
  EXPECT_EQ(read_dataset(Files::write("x.csv.gz", bytes)).x, (Matrix{{1, 2}, {3, 4}}));
}

TEST_F(DatasetFile, RefusesDamagedGzip) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += std::to_string(i * 7919 % 1000) + ",1,a\n";
  const std::string whole = gzip(text);
  EXPECT_EQ(error_with("x.csv.gz", rows),
            "x.csv.gz: is not gzip data, though its name ends in .gz; compress it with gzip or take .gz off its name");
  for (const std::size_t size :
       {whole.size() - 1, whole.size() - 8, whole.size() / 2, std::size_t{12}, std::size_t{3}}) {
    EXPECT_EQ(error_with("x.csv.gz", whole.substr(0, size)),
              "x.csv.gz: the gzip data end too early (the file is cut short); copy or download the file again");
  }
  for (const std::size_t from_end : {std::size_t{1}, std::size_t{8}}) {
    std::string wrong = whole;
    wrong[wrong.size() - from_end] = static_cast<char>(wrong[wrong.size() - from_end] ^ 1);
    EXPECT_EQ(error_with("x.csv.gz", wrong),
              "x.csv.gz: the gzip data have a wrong checksum (the file is damaged); copy or download the file again");
  }
  std::string wrong = whole;
  wrong[2] = 7;  // the method of compression
  EXPECT_EQ(error_with("x.csv.gz", wrong),
            "x.csv.gz: the gzip data are damaged (unknown compression method); copy or download the file again");
  EXPECT_EQ(error_with("x.csv.gz", whole + "more"),
            "x.csv.gz: other bytes follow the end of the gzip data; compress the file again with gzip");
}

TEST_F(DatasetFile, ReadsAPipe) {
  const std::filesystem::path pipe = folder() / "x.csv";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::thread writer([&] { std::ofstream(pipe) << rows; });
  const Dataset data = read_dataset(pipe);
  writer.join();
  EXPECT_EQ(data.x, (Matrix{{1, 2}, {3, 4}}));
}

TEST_F(DatasetFile, EveryByteOfAHostileFileEndsInAnErrorOrData) {
  // Whatever a damaged file holds, the reader must answer with data or with an InputError, never otherwise.
  const std::pair<const char*, std::string> files[] = {
      {"x.csv", "a,b,y\n1,\"2\",x\n3,4,\"y\"\n"},
      {"x.svm", "1 1:2 3:4\n-1 2:5 # c\n"},
      {"x.npy", npy("<f8", "(2, 1)", values_of({1.0, 2.0}))},
      {"x.idx", std::string("\0\0\x08\x02\0\0\0\x01\0\0\0\x02\x05\x06", 14)},
      {"x.csv.gz", gzip(rows)},
  };
  int read = 0;
  int refused = 0;
  for (const auto& [name, bytes] : files) {
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      for (const int change : {0x01, 0x80, 0x22, 0xFF}) {
        std::string damaged = bytes;
        damaged[at] = static_cast<char>(damaged[at] ^ change);
        const std::string message = error_with(name, damaged);
        EXPECT_EQ(message.find('\n'), std::string::npos) << message;
        ++(message == "no error" ? read : refused);
      }
      error_with(name, bytes.substr(0, at));
    }
  }
  EXPECT_GT(read, 50);
  EXPECT_GT(refused, 500);
}

TEST_F(DatasetFile, LabelsMustMatchTheRows) {
  Files::write("x.csv", "1,2\n3,4\n");
  EXPECT_EQ(error("x.csv", {.labels_file = Files::write("y.txt", "a\n")}),
            "y.txt: holds 1 label for the 2 rows of x.csv; give one label per row");
  EXPECT_EQ(error("x.csv", {.labels_file = Files::write("y.txt", "a\nb\nc\n")}),
            "y.txt: holds 3 labels for the 2 rows of x.csv; give one label per row");
  EXPECT_EQ(error("x.csv", {.labels_file = folder() / "absent.txt"}),
            "absent.txt: no such file; check its name and folder");
}

TEST_F(DatasetFile, LabelsFromAFileReplaceThoseInTheData) {
  const Dataset data =
      read_dataset(Files::write("x.svm", "1 1:1\n2 1:2\n"), {.labels_file = Files::write("y.txt", "a\nb\n")});
  EXPECT_THAT(data.labels->names, ElementsAre("a", "b"));
}

TEST_F(DatasetFile, RowsWithoutALabelAreRefusedOrLeftOutInEveryFormat) {
  const std::filesystem::path table = Files::write("x.csv", "1,2\n3,4\n5,6\n7,8\n");
  const std::filesystem::path array = Files::write("x.npy", npy("|u1", "(4, 2)", "\1\2\3\4\5\6\7\10"));
  const std::filesystem::path texts = Files::write("y.txt", "a\n\nb\n?\n");
  const std::filesystem::path words = Files::write("y.npy", npy("|S3", "(4,)", {"a\0\0?\0\0b\0\0nan", 12}));
  const std::filesystem::path numbers =
      Files::write("z.npy", npy("<f8", "(4,)", values_of({1.0, std::nan(""), 2.0, std::nan("")})));
  const std::filesystem::path libsvm = Files::write("x.svm", "a 1:1 2:2\n? 1:3\nb 1:5 2:6\nNaN 1:7\n");
  const std::vector<std::pair<std::filesystem::path, std::filesystem::path>> all = {
      {table, texts}, {table, words}, {array, texts}, {array, words}, {array, numbers}, {libsvm, {}}};
  for (const auto& files : all) {
    const std::filesystem::path& data_file = files.first;
    const std::filesystem::path& labels = files.second;
    SCOPED_TRACE(data_file.filename().string() + " " + labels.filename().string());
    EXPECT_THAT(error_of([&] { return read_dataset(data_file, {.labels_file = labels}); }),
                testing::EndsWith("give every row a label, or leave such rows out with `missing=drop`"));
    const Dataset data = read_dataset(data_file, {.labels_file = labels, .missing = Missing::drop});
    EXPECT_EQ(data.x, (Matrix{{1, 2}, {5, 6}}));
    ASSERT_EQ(data.labels->names.size(), 2U);
    EXPECT_THAT(data.labels->codes, ElementsAre(0, 1));
    EXPECT_THAT(data.notes, testing::Contains("2 of 4 rows have missing cells and are left out"));
  }
}

TEST_F(DatasetFile, AClassWhoseRowsAreAllLeftOutIsNone) {
  const Dataset data = read_dataset(Files::write("x.svm", "a 1:1\nb 1:nan\nc 1:2\n"), {.missing = Missing::drop});
  EXPECT_THAT(data.labels->names, ElementsAre("a", "c"));
}

TEST_F(DatasetFile, ReadsTheDataThatShipWithTheProgram) {
  int found = 0;
  const std::filesystem::path shipped = std::filesystem::path(HOLDFAST_SOURCE_DIR) / "data";
  if (!std::filesystem::is_directory(shipped)) GTEST_SKIP() << "no data folder";
  for (const auto& entry : std::filesystem::directory_iterator(shipped)) {
    if (!entry.path().string().ends_with(".csv.gz")) continue;
    const Dataset data = read_dataset(entry.path());
    EXPECT_GT(data.rows(), 10) << entry.path();
    EXPECT_GE(data.labels->classes(), 2) << entry.path();
    EXPECT_TRUE(data.x.allFinite()) << entry.path();
    ++found;
  }
  if (found == 0) GTEST_SKIP() << "no csv files in the data folder";
}

class LabelsFile : public Files {
 protected:
  std::vector<std::string> labels(const std::string& name, std::string_view bytes, Index count = 0) const {
    notes.clear();
    return read_labels(Files::write(name, bytes), count, notes);
  }
  std::string error(const std::string& name, std::string_view bytes) const {
    return error_of([&] { return labels(name, bytes); });
  }

  mutable std::vector<std::string> notes;
};

TEST_F(LabelsFile, ReadsTextOneLabelALine) {
  EXPECT_THAT(labels("y.txt", "a b, c\r\n d\n\"e \"\"f\"\"\"\n\n"), ElementsAre("a b, c", "d", "e \"f\""));
  EXPECT_THAT(labels("y.csv", "\"a,b\"\nc"), ElementsAre("a,b", "c"));
  EXPECT_THAT(labels("y", "1\n0\n"), ElementsAre("1", "0"));
  EXPECT_THAT(labels("y.csv.gz", gzip("x\ny\n")), ElementsAre("x", "y"));
}

TEST_F(LabelsFile, PassesOverAHeaderBeforeNumbers) {
  EXPECT_THAT(labels("y.csv", "class\n1\n2\n"), ElementsAre("1", "2"));
  EXPECT_THAT(labels("y.csv", "class\n1\nx\n"), ElementsAre("class", "1", "x"));
  EXPECT_THAT(labels("y.csv", "class\n"), ElementsAre("class"));
}

TEST_F(LabelsFile, PassesOverALineTooManyThatOccursOnce) {
  EXPECT_THAT(labels("y.txt", "kind\na\na\nb\n", 3), ElementsAre("a", "a", "b"));
  EXPECT_THAT(notes, ElementsAre("the first line, \"kind\", is taken as a header"));
  EXPECT_THAT(labels("y.txt", "kind\na\na\n", 3), ElementsAre("kind", "a", "a"));
  EXPECT_THAT(labels("y.txt", "a\na\nb\n", 2), ElementsAre("a", "a", "b"));
  EXPECT_TRUE(notes.empty());
}

TEST_F(LabelsFile, LeavesOutAColumnThatNamesTheRows) {
  for (const char* text : {",label\n0,x\n1,y\n", "Unnamed: 0,label\n7,x\n3,y\n", "\"x\"\n\"1\",\"x\"\n\"2\",\"y\"\n",
                           "id,label\n1,x\n2,y\n", "0,x\n1,y\n"}) {
    EXPECT_THAT(labels("y.csv", text, 2), ElementsAre("x", "y")) << text;
    EXPECT_EQ(notes.front(), "the column before the labels names rows and is left out") << text;
  }
  EXPECT_EQ(error("y.csv", "id,label\n7,x\n3,y\n"),
            "y.csv:1:2: the line has 2 fields; a file of labels must have one column");
}

TEST_F(LabelsFile, RefusesDamagedText) {
  const std::string remedy = "give every row a label, or leave such rows out with `missing=drop`";
  EXPECT_EQ(error("y.csv", "a\nb,c\n"), "y.csv:2:2: the line has 2 fields; a file of labels must have one column");
  EXPECT_EQ(error("y.tsv", "a\nb\tc\n"), "y.tsv:2:2: the line has 2 fields; a file of labels must have one column");
  EXPECT_EQ(error("y.txt", "a\n\nb\n"), "y.txt:2:1: the line is empty; " + remedy);
  EXPECT_EQ(error("y.txt", "a\n\"\"\n"), "y.txt:2:1: the label is empty; " + remedy);
  EXPECT_EQ(error("y.txt", "a\n?\nb\n"), "y.txt:2:1: the label is missing (\"?\"); " + remedy);
  EXPECT_EQ(error("y.txt", "a\n\xE9\n"), "y.txt:2:1: the text is not valid UTF-8; save the file as UTF-8");
  EXPECT_EQ(error("y.txt", "\n"), "y.txt: holds no labels; it must hold one per line");
  EXPECT_EQ(error("y.txt", ""), "y.txt: the file is empty; it must hold at least one row");
}

TEST_F(LabelsFile, KnowsBinaryFilesByTheirFirstBytesToo) {
  const std::string idx("\0\0\x08\x01\0\0\0\x02\x07\x09", 10);
  for (const char* name : {"y-idx1-ubyte", "y.idx", "y", "y.dat"})
    EXPECT_THAT(labels(name, idx), ElementsAre("7", "9"));
  EXPECT_THAT(labels("y-idx1-ubyte.gz", gzip(idx)), ElementsAre("7", "9"));
  EXPECT_THAT(labels("y.dat", npy("|u1", "(2,)", "\x07\x09")), ElementsAre("7", "9"));
}

TEST_F(LabelsFile, RefusesWholeDataSets) {
  EXPECT_EQ(error("y.npz", "x"),
            "y.npz: holds a whole data set; a file of labels must be idx, npy, csv or text with one label per line");
  EXPECT_THAT(error("y.svm", "1 1:1"), HasSubstr("y.svm: holds a whole data set"));
}

}  // namespace
}  // namespace holdfast::io
