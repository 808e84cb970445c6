#include <gmock/gmock.h>
#include <zip.h>

#include <cmath>
#include <utility>
#include <vector>

#include "holdfast/io/dataset_file.hpp"
#include "unit/io/files.hpp"

namespace holdfast::io {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Npz : public Files {
 protected:
  std::filesystem::path archive(const std::string& name,
                                const std::vector<std::pair<std::string, std::string>>& entries,
                                zip_int32_t method = ZIP_CM_DEFLATE) const {
    const std::filesystem::path file = folder() / name;
    zip_t* const zip = zip_open(file.c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr);
    for (const auto& [entry, bytes] : entries) {
      const zip_int64_t index =
          zip_file_add(zip, entry.c_str(), zip_source_buffer(zip, bytes.data(), bytes.size(), 0), ZIP_FL_OVERWRITE);
      zip_set_file_compression(zip, static_cast<zip_uint64_t>(index), method, 0);
    }
    EXPECT_EQ(zip_close(zip), 0);
    return file;
  }
  std::string error(const std::filesystem::path& file, const ReadOptions& options = {}) const {
    return error_of([&] { return read_dataset(file, options); });
  }
};

const std::string x = npy("|u1", "(2, 2)", "\1\2\3\4");
const std::string y = npy("<U1", "(2,)", values_of<std::uint32_t>({'b', 'a'}));

TEST_F(Npz, ReadsXAndY) {
  for (const zip_int32_t method : {ZIP_CM_STORE, ZIP_CM_DEFLATE}) {
    const Dataset data = read_dataset(archive("a.npz", {{"X.npy", x}, {"y.npy", y}}, method));
    EXPECT_EQ(data.x, (Matrix{{1, 2}, {3, 4}}));
    EXPECT_THAT(data.labels->codes, ElementsAre(1, 0));
    EXPECT_EQ(data.source, (folder() / "a.npz").string());
  }
}

TEST_F(Npz, ReadsItCompressedOnceMore) {
  const std::string bytes = read(archive("a.npz", {{"X.npy", x}, {"y.npy", y}}));
  EXPECT_EQ(read_dataset(Files::write("b.npz.gz", gzip(bytes))).rows(), 2);
}

TEST_F(Npz, LabelsAreReadWhereTheyAreWanted) {
  EXPECT_FALSE(read_dataset(archive("a.npz", {{"X.npy", x}})).labels);
  const auto file = archive("b.npz", {{"X.npy", x}, {"y.npy", "damaged"}});
  EXPECT_FALSE(read_dataset(file, {.label = "none"}).labels);
  EXPECT_THAT(read_dataset(file, {.labels_file = Files::write("y.txt", "p\nq\n")}).labels->names,
              ElementsAre("p", "q"));
  EXPECT_EQ(error(file),
            "b.npz: array \"y\": is not an npy file; write it with numpy.save, or name its format with `format`");
}

TEST_F(Npz, FindsArraysOfUsualNamesAndSaysSo) {
  const std::pair<std::string, std::string> usual[] = {{"x", "y"},
                                                       {"X", "Y"},
                                                       {"data", "target"},
                                                       {"x_train", "y_train"},
                                                       {"train_images", "train_labels"},
                                                       {"features", "y"},
                                                       {"X", "labels"},
                                                       {"x_test", "y_test"},
                                                       {"arr_0", "arr_1"},
                                                       {"embeddings", "Labels"}};
  for (const auto& [x_name, y_name] : usual) {
    const Dataset data = read_dataset(archive("a.npz", {{y_name + ".npy", y}, {x_name + ".npy", x}}));
    EXPECT_EQ(data.x, (Matrix{{1, 2}, {3, 4}})) << x_name;
    ASSERT_TRUE(data.labels) << y_name;
    EXPECT_THAT(data.notes, ElementsAre("array \"" + x_name + "\" is X, \"" + y_name + "\" is y"));
  }
  EXPECT_THAT(read_dataset(archive("a.npz", {{"X.npy", x}, {"y.npy", y}, {"X_test.npy", x}})).notes, ElementsAre());
  EXPECT_THAT(read_dataset(archive("a.npz", {{"X.npy", x}})).notes, ElementsAre());
}

TEST_F(Npz, SaysWhatItDoesNotRead) {
  EXPECT_THAT(
      read_dataset(archive("a.npz", {{"x_train.npy", x}, {"y_train.npy", y}, {"x_test.npy", x}, {"y_test.npy", y}}))
          .notes,
      ElementsAre("array \"x_train\" is X, \"y_train\" is y; not read: \"x_test\", \"y_test\""));
  EXPECT_THAT(read_dataset(archive("a.npz", {{"X.npy", x}, {"species.npy", y}})).notes,
              ElementsAre("array \"X\" is X; not read: \"species\" (`array=y=NAME` names labels)"));
}

TEST_F(Npz, ArraysCanBeNamed) {
  const auto file = archive("a.npz", {{"a.npy", x}, {"b.npy", y}, {"X.npy", y}});
  EXPECT_THAT(read_dataset(file, {.array = "X=a,y=b"}).labels->codes, ElementsAre(1, 0));
  EXPECT_THAT(read_dataset(file, {.array = "x=a, Y=b"}).labels->codes, ElementsAre(1, 0));
  EXPECT_FALSE(read_dataset(file, {.array = "X=a"}).labels);
  EXPECT_THAT(read_dataset(archive("b.npz", {{"X.npy", x}, {"b.npy", y}}), {.array = "y=b"}).labels->codes,
              ElementsAre(1, 0));
  EXPECT_EQ(error(file, {.array = "X=c"}),
            "a.npz: has no array \"c\" (it has \"a\" (2, 2), \"b\" (2,) and \"X\" (2,)); name them with "
            "`array=X=NAME,y=NAME`");
  const std::string remedy = "; give X=NAME, y=NAME, or X=NAME,y=NAME";
  EXPECT_EQ(error(file, {.array = "a"}), "array \"a\": \"a\" names no array as X or y" + remedy);
  EXPECT_EQ(error(file, {.array = "X="}), "array \"X=\": \"X=\" names no array as X or y" + remedy);
  EXPECT_EQ(error(file, {.array = "z=a"}), "array \"z=a\": \"z=a\" names no array as X or y" + remedy);
  EXPECT_EQ(error(file, {.array = "X=a,x=b"}), "array \"X=a,x=b\": X is named twice" + remedy);
  EXPECT_EQ(error(Files::write("x.csv", "1,a\n"), {.array = "X=a"}),
            "x.csv: is no npz archive, which `array` names the arrays of; leave `array` out");
}

TEST_F(Npz, RefusesArchivesWhoseFeaturesAreNotClear) {
  const std::string remedy = "; name them with `array=X=NAME,y=NAME`";
  EXPECT_EQ(error(archive("a.npz", {{"a.npy", x}, {"b.npy", y}})),
            "a.npz: which array holds the features is not clear: it has \"a\" (2, 2) and \"b\" (2,)" + remedy);
  EXPECT_EQ(error(archive("b.npz", {{"images.npy", x}, {"embeddings.npy", x}, {"c.npy", "damaged"}})),
            "b.npz: which array holds the features is not clear: it has \"images\" (2, 2), \"embeddings\" (2, 2) and "
            "\"c\"" +
                remedy);
}

class SparseNpz : public Npz {
 protected:
  using Arrays = std::vector<std::pair<std::string, std::string>>;

