#include "holdfast/io/image_file.hpp"

#include <gmock/gmock.h>

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

TEST_F(ImageFileTest, FaultsOfAManifestAreNamed) {
  const auto error = [&](const std::string& text) {
    return error_of([&] { return read_image_manifest(write("list.csv", text)); });
  };
  EXPECT_THAT(error("\n"), HasSubstr("a manifest begins with the line"));
  EXPECT_THAT(error("name,label\n"), HasSubstr("list.csv:1:1: the header is \"name,label\""));
  EXPECT_THAT(error("file,label\na\n"), HasSubstr("list.csv:2:1: the line must hold a file and its label"));
  EXPECT_THAT(error("file\n"), HasSubstr("names no files"));
}

}  // namespace
}  // namespace holdfast::io
