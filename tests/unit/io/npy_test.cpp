#include "holdfast/io/npy.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "holdfast/io/dataset_file.hpp"
#include "unit/io/files.hpp"

namespace holdfast::io {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Npy : public Files {
 protected:
  Matrix matrix(std::string_view bytes) const { return read_dataset(Files::write("x.npy", bytes)).x; }
  std::string error(std::string_view bytes, const std::string& name = "x.npy") const {
    return error_of([&] { return read_dataset(Files::write(name, bytes)); });
  }
  std::vector<std::string> labels(std::string_view bytes) const {
    notes.clear();
    return read_labels(Files::write("y.npy", bytes), 0, notes);
  }
  std::string label_error(std::string_view bytes) const {
    return error_of([&] { return labels(bytes); });
  }

  mutable std::vector<std::string> notes;
};

const Matrix expected = Matrix{{1, 2, 3}, {-4, 5, 6}};

template <class Value>
std::string six(bool reversed = false) {
  return values_of<Value>({1, 2, 3, static_cast<Value>(-4), 5, 6}, reversed);
}

TEST_F(Npy, ReadsEveryTypeInBothByteOrders) {
  for (const bool big : {false, true}) {
    const std::string order = big ? ">" : "<";
    EXPECT_EQ(matrix(npy(order + "f8", "(2, 3)", six<double>(big))), expected);
    EXPECT_EQ(matrix(npy(order + "f4", "(2, 3)", six<float>(big))), expected);
    EXPECT_EQ(matrix(npy(order + "i8", "(2, 3)", six<std::int64_t>(big))), expected);
    EXPECT_EQ(matrix(npy(order + "i4", "(2, 3)", six<std::int32_t>(big))), expected);
    EXPECT_EQ(matrix(npy(order + "i2", "(2, 3)", six<std::int16_t>(big))), expected);
    EXPECT_EQ(matrix(npy(order + "u8", "(1, 1)", values_of<std::uint64_t>({std::uint64_t{1} << 63}, big))),
              (Matrix{{0x1p63}}));
    EXPECT_EQ(matrix(npy(order + "u4", "(1, 1)", values_of<std::uint32_t>({0xFFFFFFFEU}, big))),
              (Matrix{{4294967294.0}}));
    EXPECT_EQ(matrix(npy(order + "u2", "(1, 1)", values_of<std::uint16_t>({0xFFFE}, big))), (Matrix{{65534}}));
    EXPECT_EQ(matrix(npy(order + "f2", "(1, 2)", values_of<std::uint16_t>({0x3E00, 0xC000}, big))),
              (Matrix{{1.5, -2}}));
  }
  EXPECT_EQ(matrix(npy("|i1", "(2, 3)", six<std::int8_t>())), expected);
  EXPECT_EQ(matrix(npy("|u1", "(1, 2)", "\x05\xFF")), (Matrix{{5, 255}}));
  EXPECT_EQ(matrix(npy("|b1", "(1, 2)", std::string("\1\0", 2))), (Matrix{{1, 0}}));
}

TEST_F(Npy, ReadsFortranOrder) {
  EXPECT_EQ(matrix(npy("<f8", "(2, 3)", values_of({1.0, -4.0, 2.0, 5.0, 3.0, 6.0}), true)), expected);
}

TEST_F(Npy, ReadsFortranOrderOfManyBlocks) {
  const int rows = 700001;
  std::string data;
  for (int column = 0; column < 3; ++column) {
    for (int row = 0; row < rows; ++row) data += bytes_of(row * 4 + column);
  }
  const Matrix x = matrix(npy("<i4", "(700001, 3)", data, true));
  bool right = true;
  for (int row = 0; row < rows; ++row) {
    for (int column = 0; column < 3; ++column) right = right && x(row, column) == row * 4 + column;
  }
  EXPECT_TRUE(right);
}

TEST_F(Npy, ReadsVersionsAndHeadersAsOthersWriteThem) {
  EXPECT_EQ(matrix(npy("<f8", "(2, 3)", six<double>(), false, 2)), expected);
  EXPECT_EQ(matrix(npy("<f8", "(2, 3)", six<double>(), false, 3)), expected);
  EXPECT_EQ(matrix(npy_with_header("{\"shape\":(2L,3L),\"fortran_order\":False,\"descr\":\"<f8\"}  ", six<double>())),
            expected);
}

TEST_F(Npy, FlattensImages) {
  const Dataset data = read_dataset(Files::write("x.npy", npy("|u1", "(1, 2, 2)", "\1\2\3\4")));
  EXPECT_EQ(data.x, (Matrix{{1, 2, 3, 4}}));
  EXPECT_THAT(data.notes, ElementsAre("entries of 2 x 2 are flattened to 4 features"));
  // Two images of 2 x 3 pixels; in Fortran order the image runs fastest, then the line.
  EXPECT_EQ(matrix(npy("|u1", "(2, 2, 3)", "\1\7\4\12\2\10\5\13\3\11\6\14", true)),
            (Matrix{{1, 2, 3, 4, 5, 6}, {7, 8, 9, 10, 11, 12}}));
}

TEST_F(Npy, ReadsExtendedPrecision) {
  if (std::numeric_limits<long double>::digits != 64 || sizeof(long double) != 16) GTEST_SKIP() << "no such numbers";
  EXPECT_EQ(matrix(npy("<f16", "(1, 2)", values_of({1.5L, -0.1L}))), (Matrix{{1.5, static_cast<double>(-0.1L)}}));
  EXPECT_THAT(labels(npy("<f16", "(1,)", values_of({2.0L}))), ElementsAre("2"));
}

TEST_F(Npy, HasNoLabelsButThoseOfAFile) {
  const auto file = Files::write("x.npy", npy("|u1", "(2, 1)", "\1\2"));
  EXPECT_FALSE(read_dataset(file).labels);
  const Dataset data =
      read_dataset(file, {.labels_file = Files::write("y.npy", npy("<i8", "(2,)", values_of<std::int64_t>({-1, 3})))});
  EXPECT_THAT(data.labels->names, ElementsAre("-1", "3"));
}

TEST_F(Npy, WritesWhatItReads) {
  const Matrix x = Matrix{{1, -2.5, 0.1}, {1e300, 5e-324, 0}};
  write_npy(folder() / "w.npy", x.leftCols(2));
  EXPECT_EQ(read_dataset(folder() / "w.npy").x, x.leftCols(2));
  const std::string bytes = read(folder() / "w.npy");
  EXPECT_EQ(bytes.substr(0, 8), std::string("\x93NUMPY\1\0", 8));
  EXPECT_EQ(bytes.size(), 128 + 4 * sizeof(double));
  EXPECT_THAT(bytes, HasSubstr("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }  "));
  EXPECT_EQ(count_files(), 1u);
}

TEST_F(Npy, ReadsLabelsOfEveryKind) {
  EXPECT_THAT(labels(npy("<i4", "(2,)", values_of<std::int32_t>({-1, 3}))), ElementsAre("-1", "3"));
  EXPECT_THAT(labels(npy("|i1", "(2, 1)", "\xFF\x03")), ElementsAre("-1", "3"));
  EXPECT_THAT(labels(npy("|i1", "(1, 2)", "\xFF\x03")), ElementsAre("-1", "3"));
  EXPECT_TRUE(notes.empty());
  EXPECT_THAT(labels(npy("<f8", "(2, 3)", values_of({0.0, 0.0, 1.0, 1.0, 0.0, 0.0}))), ElementsAre("2", "0"));
  EXPECT_THAT(notes, ElementsAre("labels of 3 columns are one-hot: the column of the 1, counted from 0, is the class"));
  EXPECT_THAT(labels(npy("<u8", "(1,)", values_of<std::uint64_t>({UINT64_MAX}))), ElementsAre("18446744073709551615"));
  EXPECT_THAT(labels(npy("|b1", "(2,)", std::string("\1\0", 2))), ElementsAre("1", "0"));
  EXPECT_THAT(labels(npy(">f8", "(4,)", values_of({1.0, -2.0, 0.1, -0.0}, true))), ElementsAre("1", "-2", "0.1", "0"));
  EXPECT_THAT(labels(npy("<f4", "(1,)", values_of({0.1F}))), ElementsAre("0.1"));
  EXPECT_THAT(labels(npy("<f2", "(1,)", values_of<std::uint16_t>({0x4000}))), ElementsAre("2"));
  EXPECT_THAT(labels(npy("|S3", "(2,)", std::string("ab\0 cd", 6))), ElementsAre("ab", "cd"));
  for (const bool big : {false, true}) {
    const std::string data = values_of<std::uint32_t>({'a', 0xE9, 0x20AC, 0x1F600, 0, 0}, big);
    EXPECT_THAT(labels(npy(big ? ">U3" : "<U3", "(2,)", data)),
                ElementsAre("a\xC3\xA9\xE2\x82\xAC", "\xF0\x9F\x98\x80"));
  }
}

TEST_F(Npy, ReadsLabelsOfCharactersOfEveryLength) {
  const std::vector<std::pair<std::uint32_t, std::string>> characters = {{0x7F, "\x7F"},
                                                                         {0x80, "\xC2\x80"},
                                                                         {0x7FF, "\xDF\xBF"},
                                                                         {0x800, "\xE0\xA0\x80"},
                                                                         {0xFFFF, "\xEF\xBF\xBF"},
                                                                         {0x10000, "\xF0\x90\x80\x80"},
                                                                         {0x10FFFF, "\xF4\x8F\xBF\xBF"}};
  for (const auto& [character, text] : characters) {
    EXPECT_THAT(labels(npy("<U1", "(1,)", values_of<std::uint32_t>({character}))), ElementsAre(text));
  }
}

TEST_F(Npy, RefusesValuesThatAreNotFinite) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const float inf = std::numeric_limits<float>::infinity();
  EXPECT_EQ(error(npy("<f8", "(2, 3)", values_of({1.0, 2.0, 3.0, 4.0, nan, 6.0}))),
            "x.npy: row 1, column 1 (counted from 0) is NaN; leave such rows out with `missing=drop`, or fill such "
            "cells in with `missing=impute`");
  EXPECT_EQ(error(npy("<f4", "(3, 2)", values_of({1.0F, 2.0F, 3.0F, 4.0F, -inf, 6.0F}), true)),
            "x.npy: row 1, column 1 (counted from 0) is infinite; every feature must be a finite number");
}