  /// {{1, 0, 2}, {0, 0, 3}} with the entry 3 in two parts.
  static Arrays csr() {
    return {{"indices.npy", npy("<i4", "(4,)", values_of<std::int32_t>({0, 2, 2, 2}))},
            {"indptr.npy", npy("<i4", "(3,)", values_of<std::int32_t>({0, 2, 4}))},
            {"format.npy", npy("|S3", "()", "csr")},
            {"shape.npy", npy("<i8", "(2,)", values_of<std::int64_t>({2, 3}))},
            {"data.npy", npy("<f8", "(4,)", values_of({1.0, 2.0, 1.0, 2.0}))}};
  }
  std::string error_with(const std::string& name, const std::string& bytes) const {
    Arrays arrays = csr();
    for (auto& [entry, content] : arrays) {
      if (entry == name) content = bytes;
    }
    return error(archive("a.npz", arrays));
  }
  const Matrix expected = Matrix{{1, 0, 2}, {0, 0, 3}};
};

TEST_F(SparseNpz, IsReadAsADenseMatrix) {
  const Dataset data = read_dataset(archive("a.npz", csr()));
  EXPECT_EQ(data.x, expected);
  EXPECT_FALSE(data.labels);
  EXPECT_THAT(data.notes, ElementsAre("a sparse matrix of SciPy, stored as a dense one"));
  Arrays columns = csr();
  columns[0].second = npy("<i4", "(3,)", values_of<std::int32_t>({0, 0, 1}));
  columns[1].second = npy("<i4", "(4,)", values_of<std::int32_t>({0, 1, 1, 3}));
  columns[2].second = npy("<U3", "()", values_of<std::uint32_t>({'c', 's', 'c'}));
  columns[4].second = npy("<f8", "(3,)", values_of({1.0, 2.0, 3.0}));
  EXPECT_EQ(read_dataset(archive("b.npz", columns)).x, expected);
  columns[0] = {"row.npy", columns[0].second};
  columns[1] = {"col.npy", npy("<i4", "(3,)", values_of<std::int32_t>({0, 2, 2}))};
  columns[2].second = npy("|S3", "()", "coo");
  EXPECT_EQ(read_dataset(archive("c.npz", columns)).x, expected);
}

TEST_F(SparseNpz, RefusesArraysThatDoNotFit) {
  const std::string remedy = "; write the sparse matrix again with scipy.sparse.save_npz";
  EXPECT_EQ(error_with("format.npy", npy("|S3", "()", "bsr")),
            "a.npz: holds a sparse matrix of the format \"bsr\"; save X.tocsr()");
  EXPECT_EQ(error_with("indices.npy", npy("<i4", "(4,)", values_of<std::int32_t>({0, 3, 2, 2}))),
            "a.npz: array \"indices\" has the entry 3, which must be a whole number from 0 to 2" + remedy);
  EXPECT_EQ(error_with("indices.npy", npy("<i4", "(3,)", values_of<std::int32_t>({0, 2, 2}))),
            "a.npz: its arrays are of different lengths" + remedy);
  for (const auto& begins :
       {values_of<std::int32_t>({0, 5, 4}), values_of<std::int32_t>({1, 2, 4}), values_of<std::int32_t>({0, 2, 3})}) {
    EXPECT_THAT(error_with("indptr.npy", npy("<i4", "(3,)", begins)), HasSubstr("a.npz: array \"indptr\""));
  }
  EXPECT_EQ(error_with("shape.npy", npy("<i8", "(2,)", values_of<std::int64_t>({0, 3}))),
            "a.npz: its shape must be two numbers of at least 1" + remedy);
  EXPECT_THAT(error_with("shape.npy", npy("<i8", "(2,)", values_of<std::int64_t>({1'000'000'000, 1'000'000}))),
              HasSubstr("which is more memory than this machine has"));
  EXPECT_EQ(error_with("data.npy", npy("<f8", "(4,)", values_of({1.0, HUGE_VAL, 1.0, 2.0}))),
            "a.npz: row 0, column 2 (counted from 0) is not finite; every feature must be a finite number");
}

TEST_F(Npz, RefusesWhatIsNoArchive) {
  EXPECT_EQ(error(Files::write("a.npz", std::string(100, 'z'))),
            "a.npz: is not an npz file, or is damaged (Not a zip archive); write it with numpy.savez(file, X=X, y=y)");
  const std::string whole = read(archive("b.npz", {{"X.npy", x}}));
  EXPECT_THAT(error(Files::write("b.npz", whole.substr(0, whole.size() / 2))),
              HasSubstr("b.npz: is not an npz file, or is damaged (Not a zip archive)"));
}

TEST_F(Npz, RefusesDamagedEntries) {
  std::string bytes = read(archive("a.npz", {{"X.npy", x}}, ZIP_CM_STORE));
  const std::size_t at = bytes.find("\1\2\3\4", bytes.find("\x93NUMPY"));
  ASSERT_NE(at, std::string::npos);
  bytes[at] = '\7';
  EXPECT_EQ(error(Files::write("a.npz", bytes)),
            "a.npz: array \"X\": cannot be read from the archive (CRC error); write it again with numpy.savez");
}

TEST_F(Npz, RefusesLyingHeadersWithoutBelievingThem) {
  EXPECT_EQ(error(archive("a.npz", {{"X.npy", npy("<f8", "(131072, 2048)", std::string(1024, '\0'))}})),
            "a.npz: array \"X\": the data end before what its header claims; the file is cut short, write it again");
}

TEST_F(Npz, LabelsMustMatchTheRows) {
  EXPECT_EQ(error(archive("a.npz", {{"X.npy", x}, {"y.npy", npy("|u1", "(3,)", "123")}})),
            "a.npz: array \"y\" holds 3 labels for the 2 rows of \"X\"; give one label per row");
}

}  // namespace
}  // namespace holdfast::io
