#include <gmock/gmock.h>

#include "holdfast/io/dataset_file.hpp"
#include "holdfast/io/image_file.hpp"
#include "unit/io/files.hpp"

namespace holdfast::io {
namespace {

using testing::ElementsAre;

std::string idx(unsigned char type, std::initializer_list<std::uint32_t> shape, std::string_view data) {
  std::string bytes("\0\0", 2);
  bytes += static_cast<char>(type);
  bytes += static_cast<char>(shape.size());
  bytes += values_of(shape, true);
  bytes += data;
  return bytes;
}

class Idx : public Files {
 protected:
  Matrix matrix(std::string_view bytes) const { return read_dataset(Files::write("x.idx", bytes)).x; }
  std::string error(std::string_view bytes, const std::string& name = "x.idx") const {
    return error_of([&] { return read_dataset(Files::write(name, bytes)); });
  }
};

TEST_F(Idx, FlattensImagesAndNeedsNoLabels) {
  const auto file = Files::write("train-images-idx3-ubyte.gz", gzip(idx(8, {2, 2, 2}, "\1\2\3\4\5\6\7\xFF")));
  const Dataset data = read_dataset(file);
  EXPECT_EQ(data.x, (Matrix{{1, 2, 3, 4}, {5, 6, 7, 255}}));
  EXPECT_FALSE(data.labels);
}

TEST_F(Idx, TakesLabelsFromTheirFile) {
  const auto labels = Files::write("train-labels-idx1-ubyte", idx(8, {2}, "\x09\x03"));
  const Dataset data = read_dataset(Files::write("x.idx", idx(8, {2, 1}, "\1\2")), {.labels_file = labels});
  EXPECT_THAT(data.labels->names, ElementsAre("3", "9"));
  EXPECT_THAT(data.labels->codes, ElementsAre(1, 0));
}

TEST_F(Idx, ReadsEveryType) {
  EXPECT_EQ(matrix(idx(0x09, {1, 2}, "\xFF\x02")), (Matrix{{-1, 2}}));
  EXPECT_EQ(matrix(idx(0x0B, {1, 2}, values_of<std::int16_t>({-300, 2}, true))), (Matrix{{-300, 2}}));
  EXPECT_EQ(matrix(idx(0x0C, {1, 2}, values_of<std::int32_t>({-70000, 2}, true))), (Matrix{{-70000, 2}}));
  EXPECT_EQ(matrix(idx(0x0D, {1, 2}, values_of({0.5F, -2.0F}, true))), (Matrix{{0.5, -2}}));
  EXPECT_EQ(matrix(idx(0x0E, {1, 2}, values_of({0.1, -2.0}, true))), (Matrix{{0.1, -2}}));
}

TEST_F(Idx, RefusesHeadersThatLie) {
  EXPECT_EQ(error(idx(8, {60000, 28, 28}, "1234")),
            "x.idx: its header claims 47040000 bytes of data, but 4 follow; the file is cut short, write it again");
  EXPECT_EQ(error(idx(8, {2, 1}, "1234")),
            "x.idx: its header claims 2 bytes of data, but 4 follow; the file is too long, write it again");
  EXPECT_EQ(error(gzip(idx(8, {3, 2}, "1234")), "x.idx.gz"),
            "x.idx.gz: the data end before what its header claims; the file is cut short, write it again");
  EXPECT_EQ(error(gzip(idx(8, {1, 2}, "1234")), "x.idx.gz"),
            "x.idx.gz: more data follow than its header claims; write the file again");
  EXPECT_EQ(error(idx(8, {0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF}, "1")),
            "x.idx: its header claims more data than any file can hold; write the file again");
  EXPECT_EQ(error(idx(8, {2, 3}, "").substr(0, 10)),
            "x.idx: the data end before what its header claims; the file is cut short, write it again");
}

TEST_F(Idx, RefusesOtherFiles) {
  const std::string expected = "; an idx file begins with 0000, a type from 08 to 0e, and the number of dimensions";
  EXPECT_EQ(error("1,2,3\n"), "x.idx: is not an idx file (it begins with 312c322c)" + expected);
  EXPECT_EQ(error(std::string("\0\0\x0A\x01", 4)), "x.idx: is not an idx file (it begins with 00000a01)" + expected);
  EXPECT_EQ(error(std::string("\0\0\x08\0", 4)), "x.idx: is not an idx file (it begins with 00000800)" + expected);
  EXPECT_EQ(error(std::string("\0\0", 2)), "x.idx: is not an idx file (it begins with 0000)" + expected);
}

TEST_F(Idx, RefusesImagesAndLabelsInEachOthersPlace) {
  EXPECT_EQ(error(idx(8, {2}, "12")),
            "x.idx: has one dimension, as a file of labels has; give it with `labels`, and the images as data");
  std::vector<std::string> notes;
  EXPECT_EQ(error_of([&] {
              return read_labels(Files::write("y.idx", idx(8, {1, 1, 1}, "1")), 1, notes);
            }),
            "y.idx: has 3 dimensions, as a file of images has; a file of labels must have one");
}

TEST_F(Idx, RefusesEmptyArrays) {
  EXPECT_EQ(error(idx(8, {0, 28, 28}, "")), "x.idx: its header says that it is empty; it must hold at least one row");
}

class Cifar : public Files {};

TEST_F(Cifar, ReadsLabelAndPixels) {
  std::string bytes;
  for (const char label : {'\5', '\0'}) bytes += label + std::string(3071, label) + '\xFF';
  for (const auto& file : {Files::write("data_batch_1.bin", bytes), Files::write("data_batch_1.bin.gz", gzip(bytes))}) {
    const Dataset data = read_dataset(file);
    ASSERT_EQ(data.dimension(), 3072);
    EXPECT_EQ(data.rows(), 2);
    EXPECT_EQ(data.x(0, 0), 5);
    EXPECT_EQ(data.x(1, 3070), 0);
    EXPECT_EQ(data.x(1, 3071), 255);
    EXPECT_THAT(data.labels->names, ElementsAre("0", "5"));
    EXPECT_THAT(data.labels->codes, ElementsAre(1, 0));
    EXPECT_FALSE(read_dataset(file, {.label = "none"}).labels);
  }
}

TEST_F(Cifar, RefusesPartsOfRecords) {
  const std::string bytes(3073 + 100, '\1');
  const char* const message =
      ": holds 3173 bytes, which is no multiple of 3073; a CIFAR-10 binary file has 3073 bytes for each image";
  EXPECT_EQ(error_of([&] { return read_dataset(Files::write("x.bin", bytes)); }), std::string("x.bin") + message);
  EXPECT_EQ(error_of([&] { return read_dataset(Files::write("x.bin.gz", gzip(bytes))); }),
            std::string("x.bin.gz") + message);
}

TEST_F(Cifar, OfAHundredClassesHasTheFineLabelSecond) {
  const std::string bytes = "\3\7" + std::string(3072, '\x09') + "\3\x63" + std::string(3072, '\xFE');
  const auto file = Files::write("train.bin", bytes);
  const Dataset data = read_dataset(file, {.format = Format::cifar100});
  ASSERT_EQ(data.dimension(), 3072);
  EXPECT_EQ(data.x(0, 0), 9);
  EXPECT_EQ(data.x(1, 3071), 254);
  EXPECT_THAT(data.labels->names, ElementsAre("7", "99"));
  EXPECT_THAT(
      error_of([&] { return read_dataset(Files::write("cut.bin", bytes.substr(1)), {.format = Format::cifar100}); }),
      testing::HasSubstr("no multiple of 3074; a CIFAR-100 binary file has 3074 bytes for each image"));
}

class PackedImagesFile : public Files {};

TEST_F(PackedImagesFile, HoldTheBytesOfWhatReadDatasetGivesAsNumbers) {
  const auto labels = Files::write("labels", idx(8, {2}, "\x09\x03"));
  const auto file = Files::write("images.idx.gz", gzip(idx(8, {2, 2, 3}, "\1\2\3\4\5\6\7\x08\x09\x0A\x0B\xFF")));
  const PackedImages images = read_packed_images(file, {.labels_file = labels});
  EXPECT_EQ(images.size(), 2);
  EXPECT_EQ(images.channels, 1);
  EXPECT_EQ(images.height, 2);
  EXPECT_EQ(images.width, 3);
  const Dataset rows = read_dataset(file, {.labels_file = labels});
  ASSERT_EQ(images.pixels.size(), 12U);
  for (Index i = 0; i < 12; ++i) EXPECT_EQ(images.pixels[static_cast<std::size_t>(i)], rows.x(i / 6, i % 6));
  EXPECT_EQ(images.labels->codes, rows.labels->codes);
  EXPECT_EQ(images.labels->names, rows.labels->names);
  EXPECT_FALSE(read_packed_images(file).labels);
}

TEST_F(PackedImagesFile, OfCifarHaveThreeChannelsAndTheirLabels) {
  std::string bytes;
  for (const char label : {'\5', '\0'}) bytes += label + std::string(3071, label) + '\xFF';
  const PackedImages images = read_packed_images(Files::write("data_batch_1.bin", bytes));
  EXPECT_EQ(images.size(), 2);
  EXPECT_EQ(images.channels, 3);
  EXPECT_EQ(images.height, 32);
  EXPECT_EQ(images.pixels[0], 5);
  EXPECT_EQ(images.pixels[2 * 3072 - 1], 255);
  EXPECT_THAT(images.labels->codes, ElementsAre(1, 0));
}

TEST_F(PackedImagesFile, RefuseWhatIsNoImages) {
  const auto error = [&](const std::filesystem::path& file, const ReadOptions& options = {}) {
    return error_of([&] { return read_packed_images(file, options); });
  };
  EXPECT_THAT(error(Files::write("x.idx", idx(8, {2, 3}, "123456"))), testing::HasSubstr("x.idx: "));
  EXPECT_THAT(error(Files::write("f.idx", idx(0x0D, {1, 1, 1}, values_of({0.5F}, true)))), testing::HasSubstr("byte"));
  EXPECT_THAT(error(Files::write("cut.bin", std::string(3000, '\1'))), testing::HasSubstr("3073"));
  EXPECT_THAT(
      error(Files::write("i.idx", idx(8, {2, 1, 1}, "12")), {.labels_file = Files::write("l", idx(8, {3}, "123"))}),
      testing::HasSubstr("holds 3 labels for the 2 rows"));
  EXPECT_TRUE(is_packed_images("train-images-idx3-ubyte.gz", Format::automatic));
  EXPECT_TRUE(is_packed_images("x.dat", Format::cifar100));
  EXPECT_FALSE(is_packed_images("x.csv", Format::automatic));
}

}  // namespace
}  // namespace holdfast::io