TEST_F(Npy, RefusesHeadersThatLie) {
  const std::string small(1024, '\0');
  EXPECT_EQ(
      error(npy("<f8", "(131072, 2048)", small)),
      "x.npy: its header claims 2147483648 bytes of data, but 1024 follow; the file is cut short, write it again");
  EXPECT_EQ(error(npy("<f8", "(4, 4)", small)),
            "x.npy: its header claims 128 bytes of data, but 1024 follow; the file is too long, write it again");
  EXPECT_EQ(error(gzip(npy("<f8", "(131072, 2048)", small)), "x.npy.gz"),
            "x.npy.gz: the data end before what its header claims; the file is cut short, write it again");
  EXPECT_EQ(error(gzip(npy("<f8", "(131072, 2048)", small, true)), "x.npy.gz"),
            "x.npy.gz: the data end before what its header claims; the file is cut short, write it again");
  EXPECT_EQ(error(gzip(npy("<f8", "(4, 4)", small)), "x.npy.gz"),
            "x.npy.gz: more data follow than its header claims; write the file again");
  EXPECT_EQ(
      error(gzip(npy("|u1", "(1000000000, 1000000)", small)), "x.npy.gz"),
      "x.npy.gz: 1000000000 rows of 1000000 features need 8000000.0 GB, which is more memory than this machine has; "
      "give fewer rows or features");
}

