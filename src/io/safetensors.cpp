#include "holdfast/io/safetensors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <fstream>
#include <istream>
#include <nlohmann/json.hpp>
#include <ostream>

#include "holdfast/core/error.hpp"
#include "holdfast/io/atomic_file.hpp"

namespace holdfast::io {
namespace {

using nlohmann::ordered_json;

static_assert(std::endian::native == std::endian::little, "model files are little-endian, and so is this code");

constexpr std::uint64_t longest_header = 100'000'000;  // the limit of the format's own reader

[[noreturn]] void refuse(const std::string& source, const std::string& what) {
  throw InputError(Fault{.place = source, .rule = what, .remedy = "give a model file that holdfast fit wrote"});
}

using Type = model::StoredTensor::Type;

struct TypeFacts {
  Type type;
  std::string_view name;
  std::uint64_t size;
};
constexpr std::array<TypeFacts, 5> types = {
    {{Type::f64, "F64", 8}, {Type::f32, "F32", 4}, {Type::i64, "I64", 8}, {Type::i32, "I32", 4}, {Type::u8, "U8", 1}}};

const TypeFacts& facts_of(Type type) { return *std::ranges::find(types, type, &TypeFacts::type); }

/// What the header says of a tensor: its bytes are [begin, end) of the data.
struct Entry {
  Type type;
  std::vector<std::uint64_t> shape;
  std::uint64_t begin;
  std::uint64_t end;
};

/// Throws InputError unless the entry is well-formed and its bytes lie within the data.
Entry read_entry(const std::string& name, const nlohmann::json& entry, std::uint64_t data_size,
                 const std::string& source) {
  const TypeFacts* type = nullptr;
  std::vector<std::uint64_t> shape;
  std::vector<std::uint64_t> offsets;
  try {
    const auto dtype = entry.at("dtype").get<std::string>();
    type = std::ranges::find(types, dtype, &TypeFacts::name);
    if (type == types.end()) refuse(source, fmt::format("the tensor \"{}\" has the unexpected type {}", name, dtype));
    for (const nlohmann::json* list : {&entry.at("shape"), &entry.at("data_offsets")}) {
      if (!std::all_of(list->begin(), list->end(), [](const auto& value) { return value.is_number_unsigned(); })) {
        refuse(source, fmt::format("the tensor \"{}\" has a shape or place that is no number", name));
      }
    }
    shape = entry.at("shape").get<std::vector<std::uint64_t>>();
    offsets = entry.at("data_offsets").get<std::vector<std::uint64_t>>();
  } catch (const nlohmann::json::exception&) {
    refuse(source, fmt::format("the tensor \"{}\" is described wrongly in the header", name));
  }
  std::uint64_t bytes = type->size;
  for (const std::uint64_t extent : shape) {
    const bool too_large = extent != 0 && bytes > data_size / extent;  // the product might overflow
    bytes = too_large ? data_size + 1 : bytes * extent;
  }
  if (offsets.size() != 2 || offsets[0] > offsets[1] || offsets[1] > data_size) {
    refuse(source, fmt::format("is cut short, or lies: the tensor \"{}\" reaches beyond its end", name));
  }
  if (offsets[1] - offsets[0] != bytes) {
    refuse(source, fmt::format("the tensor \"{}\" does not have the size that its shape says", name));
  }
  return {type->type, std::move(shape), offsets[0], offsets[1]};
}

template <class Number>
model::StoredTensor tensor_of(Type type, std::vector<std::uint64_t> shape, const Number* values, std::uint64_t count) {
  return {type, std::move(shape), std::string(reinterpret_cast<const char*>(values), count * sizeof(Number))};
}

/// Copies the numbers of a tensor, which has as many.
void copy(const model::StoredTensor& tensor, void* to) {
  if (!tensor.bytes.empty()) std::memcpy(to, tensor.bytes.data(), tensor.bytes.size());
}

}  // namespace

void Safetensors::put(const std::string& name, const Matrix& values) {
  const auto rows = static_cast<std::uint64_t>(values.rows());
  const auto columns = static_cast<std::uint64_t>(values.cols());
  put(name, tensor_of(Type::f64, {rows, columns}, values.data(), rows * columns));
}

void Safetensors::put(const std::string& name, const RowVector& values) {
  const auto size = static_cast<std::uint64_t>(values.size());
  put(name, tensor_of(Type::f64, {size}, values.data(), size));
}

void Safetensors::put(const std::string& name, const std::vector<int>& values) {
  static_assert(sizeof(int) == sizeof(std::int32_t));
  put(name, tensor_of(Type::i32, {values.size()}, values.data(), values.size()));
}

const Safetensors::Tensor& Safetensors::find(const std::string& name, Type type, std::size_t dimensions) const {
  const auto at = tensors_.find(name);
  if (at == tensors_.end()) refuse(source_, fmt::format("the tensor \"{}\" is missing", name));
  if (at->second.type != type || at->second.shape.size() != dimensions) {
    refuse(source_, fmt::format("the tensor \"{}\" is not the {}-dimensional {} tensor that it should be", name,
                                dimensions, facts_of(type).name));
  }
  return at->second;
}

Matrix Safetensors::matrix(const std::string& name) const {
  const Tensor& tensor = find(name, Type::f64, 2);
  Matrix values(static_cast<Index>(tensor.shape[0]), static_cast<Index>(tensor.shape[1]));
  copy(tensor, values.data());
  if (!values.allFinite()) refuse(source_, fmt::format("the tensor \"{}\" has values that are not finite", name));
  return values;
}

RowVector Safetensors::row(const std::string& name) const {
  const Tensor& tensor = find(name, Type::f64, 1);
  RowVector values(static_cast<Index>(tensor.shape[0]));
  copy(tensor, values.data());
  if (!values.allFinite()) refuse(source_, fmt::format("the tensor \"{}\" has values that are not finite", name));
  return values;
}

std::vector<int> Safetensors::integers(const std::string& name) const {
  const Tensor& tensor = find(name, Type::i32, 1);
  std::vector<int> values(tensor.shape[0]);
  copy(tensor, values.data());
  return values;
}

std::map<std::string, Safetensors::Tensor> Safetensors::with_prefix(const std::string& prefix) const {
  std::map<std::string, Tensor> found;
  for (auto at = tensors_.lower_bound(prefix); at != tensors_.end() && at->first.starts_with(prefix); ++at) {
    found[at->first.substr(prefix.size())] = at->second;
  }
  return found;
}

void Safetensors::save(const std::filesystem::path& file) const {
  AtomicFile out(file);
  write(out.stream());
  out.commit();
}

void Safetensors::write(std::ostream& out) const {
  ordered_json header = ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::uint64_t offset = 0;
  for (const auto& [name, tensor] : tensors_) {
    header[name] = {{"dtype", facts_of(tensor.type).name},
                    {"shape", tensor.shape},
                    {"data_offsets", {offset, offset + tensor.bytes.size()}}};
    offset += tensor.bytes.size();
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');  // the data begin at a multiple of 8
  const std::uint64_t length = text.size();
  out.write(reinterpret_cast<const char*>(&length), sizeof length);
  out << text;
  for (const auto& [name, tensor] : tensors_) out << tensor.bytes;
}

Safetensors Safetensors::load(const std::filesystem::path& file) {
  const std::string source = file.string();
  std::error_code status;
  if (!std::filesystem::exists(file, status)) refuse(source, "no such file");
  if (std::filesystem::is_directory(file, status)) refuse(source, "is a folder, not a model file");
  const std::uint64_t size = std::filesystem::file_size(file, status);
  std::ifstream in(file, std::ios::binary);
  if (status || !in) {
    throw InputError(Fault{.place = source, .rule = "cannot be opened", .remedy = "check its permissions"});
  }
  return read(in, size, source);
}

Safetensors Safetensors::read(std::istream& in, std::uint64_t size, const std::string& source) {
  Safetensors result;
  result.source_ = source;
  std::uint64_t length = 0;
  if (size < sizeof length || !in.read(reinterpret_cast<char*>(&length), sizeof length)) {
    refuse(source, fmt::format("is not a model file (it has only {} bytes)", size));
  }
  if (length > longest_header || length > size - sizeof length) {
    refuse(source, "is not a model file, or is cut short: its header reaches beyond its end");
  }
  std::string text(length, '\0');
  in.read(text.data(), static_cast<std::streamsize>(length));
  const nlohmann::json header = nlohmann::json::parse(text, nullptr, false);
  if (!in || !header.is_object()) refuse(source, "is not a model file: its header is not a JSON object");

  const std::uint64_t data_size = size - sizeof length - length;
  std::uint64_t described = 0;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") {
      if (!entry.is_object()) refuse(source, "has metadata that are not a JSON object");
      for (const auto& [key, value] : entry.items()) {
        if (!value.is_string()) refuse(source, fmt::format("has metadata \"{}\" that are not a text", key));
        result.metadata[key] = value.get<std::string>();
      }
      continue;
    }
    const auto [type, shape, begin, end] = read_entry(name, entry, data_size, source);
    Tensor tensor{type, shape, std::string(end - begin, '\0')};
    in.seekg(static_cast<std::streamoff>(sizeof length + length + begin));
    if (end > begin && !in.read(tensor.bytes.data(), static_cast<std::streamsize>(end - begin))) {
      refuse(source, fmt::format("cannot be read where the tensor \"{}\" is", name));
    }
    described = std::max(described, end);
    result.tensors_[name] = std::move(tensor);
  }
  if (described < data_size) {
    refuse(source, fmt::format("has {} bytes after its last tensor", data_size - described));
  }
  return result;
}

}  // namespace holdfast::io
