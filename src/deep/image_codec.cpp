#include "deep/image_codec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <iterator>
#include <opencv2/core/version.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string_view>
#include <vector>

#include "holdfast/core/error.hpp"

namespace holdfast::deep {
namespace {

[[noreturn]] void fail(const std::filesystem::path& file, const std::string& rule, const std::string& remedy) {
  throw InputError(Fault{.place = file.string(), .rule = rule, .remedy = remedy});
}

constexpr const char* replace_or_skip = "replace it, or leave it out with `skip-bad`";

unsigned byte_at(std::string_view bytes, std::size_t at) { return static_cast<unsigned char>(bytes[at]); }

/// True if a JPEG has no end marker: libjpeg fills what is missing with grey and reports no error. Segments are passed
/// over by their length, since thumbnails within them have end markers of their own; whatever follows the end marker
/// does not matter (ITU-T T.81, B.1).
bool is_truncated_jpeg(std::string_view bytes) {
  constexpr unsigned end_of_image = 0xD9;
  for (std::size_t at = 2; at + 1 < bytes.size();) {
    const unsigned marker = byte_at(bytes, at + 1);
    const bool is_marker = byte_at(bytes, at) == 0xFF && marker != 0x00 && marker != 0xFF;
    if (!is_marker) {
      ++at;
    } else if (marker == end_of_image) {
      return false;
    } else if (marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8)) {
      at += 2;  // a marker alone, such as a restart within the data
    } else if (at + 3 < bytes.size()) {
      at += 2 + 256 * byte_at(bytes, at + 2) + byte_at(bytes, at + 3);
    } else {
      break;
    }
  }
  return true;
}

/// True if a PNG ends before its last chunk does. OpenCV finds that too, but libpng then prints to standard error.
bool is_truncated_png(std::string_view bytes) {
  constexpr std::size_t around = 12;  // length, type and checksum of a chunk
  for (std::size_t at = 8; at + around <= bytes.size();) {
    std::size_t length = 0;
    for (std::size_t i = 0; i < 4; ++i) length = 256 * length + byte_at(bytes, at + i);
    if (bytes.substr(at + 4, 4) == "IEND") return false;
    at += around + length;
  }
  return true;
}

bool is_truncated(std::string_view bytes) {
  if (bytes.starts_with("\xff\xd8")) return is_truncated_jpeg(bytes);
  return bytes.starts_with("\x89PNG") && is_truncated_png(bytes);
}

/// Names what OpenCV does not decode but people have under the names of images.
std::string kind_of(std::string_view start) {
  const auto not_decoded = [](std::string_view name) {
    return fmt::format("{}, which OpenCV {} does not decode", name, CV_VERSION);
  };
  const std::string_view brand = start.size() < 12 ? std::string_view() : start.substr(4, 8);
  if (start.starts_with("GIF8")) return not_decoded("GIF");
  if (brand == "ftypavif" || brand == "ftypavis") return not_decoded("AVIF");
  if (brand == "ftypheic" || brand == "ftypheix" || brand == "ftypmif1") return not_decoded("HEIF");
  if (start.starts_with("%PDF")) return "PDF";
  if (start.starts_with("<svg")) return not_decoded("SVG");
  if (start.starts_with("<html") || start.starts_with("<!DOCTYPE") || start.starts_with("<!doctype")) {
    return "an HTML page";
  }
  if (start.starts_with("version https://git-lfs")) return "a pointer of git-lfs; `git lfs pull` fetches the image";
  return {};
}

cv::Mat decode(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) fail(file, "cannot be opened", "check the path and its permissions");
  const std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (bytes.empty()) fail(file, "is empty", replace_or_skip);
  if (const std::string kind = kind_of(bytes); !kind.empty() && !cv::haveImageReader(file.string())) {
    fail(file, fmt::format("is no image that can be decoded: it is {}", kind), replace_or_skip);
  }
  if (is_truncated(bytes)) fail(file, "is damaged: the image is truncated", replace_or_skip);
  cv::Mat image;
  try {
    // IMREAD_UNCHANGED would ignore the orientation.
    image = cv::imdecode(cv::Mat(1, static_cast<int>(bytes.size()), CV_8U, const_cast<char*>(bytes.data())),
                         cv::IMREAD_ANYCOLOR | cv::IMREAD_ANYDEPTH);
  } catch (const cv::Exception&) {
    image.release();
  }
  if (image.empty()) fail(file, "is damaged, or is not an image that can be decoded", replace_or_skip);
  // 16 bits keep their upper 8; floating point is from 0 to 1, as in HDR and EXR.
  const double scale = image.depth() == CV_16U ? 1.0 / 257.0 : image.depth() >= CV_32F ? 255.0 : 1.0;
  if (image.depth() != CV_8U) image.convertTo(image, CV_8U, scale);
  return image;
}

bool has_image_name(const std::filesystem::path& file) {
  constexpr std::array<std::string_view, 11> extensions = {".jpg", ".jpeg", ".png",  ".bmp",  ".pgm", ".ppm",
                                                           ".pnm", ".tif",  ".tiff", ".webp", ".jp2"};
  std::string extension = file.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::find(extensions.begin(), extensions.end(), extension) != extensions.end();
}

}  // namespace

bool is_image(const std::filesystem::path& file) { return has_image_name(file) || cv::haveImageReader(file.string()); }

std::string foreign_kind(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::array<char, 32> start{};
  in.read(start.data(), start.size());
  return kind_of({start.data(), static_cast<std::size_t>(in.gcount())});
}

ImageShape decoded_shape(const std::filesystem::path& file) {
  const cv::Mat image = decode(file);
  return {image.channels(), image.rows, image.cols};
}

void decode_to(const std::filesystem::path& file, const ImageShape& shape, std::uint8_t* to) {
  cv::Mat image = decode(file);
  const int channels = image.channels();
  if (channels != shape.channels || channels > 1) {
    // OpenCV's order is blue, green, red; ours red first.
    const int conversion = shape.channels == 1 ? cv::COLOR_BGR2GRAY
                           : channels == 1     ? cv::COLOR_GRAY2RGB
                                               : cv::COLOR_BGR2RGB;
    cv::cvtColor(image, image, conversion);
  }
  if (image.rows != shape.height || image.cols != shape.width) {
    const bool smaller = image.rows > shape.height && image.cols > shape.width;
    cv::resize(image, image, cv::Size(static_cast<int>(shape.width), static_cast<int>(shape.height)), 0, 0,
               smaller ? cv::INTER_AREA : cv::INTER_LINEAR);
  }
  std::vector<cv::Mat> planes;
  for (Index channel = 0; channel < shape.channels; ++channel) {
    planes.emplace_back(image.rows, image.cols, CV_8U, to + channel * shape.height * shape.width);
  }
  cv::split(image, planes);
}

}  // namespace holdfast::deep