TEST_F(Npy, RefusesShapesWhoseProductOverflows) {
  const char* const message = "x.npy: its header claims more data than any file can hold; write the file again";
  EXPECT_EQ(error(npy("|u1", "(4294967296, 4294967297)", "1")), message);
  EXPECT_EQ(error(npy("<f8", "(2305843009213693952, 1)", "1")), message);
  EXPECT_EQ(label_error(npy("<f8", "(2305843009213693952,)", "1")),
            "y.npy: its header claims more data than any file can hold; write the file again");
}

TEST_F(Npy, RefusesShapesThatAreNoMatrix) {
  const std::string form =
      "; features must be a matrix of shape (rows, features), such as X.reshape(-1, 1) for a single feature";
  EXPECT_EQ(error(npy("|u1", "(2,)", "12")), "x.npy: its array is of shape (2,)" + form);
  EXPECT_EQ(error(npy("|u1", "()", "1")), "x.npy: its array is of shape ()" + form);
  for (const char* shape : {"(0, 3)", "(3, 0)"}) {
    EXPECT_EQ(error(npy("|u1", shape, "")), std::string("x.npy: its array of shape ") + shape +
                                                " is empty; there must be at least one row and one feature");
  }
  for (const char* rows : {"1234", "\1\1\0\1", "\1\0\0\2"}) {
    EXPECT_EQ(label_error(npy("|u1", "(2, 2)", std::string_view(rows, 4))),
              "y.npy: its array is of shape (2, 2); labels must be of shape (rows,)");
  }
  EXPECT_EQ(label_error(npy("|u1", "(0,)", "")), "y.npy: holds no labels; give every row a label");
}

