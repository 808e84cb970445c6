#include "holdfast/io/image_file.hpp"

#include <gmock/gmock.h>

#include "holdfast/io/dataset_file.hpp"
#include "unit/io/files.hpp"

namespace holdfast::io {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ImageFileTest : public Files {
 protected:
  /// An idx file of two images of 2 x 3 pixels, with the pixels 0 to 11.
  std::filesystem::path images(const std::string& name) const {
    std::string bytes("\0\0\x08\x03\0\0\0\x02\0\0\0\x02\0\0\0\x03", 16);
    for (char pixel = 0; pixel < 12; ++pixel) bytes += pixel;
    return write(name, bytes);
  }
};

TEST_F(ImageFileTest, AnIdxFileGivesItsBytes) {
  const PackedImages read = read_packed_images(images("x-images-idx3-ubyte"));
  EXPECT_EQ(read.size(), 2);
  EXPECT_EQ(read.channels, 1);
  EXPECT_EQ(read.height, 2);
  EXPECT_EQ(read.width, 3);
  EXPECT_THAT(read.pixels, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
}

TEST_F(ImageFileTest, TheSameValuesAsReadAsNumbers) {
  const auto file = images("x-images-idx3-ubyte");
  const Dataset numbers = read_dataset(file);
  const PackedImages packed = read_packed_images(file);
  ASSERT_EQ(numbers.x.size(), static_cast<Index>(packed.pixels.size()));
  for (Index i = 0; i < numbers.x.size(); ++i) {
    EXPECT_EQ(numbers.x.data()[i], static_cast<double>(packed.pixels[static_cast<std::size_t>(i)]));
  }
}

TEST_F(ImageFileTest, TheNameOrTheFormatTellsWhetherAFileHoldsImages) {
  EXPECT_TRUE(is_packed_images("train-images-idx3-ubyte", Format::automatic));
  EXPECT_TRUE(is_packed_images("train-images-idx3-ubyte.gz", Format::automatic));
  EXPECT_TRUE(is_packed_images("file", Format::idx));
  EXPECT_FALSE(is_packed_images("table.csv", Format::automatic));
}

TEST_F(ImageFileTest, AFileThatEndsTooEarlyIsRefused) {
  const auto file = write("x-images-idx3-ubyte", std::string("\0\0\x08\x03\0\0\0\x02\0\0\0\x02\0\0\0\x03\x01", 17));
  EXPECT_THAT(error_of([&] { return read_packed_images(file); }), HasSubstr("x-images-idx3-ubyte"));
}

TEST_F(ImageFileTest, AFileOfAnotherFormatIsRefused) {
  EXPECT_THAT(error_of([&] { return read_packed_images(write("table.csv", "x,y\n1,2\n")); }),
              HasSubstr("table.csv: holds no images; give an idx or CIFAR file"));
}

TEST_F(ImageFileTest, AManifestNamesFilesRelativeToItself) {
  const auto file = write("list.csv", "file,label\na/1.png,yes\n\n\"/b,2.png\",no\n");
  EXPECT_TRUE(is_image_manifest(file));
  const ImageManifest manifest = read_image_manifest(file);
  EXPECT_THAT(manifest.files, ElementsAre(file.parent_path() / "a/1.png", "/b,2.png"));
  EXPECT_THAT(manifest.labels, ElementsAre("yes", "no"));
  EXPECT_TRUE(read_image_manifest(write("bare.csv", "file\na.png\n")).labels.empty());
  EXPECT_FALSE(is_image_manifest(write("table.csv", "x,y\n1,2\n")));
}

TEST_F(ImageFileTest, AManifestIsReadWhateverToolWroteIt) {
  write("a.png", "x");
  write("b.png", "x");
  const auto expect_read = [&](const std::string& text, const ManifestOptions& options = {}) {
    const auto file = write("list.csv", text);
    EXPECT_TRUE(is_image_manifest(file, options.files)) << text;
    const ImageManifest manifest = read_image_manifest(file, options);
    EXPECT_THAT(manifest.files, ElementsAre(file.parent_path() / "a.png", file.parent_path() / "b.png")) << text;
    EXPECT_THAT(manifest.labels, ElementsAre("x", "y")) << text;
    return manifest.notes;
  };
  EXPECT_TRUE(expect_read("file,label\na.png,x\nb.png,y\n").empty());
  EXPECT_TRUE(expect_read("\xef\xbb\xbf"
                          "file, label\r\na.png, x\r\n\"b.png\",\"y\"\r\n")
                  .empty());
  EXPECT_TRUE(expect_read("File;Label\na.png;x\nb.png;y\n").empty());
  EXPECT_THAT(expect_read("Category,Image Path\nx,a.png\ny,b.png\n"),
              ElementsAre("the files are in the column \"Image Path\", the labels in \"Category\""));
  EXPECT_THAT(expect_read("filename,breed\na.png,x\nb.png,y\n"), ElementsAre(HasSubstr("the labels in \"breed\"")));
  EXPECT_THAT(expect_read(",file,label,split\n0,a.png,x,train\n1,b.png,y,test\n"),
              ElementsAre("columns left out: column 1 (without a name), split"));
  EXPECT_THAT(expect_read("a.png,x\nb.png,y\n"),
              ElementsAre("has no header; its column 1 holds the files, column 2 the labels"));
  EXPECT_THAT(expect_read("k,breed,picture\n1,x,a.png\n2,y,b.png\n", {.files = "Picture", .label = "breed"}),
              testing::Contains("columns left out: k"));
  EXPECT_THAT(expect_read("1,x,a.png\n2,y,b.png\n", {.files = "#3", .label = "#2"}),
              ElementsAre(HasSubstr("has no header; its column 3 holds the files, column 2 the labels")));
  EXPECT_THAT(expect_read("file,label\n,\na.png,x\n\nb.png,y\n"), ElementsAre("2 empty lines passed over"));
}

TEST_F(ImageFileTest, BackslashesDivideFoldersAndRepetitionsAreTold) {
  std::filesystem::create_directories(write("a.png", "x").parent_path() / "d");
  write("d/c.png", "x");
  const auto file = write("list.csv", "file,label\nd\\c.png,x\na.png,x\na.png,x\na.png,y\n");
  const ImageManifest manifest = read_image_manifest(file);
  EXPECT_EQ(manifest.files[0], file.parent_path() / "d/c.png");
  EXPECT_THAT(manifest.notes, ElementsAre(HasSubstr("1 paths are written with backslashes"),
                                          "1 line repeats an earlier line; the first is line 4"));
  EXPECT_THAT(manifest.warnings, ElementsAre(HasSubstr("a.png is \"x\" in line 3 and \"y\" in line 5")));
}

TEST_F(ImageFileTest, BlankLabelsAreNoLabelsOnlyIfAllAreBlank) {
  EXPECT_TRUE(read_image_manifest(write("list.csv", "file,label\na,\nb,\n")).labels.empty());
  EXPECT_THAT(error_of([&] { return read_image_manifest(write("list.csv", "file,label\na,x\nb,\n")); }),
              HasSubstr("list.csv:3:2: the line must hold a file and its label"));
}

TEST_F(ImageFileTest, FaultsOfAManifestAreNamed) {
  const auto error = [&](const std::string& text) {
    return error_of([&] { return read_image_manifest(write("list.csv", text)); });
  };
  EXPECT_THAT(error("\n"), HasSubstr("a manifest names one image file per line"));
  EXPECT_THAT(error("name,label\n"), HasSubstr("no column holds image files; its columns are \"name\", \"label\""));
  EXPECT_THAT(error("file,sort,kind\na,b,c\n"), HasSubstr("no column is known to hold the labels"));
  EXPECT_THAT(error("file,label\na\n"), HasSubstr("list.csv:2:1: the line must hold a file and its label"));
  EXPECT_THAT(error("file\n"), HasSubstr("names no files"));
}

}  // namespace
}  // namespace holdfast::io
