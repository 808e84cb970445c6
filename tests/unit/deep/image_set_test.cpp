#include "holdfast/deep/image_set.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <opencv2/imgcodecs.hpp>

#include "holdfast/core/error.hpp"
#include "reference/deep/small_images.hpp"

namespace holdfast::deep {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class ImageFolders : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / fs::path("holdfast-images-" + std::to_string(::getpid()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  /// An image with a red, a green and a blue third (or grey), of height x width.
  fs::path write(const std::string& name, int height = 6, int width = 9, bool colour = true) const {
    cv::Mat image(height, width, colour ? CV_8UC3 : CV_8UC1, cv::Scalar(0));
    for (int row = 0; row < height; ++row) {
      for (int column = 0; column < width; ++column) {
        const int third = 3 * column / width;
        if (colour) {
          image.at<cv::Vec3b>(row, column)[2 - third] = 200;  // blue, green, red
        } else {
          image.at<std::uint8_t>(row, column) = static_cast<std::uint8_t>(50 * (third + 1));
        }
      }
    }
    const fs::path file = folder_ / name;
    fs::create_directories(file.parent_path());
    cv::imwrite(file.string(), image);
    return file;
  }

  std::string error(const ImageReadOptions& options = {}) const { return error_of(folder_, options); }
  static std::string error_of(const fs::path& path, const ImageReadOptions& options = {}) {
    try {
      (void)read_images(path, options);
    } catch (const InputError& error) {
      return error.what();
    }
    return "no error";
  }

  fs::path folder_;
};

TEST_F(ImageFolders, FoldersAreClasses) {
  write("cat/1.png");
  write("cat/2.bmp");
  write("dog/1.png");
  write("dog/notes.txt.png");
  std::ofstream(folder_ / "dog/readme.txt") << "no image";
  const ImageSet images = read_images(folder_).images;
  EXPECT_EQ(images.size(), 4);
  EXPECT_EQ(images.shape(), (ImageShape{3, 6, 9}));
  EXPECT_EQ(images.labels()->names, (std::vector<std::string>{"cat", "dog"}));
  EXPECT_EQ(images.labels()->codes, (std::vector<int>{0, 0, 1, 1}));
  std::vector<std::uint8_t> bytes(3 * 6 * 9);
  images.read(1, bytes.data());
  EXPECT_EQ(bytes[0], 200);           // red where it is red
  EXPECT_EQ(bytes[4], 0);             // and not where it is green
  EXPECT_EQ(bytes[54 + 4], 200);      // the second channel is green
  EXPECT_EQ(bytes[2 * 54 + 8], 200);  // the third blue
  const Dataset rows = images.as_rows();
  EXPECT_EQ(rows.x(1, 54 + 4), 200.0);
  EXPECT_EQ(rows.dimension(), 162);
}

TEST_F(ImageFolders, ManifestsNameFilesAndLabels) {
  write("a/1.png");
  write("b/2.png");
  std::ofstream(folder_ / "list.csv") << "file,label\na/1.png,yes\n\"b/2.png\",no\n";
  const ImageSet images = read_images(folder_ / "list.csv").images;
  EXPECT_EQ(images.labels()->text(0), "yes");
  EXPECT_EQ(images.labels()->text(1), "no");
  std::ofstream(folder_ / "bare.csv") << "file\na/1.png\n";
  EXPECT_FALSE(read_images(folder_ / "bare.csv").images.labels().has_value());
  std::ofstream(folder_ / "bad.csv") << "file,label\na/1.png\n";
  EXPECT_THAT(error_of(folder_ / "bad.csv"), HasSubstr("bad.csv:2:1: the line must hold a file and its label"));
  std::ofstream(folder_ / "gone.csv") << "file,label\na/3.png,x\n";
  EXPECT_THAT(error_of(folder_ / "gone.csv"),
              testing::AllOf(HasSubstr("1 of its 1 files cannot be found"), HasSubstr("a/3.png")));
}

TEST_F(ImageFolders, SizesMustAgreeOrAreBroughtToOne) {
  write("a/1.png", 6, 9);
  write("b/1.png", 12, 18);
  EXPECT_THAT(error(), testing::AllOf(HasSubstr("b/1.png: has 12 x 18 pixels"), HasSubstr("`image-size=6x9`")));
  ImageReadOptions options;
  options.size = {12, 9};
  const ImageSet images = read_images(folder_, options).images;
  EXPECT_EQ(images.shape(), (ImageShape{3, 12, 9}));
  std::vector<std::uint8_t> bytes(3 * 12 * 9);
  images.read(1, bytes.data());
  EXPECT_GT(bytes[0], 150);
}

TEST_F(ImageFolders, ChannelsMustAgreeOrAreConverted) {
  write("a/1.png", 6, 9, true);
  write("b/1.png", 6, 9, false);
  EXPECT_THAT(error(), testing::AllOf(HasSubstr("b/1.png: has 1 channel,"), HasSubstr("`channels=1`")));
  ImageReadOptions options;
  options.channels = 1;
  EXPECT_EQ(read_images(folder_, options).images.shape(), (ImageShape{1, 6, 9}));
  options.channels = 3;
  const ImageSet colour = read_images(folder_, options).images;
  std::vector<std::uint8_t> bytes(3 * 6 * 9);
  colour.read(1, bytes.data());
  EXPECT_EQ(bytes[0], 50);  // grey in all three
  EXPECT_EQ(bytes[54], 50);
}

TEST_F(ImageFolders, DamagedFilesAreNamedAndLeftOutOnRequest) {
  write("a/1.png");
  write("b/1.jpg", 40, 40);
  write("b/2.png");
  std::ofstream(folder_ / "a/0.jpg") << "not an image";
  // A JPEG that was cut off: decoders fill it with grey and say nothing.
  const auto size = fs::file_size(folder_ / "b/1.jpg");
  fs::resize_file(folder_ / "b/1.jpg", size / 2);
  EXPECT_THAT(error(), testing::AllOf(HasSubstr("a/0.jpg: is damaged, or is not an image"), HasSubstr("`skip-bad`")));
  fs::remove(folder_ / "a/0.jpg");
  EXPECT_THAT(error(), HasSubstr("b/1.jpg: is damaged: the image is truncated"));
  ImageReadOptions options;
  options.skip_bad = true;
  const ReadImages read = read_images(folder_, options);
  EXPECT_EQ(read.images.size(), 2);
  EXPECT_EQ(read.images.labels()->names, (std::vector<std::string>{"a", "b"}));
  EXPECT_THAT(read.warnings, testing::ElementsAre("1 file passed over (is damaged: the image is truncated): b/1.jpg"));
  fs::remove_all(folder_ / "a");
  fs::remove(folder_ / "b/2.png");
  EXPECT_THAT(error(options), HasSubstr("none of its images can be decoded"));
}

TEST_F(ImageFolders, WhatHoldsNoImagesIsRefused) {
  EXPECT_THAT(error(), HasSubstr("holds no folders with images"));
  write("loose.png");
  EXPECT_THAT(error(), HasSubstr("give a folder with one folder of image files"));
  ImageReadOptions options;
  options.labels = false;
  EXPECT_EQ(read_images(folder_, options).images.size(), 1);
  std::ofstream(folder_ / "table.csv") << "x,y,label\n1,2,a\n";
  EXPECT_THAT(error_of(folder_ / "table.csv"), HasSubstr("holds no images"));
  EXPECT_THAT(error_of(folder_ / "nowhere"), HasSubstr("nowhere"));
  options = {};
  options.labels_file = folder_ / "labels.txt";
  EXPECT_THAT(error(options), HasSubstr("leave the file of labels out"));
}

TEST_F(ImageFolders, FilesAreKnownByTheirContent) {
  write("a/1.png");
  write("b/1.png");
  fs::rename(folder_ / "b/1.png", folder_ / "b/photo.jfif");
  EXPECT_EQ(read_images(folder_).images.size(), 2);
}

TEST_F(ImageFolders, FoldersWithinClassesAreSearched) {
  write("a/1.png");
  write("b/deep/er/1.png");
  const ReadImages read = read_images(folder_);
  EXPECT_EQ(read.images.labels()->names, (std::vector<std::string>{"a", "b"}));
  EXPECT_THAT(read.notes, testing::ElementsAre(HasSubstr("b/deep/er/1.png")));
}

TEST_F(ImageFolders, WhatIsNoImageIsCountedByKind) {
  write("a/1.png");
  write("b/1.png");
  fs::create_directories(folder_ / "__MACOSX/a");
  fs::create_directories(folder_ / "c");
  for (const char* name : {".DS_Store", "a/._1.png", "a/Thumbs.db", "__MACOSX/a/1.png", "a/x.txt", "b/y.txt"}) {
    std::ofstream(folder_ / name) << "x";
  }
  std::ofstream(folder_ / "b/2.gif") << "GIF89a";
  const ReadImages read = read_images(folder_);
  EXPECT_EQ(read.images.size(), 2);
  EXPECT_THAT(read.notes, testing::ElementsAre("folders without files are no classes: c",
                                               "2 files passed over (.txt): a/x.txt, b/y.txt",
                                               "1 file passed over (Thumbs.db): a/Thumbs.db",
                                               "1 file passed over (__MACOSX): __MACOSX/a/1.png",
                                               "2 files passed over (hidden): .DS_Store, a/._1.png"));
  EXPECT_THAT(read.warnings, testing::ElementsAre(testing::AllOf(HasSubstr("1 file passed over (GIF, which OpenCV"),
                                                                 HasSubstr("b/2.gif"))));
}

TEST_F(ImageFolders, AClassWithoutAnImageIsRefused) {
  write("a/1.png");
  write("b/1.png");
  fs::create_directories(folder_ / "c");
  std::ofstream(folder_ / "c/1.gif") << "GIF89a";
  EXPECT_THAT(error(), testing::AllOf(HasSubstr("no image of the class c can be read: 1 file passed over (GIF"),
                                      HasSubstr("c/1.gif")));
  fs::remove_all(folder_ / "c");
  std::ofstream(folder_ / "b/1.png") << "<html>404</html>";
  EXPECT_THAT(error(), HasSubstr("b/1.png: is no image that can be decoded: it is an HTML page"));
  ImageReadOptions options;
  options.skip_bad = true;
  EXPECT_THAT(error(options), HasSubstr("no image of the class b can be read"));
}

TEST_F(ImageFolders, PartsOfADataSetAreNoClasses) {
  write("train/a/1.png");
  write("test/a/1.png");
  EXPECT_THAT(error(), HasSubstr("its folders test, train are parts of a data set, not classes"));
}

TEST_F(ImageFolders, OneImageIsReadWithoutLabels) {
  const fs::path file = write("photo.png");
  EXPECT_THAT(error_of(file), HasSubstr("is one image without a label"));
  ImageReadOptions options;
  options.labels_required = false;
  const ReadImages read = read_images(file, options);
  EXPECT_EQ(read.images.size(), 1);
  EXPECT_EQ(read.names, std::vector<std::string>{"photo.png"});
}

std::string content(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

TEST_F(ImageFolders, TheOrientationOfTheCameraIsApplied) {
  const fs::path file = write("a/1.jpg", 16, 24);
  std::string bytes = content(file);
  // An EXIF segment whose only entry says: rotate by 90 degrees clockwise (orientation 6).
  using namespace std::string_literals;
  bytes.insert(2,
               "\xff\xe1\0\x22"
               "Exif\0\0"
               "II*\0\x08\0\0\0"
               "\x01\0"
               "\x12\x01\x03\0\x01\0\0\0\x06\0\0\0"
               "\0\0\0\0"s);
  std::ofstream(file, std::ios::binary) << bytes;
  const ImageSet images = read_images(folder_).images;
  EXPECT_EQ(images.shape(), (ImageShape{3, 24, 16}));
}

TEST_F(ImageFolders, BytesAfterTheEndOfAnImageDoNotMatter) {
  for (const char* name : {"a/1.jpg", "a/2.png"}) {
    const fs::path file = write(name);
    std::ofstream(file, std::ios::binary | std::ios::app) << std::string(20000, '\x11');
  }
  EXPECT_EQ(read_images(folder_).images.size(), 2);
}

TEST_F(ImageFolders, TransparencyIsLeftOutAndSixteenBitsKeepEight) {
  fs::create_directories(folder_ / "a");
  cv::imwrite((folder_ / "a/1.png").string(), cv::Mat(6, 9, CV_8UC4, cv::Scalar(10, 20, 30, 0)));
  cv::imwrite((folder_ / "a/2.png").string(), cv::Mat(6, 9, CV_16UC3, cv::Scalar(2570, 5140, 7710)));
  const Dataset rows = read_images(folder_).images.as_rows();
  for (const Index row : {0, 1}) {
    EXPECT_EQ(rows.x(row, 0), 30.0);
    EXPECT_EQ(rows.x(row, 54), 20.0);
    EXPECT_EQ(rows.x(row, 108), 10.0);
  }
}

TEST(ImageSet, ChecksumTellsPixelsAndLabelsApart) {
  const ImageSet images = reference::bars(10, 2, 1);
  EXPECT_EQ(images.checksum(), reference::bars(10, 2, 1).checksum());
  EXPECT_NE(images.checksum(), reference::bars(10, 2, 2).checksum());
  EXPECT_NE(images.checksum(), reference::bars(10, 5, 1).checksum());
}

TEST(ImageSize, IsHeightAndWidth) {
  EXPECT_EQ(parse_image_size("32x48"), (std::pair<Index, Index>{32, 48}));
  EXPECT_EQ(parse_image_size("32"), (std::pair<Index, Index>{32, 32}));
  for (const char* bad : {"", "x", "32x", "0x5", "-3", "32x32x3", "big"}) {
    EXPECT_THROW((void)parse_image_size(bad), InputError) << bad;
  }
}

TEST(ImageReadOptions, AreSizeAndChannels) {
  const OptionTable<ImageReadOptions>& table = image_read_options();
  const ImageReadOptions options = table.apply({{"image-size", "32x48"}, {"channels", Index{3}}});
  EXPECT_EQ(options.size, (std::pair<Index, Index>{32, 48}));
  EXPECT_EQ(options.channels, 3);
  EXPECT_EQ(table.values(options), (OptionSet{{"image-size", "32x48"}, {"channels", Index{3}}}));
  EXPECT_THROW(table.validate({.channels = 2}), InputError);
  EXPECT_THROW((void)table.apply({{"image-size", "big"}}), InputError);
}

}  // namespace
}  // namespace holdfast::deep
