#include "program.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace holdfast::cli {
namespace {

namespace fs = std::filesystem;

int status_of(pid_t id) {
  int raw = 0;
  while (waitpid(id, &raw, 0) < 0) {
    if (errno != EINTR) return -1;
  }
  return WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
}

/// In the child: becomes the program. Only calls that are allowed between fork and exec.
[[noreturn]] void become_program(char* const* arguments) {
  execv(HOLDFAST_PROGRAM, arguments);
  _exit(127);
}

/// The argument vector of exec. Made before the fork, as memory must not be allocated after it.
std::vector<char*> exec_arguments(Arguments& arguments) {
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  return pointers;
}

Arguments with_program(const Arguments& arguments) {
  Arguments all = {"holdfast"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return all;
}

/// Reads what is there; false at the end.
bool read_some(int descriptor, std::string& to) {
  std::array<char, 1 << 16> buffer;
  const ssize_t got = read(descriptor, buffer.data(), buffer.size());
  if (got < 0 && errno == EINTR) return true;
  if (got <= 0) return false;  // a terminal's end is reported as an error
  to.append(buffer.data(), static_cast<std::size_t>(got));
  return true;
}

/// What the kernel tells of a process: its state, and further on the processor time of user and system.
std::vector<std::string> fields_of_process(pid_t id) {
  const std::string text = read_file(fmt::format("/proc/{}/stat", id));
  std::istringstream in(text.substr(std::min(text.rfind(')') + 1, text.size())));  // the name may hold spaces
  return {std::istream_iterator<std::string>(in), std::istream_iterator<std::string>()};
}

}  // namespace

Child::Child(const Arguments& arguments) {
  Arguments all = with_program(arguments);
  const std::vector<char*> pointers = exec_arguments(all);
  std::array<int, 2> out;
  std::array<int, 2> err;
  if (pipe2(out.data(), O_CLOEXEC) != 0 || pipe2(err.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  id_ = fork();
  if (id_ < 0) throw std::runtime_error("no fork");
  if (id_ == 0) {
    dup2(out[1], STDOUT_FILENO);
    dup2(err[1], STDERR_FILENO);
    become_program(pointers.data());
  }
  close(out[1]);
  close(err[1]);
  out_ = out[0];
  err_ = err[0];
}

Child::~Child() {
  if (id_ > 0) {
    kill(id_, SIGKILL);
    status_of(id_);
  }
  close(out_);
  close(err_);
}

void Child::signal(int number) const { kill(id_, number); }

bool Child::ended() const { return fields_of_process(id_).at(0) == "Z"; }

double Child::processor_seconds() const {
  const std::vector<std::string> fields = fields_of_process(id_);
  return (std::stod(fields.at(11)) + std::stod(fields.at(12))) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

Outcome Child::wait() {
  Outcome outcome;
  // Both at once: a child that fills one pipe while the other is read would never end.
  std::array<pollfd, 2> open = {{{out_, POLLIN, 0}, {err_, POLLIN, 0}}};
  while (open[0].fd >= 0 || open[1].fd >= 0) {
    if (poll(open.data(), open.size(), -1) < 0) continue;
    if (open[0].revents != 0 && !read_some(out_, outcome.out)) open[0].fd = -1;
    if (open[1].revents != 0 && !read_some(err_, outcome.err)) open[1].fd = -1;
  }
  outcome.status = status_of(id_);
  id_ = -1;
  return outcome;
}

Outcome run(const Arguments& arguments) { return Child(arguments).wait(); }

Outcome run_on_terminal(const Arguments& arguments) {
  Arguments all = with_program(arguments);
  const std::vector<char*> pointers = exec_arguments(all);
  int terminal = -1;
  const pid_t id = forkpty(&terminal, nullptr, nullptr, nullptr);
  if (id < 0) throw std::runtime_error("no terminal");
  if (id == 0) become_program(pointers.data());
  Outcome outcome;
  while (read_some(terminal, outcome.out)) {
  }
  outcome.status = status_of(id);
  close(terminal);
  return outcome;
}

nlohmann::json json_of(const std::string& text) {
  nlohmann::json value = nlohmann::json::parse(text, nullptr, false);
  EXPECT_TRUE(value.is_object()) << "not one JSON object: " << text;
  return value.is_object() ? value : nlohmann::json::object();
}

std::string shipped(const std::string& name) { return (fs::path(HOLDFAST_SOURCE_DIR) / "data" / name).string(); }

std::string read_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string gunzipped(const fs::path& file) {
  std::string text;
  gzFile in = gzopen(file.c_str(), "rb");
  std::array<char, 1 << 16> buffer;
  for (int got = 0; in != nullptr && (got = gzread(in, buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  if (in != nullptr) gzclose(in);
  return text;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string without_notes(const std::string& err) {
  std::string rest;
  for (const std::string& line : lines_of(err)) {
    if (!line.starts_with("holdfast: note: ")) rest += line + "\n";
  }
  return rest;
}

std::vector<std::string> cells_of(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> cells;
  for (std::string cell; std::getline(in, cell, ',');) cells.push_back(cell);
  return cells;
}

std::string npy_header(const std::string& shape) {
  std::string header = fmt::format("{{'descr': '<f8', 'fortran_order': False, 'shape': {}, }}", shape);
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  std::string bytes = "\x93NUMPY\x01";
  bytes += '\0';
  bytes += static_cast<char>(header.size() & 0xFFU);
  bytes += static_cast<char>(header.size() >> 8U);
  return bytes + header;
}

std::string as_npy(std::size_t rows, std::size_t columns, const std::vector<double>& values) {
  std::string bytes = npy_header(fmt::format("({}, {})", rows, columns));
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(double));
  return bytes;
}

std::string as_gzip(std::string_view bytes) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&stream, bytes.size()), '\0');
  std::string input(bytes);
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

std::string idx_header(const std::vector<std::uint32_t>& extents) {
  std::string bytes = {'\0', '\0', '\x08', static_cast<char>(extents.size())};
  for (const std::uint32_t extent : extents) {
    for (const unsigned shift : {24U, 16U, 8U, 0U}) bytes += static_cast<char>(extent >> shift & 0xFFU);
  }
  return bytes;
}

InFolder::InFolder() {
  std::string name = (fs::temp_directory_path() / "holdfast-cli-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  folder_ = name;
}

InFolder::~InFolder() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

std::string InFolder::file(const std::string& name, std::string_view content) const {
  std::ofstream(folder_ / name, std::ios::binary) << content;
  return path(name);
}

std::vector<std::pair<std::string, std::string>> InFolder::listing() const {
  std::vector<std::pair<std::string, std::string>> all;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder_)) {
    all.emplace_back(entry.path().string(), entry.is_regular_file() ? read_file(entry.path()) : std::string());
  }
  std::sort(all.begin(), all.end());
  return all;
}

std::string InFolder::fitted(const std::string& name, const Arguments& arguments) const {
  Arguments all = {"fit"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  all.insert(all.end(), {"--out", path(name)});
  const Outcome outcome = run(all);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  return path(name);
}

std::string InFolder::refusal(const Arguments& arguments) const {
  const auto before = listing();
  const Outcome outcome = run(arguments);
  EXPECT_EQ(outcome.status, 2) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  EXPECT_TRUE(before == listing()) << "a file was written or changed";
  const std::string start = "holdfast: ";
  const std::string err = without_notes(outcome.err);
  EXPECT_THAT(err, testing::StartsWith(start));
  EXPECT_EQ(std::count(err.begin(), err.end(), '\n'), 1) << outcome.err;
  std::string message = err.substr(std::min(start.size(), err.size()));
  if (!message.empty() && message.back() == '\n') message.pop_back();
  const std::string folder = folder_.string() + "/";
  for (std::size_t at = 0; (at = message.find(folder)) != std::string::npos;) message.erase(at, folder.size());
  return message;
}

}  // namespace holdfast::cli
