#include <gmock/gmock.h>
#include <zip.h>

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

TEST_F(Npz, RefusesArchivesWithoutX) {
  EXPECT_EQ(error(archive("a.npz", {{"x.npy", x}, {"data.npy", x}})),
            "a.npz: has no array \"X\" (it has \"x\", \"data\"); write it with numpy.savez(file, X=X, y=y)");
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