TEST_F(Npy, RefusesTypesThatAreNoNumbers) {
  const std::string advice = "; save the features as numbers, such as X.astype('float64')";
  EXPECT_EQ(error(npy("|O", "(1, 1)", "x")), "x.npy: its array holds Python objects" + advice);
  EXPECT_EQ(error(npy("<c16", "(1, 1)", "x")), "x.npy: its array holds complex numbers" + advice);
  EXPECT_EQ(error(npy("<U3", "(1, 1)", "x")), "x.npy: its array holds texts" + advice);
  EXPECT_EQ(error(npy("|S3", "(1, 1)", "x")), "x.npy: its array holds texts" + advice);
  EXPECT_EQ(error(npy("<M8[ns]", "(1, 1)", "x")), "x.npy: its array holds dates or times (datetime64)" + advice);
  EXPECT_EQ(error(npy("|V8", "(1, 1)", "x")), "x.npy: its array holds raw bytes" + advice);
  EXPECT_EQ(error(npy("<f12", "(1, 1)", "x")),
            "x.npy: its array holds numbers of extended precision (longdouble)" + advice);
  EXPECT_EQ(error(npy("<f1", "(1, 1)", "x")), "x.npy: its array holds numbers of type \"<f1\"" + advice);
  EXPECT_EQ(error(npy("", "(1, 1)", "x")), "x.npy: its array holds numbers of type \"\"" + advice);
  EXPECT_EQ(error(npy_with_header("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,), }", "x")),
            "x.npy: its array is structured (with named fields); save the columns as one plain numeric array");
  EXPECT_EQ(label_error(npy("|O", "(1,)", "x")),
            "y.npy: its array holds Python objects; save the labels as integers or texts, such as y.astype(str)");
}

TEST_F(Npy, RefusesDamagedHeaders) {
  EXPECT_EQ(error("1,2,3\n"), "x.npy: is not an npy file; write it with numpy.save, or name its format with `format`");
  EXPECT_EQ(error(npy("<f8", "(1, 1)", "12345678", false, 9)),
            "x.npy: is of npy version 9; versions 1 to 3 can be read");
  EXPECT_EQ(error("\x93NUMPY\1" + std::string(1, '\0') + "\xFF\xFF{"),
            "x.npy: its npy header claims to be 65535 bytes long; the file is damaged, write it again with numpy.save");
  const std::string spaces(std::size_t{1} << 20, ' ');
  EXPECT_THAT(error(npy_with_header("{'descr': '|u1', 'fortran_order': False, 'shape': (1, 1)}" + spaces, "1", 2)),
              HasSubstr("x.npy: its npy header claims to be 1048634 bytes long"));
  EXPECT_EQ(error(std::string("\x93NUMPY\1\0\1", 9)),
            "x.npy: the data end before what its header claims; the file is cut short, write it again");
  for (const char* header :
       {"", "{}", "{'descr': '<f8'}", "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1)} x",
        "{'descr': '<f8', 'fortran_order': 0, 'shape': (1, 1)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1, -1)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1 1)}",
        "{'descr': '<f8, 'fortran_order': False, 'shape': (1, 1)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 99999999999999999999)}",
        "{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (1, 1)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1), 'other': 1}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1)", "{'descr': '<f8"}) {
    EXPECT_EQ(error(npy_with_header(header, "12345678")),
              "x.npy: its npy header is damaged; write it again with numpy.save")
        << header;
  }
}

TEST_F(Npy, RefusesWrongLabels) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(label_error(npy("<f8", "(2,)", values_of({1.0, nan}))),
            "y.npy: label 1 (counted from 0) is missing (\"nan\"); give every row a label, or leave such rows out with "
            "`missing=drop`");
  EXPECT_EQ(label_error(npy("<f4", "(1,)", values_of({-std::numeric_limits<float>::infinity()}))),
            "y.npy: label 0 (counted from 0) is not finite; give every row a label");
  EXPECT_EQ(label_error(npy("|S2", "(2,)", std::string("ab \0", 4))),
            "y.npy: label 1 (counted from 0) is empty; give every row a label, or leave such rows out with "
            "`missing=drop`");
  EXPECT_EQ(label_error(npy("|S1", "(1,)", "\xE9")),
            "y.npy: label 0 (counted from 0) is not valid UTF-8; write it as a unicode text");
  EXPECT_EQ(label_error(npy("<U1", "(1,)", values_of<std::uint32_t>({0x110000}))),
            "y.npy: label 0 (counted from 0) is not valid text; write it again");
  EXPECT_EQ(label_error(npy("<U1", "(1,)", values_of<std::uint32_t>({0xD800}))),
            "y.npy: label 0 (counted from 0) is not valid UTF-8; write it as a unicode text");
  EXPECT_EQ(label_error(npy("<U1000000000", "(1,)", "1234")),
            "y.npy: its labels are up to 1000000000 characters long; give labels of at most 65536 characters");
  EXPECT_EQ(label_error(npy("|u1", "(3,)", "12")),
            "y.npy: its header claims 3 bytes of data, but 2 follow; the file is cut short, write it again");
  EXPECT_EQ(error_of([&] { return read_labels(Files::write("y.npy.gz", gzip(npy("|u1", "(1,)", "12"))), 1, notes); }),
            "y.npy.gz: more data follow than its header claims; write the file again");
}

}  // namespace
}  // namespace holdfast::io
