#include "deep/image_codec.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <iterator>
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

/// Decoders fill the missing end of a truncated file with grey and report no error, so the end mark is checked here.
bool is_truncated(const std::string& bytes) {
  const std::string_view all(bytes);
  const std::string_view end = all.substr(all.size() > 4096 ? all.size() - 4096 : 0);
  if (all.starts_with("\xff\xd8")) return end.find("\xff\xd9") == std::string_view::npos;
  if (all.starts_with("\x89PNG")) return end.find("IEND") == std::string_view::npos;
  return false;
}

cv::Mat decode(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) fail(file, "cannot be opened", "check the path and its permissions");
  const std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (bytes.empty()) fail(file, "is empty", "give an image");
  if (is_truncated(bytes)) fail(file, "is damaged: the image is truncated", replace_or_skip);
  cv::Mat image;
  try {
    image = cv::imdecode(cv::Mat(1, static_cast<int>(bytes.size()), CV_8U, const_cast<char*>(bytes.data())),
                         cv::IMREAD_UNCHANGED);
  } catch (const cv::Exception&) {
    image.release();
  }
  if (image.empty()) fail(file, "is damaged, or is not an image that can be decoded", replace_or_skip);
  if (image.depth() != CV_8U) image.convertTo(image, CV_8U, image.depth() == CV_16U ? 1.0 / 257.0 : 1.0);
  return image;
}

}  // namespace

bool has_image_name(const std::filesystem::path& file) {
  constexpr std::array<std::string_view, 11> extensions = {".jpg", ".jpeg", ".png",  ".bmp",  ".pgm", ".ppm",
                                                           ".pnm", ".tif",  ".tiff", ".webp", ".jp2"};
  std::string extension = file.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::find(extensions.begin(), extensions.end(), extension) != extensions.end();
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
    const int conversion = shape.channels == 1 ? (channels == 4 ? cv::COLOR_BGRA2GRAY : cv::COLOR_BGR2GRAY)
                           : channels == 1     ? cv::COLOR_GRAY2RGB
                           : channels == 4     ? cv::COLOR_BGRA2RGB
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
