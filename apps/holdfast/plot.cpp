#include "plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <stdexcept>

#include "holdfast/core/error.hpp"
#include "holdfast/io/atomic_file.hpp"

namespace holdfast::app {
namespace {

/// Terminals of gnuplot by the extension of the file; the height grows with the rows of the figure.
std::string terminal_of(const std::string& extension, std::size_t rows) {
  if (extension == ".svg") return fmt::format("svg size 1000,{} font 'sans,13' background 'white'", 400 * rows);
  if (extension == ".png") return fmt::format("pngcairo size 1000,{} font 'sans,11'", 400 * rows);
  if (extension == ".pdf") return fmt::format("pdfcairo size 25cm,{}cm font 'sans,12'", 10 * rows);
  return "";
}

/// A text in gnuplot's single quotes, which read nothing but doubled quotes in it.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("''") : std::string(1, c);
  return result + "'";
}

/// The output of the command; its exit status goes to `status`.
std::string output_of(const std::string& command, int& status) {
  std::FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error(fmt::format("{}: cannot be run", command));
  std::string output;
  std::array<char, 65536> buffer{};
  for (std::size_t count = 0; (count = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    output.append(buffer.data(), count);
  }
  status = pclose(pipe);
  return output;
}

std::string script_of(const std::string& extension, const std::vector<RadiusCurve>& curves, const std::string& units) {
  std::vector<std::string> norms;
  std::string data;
  for (std::size_t i = 0; i < curves.size(); ++i) {
    const RadiusCurve& curve = curves[i];
    if (std::find(norms.begin(), norms.end(), curve.norm) == norms.end()) norms.push_back(curve.norm);
    const auto block = [&](const char* name, const std::vector<double>& x, const std::vector<double>& y) {
      data += fmt::format("${}{} << END\n", name, i);
      if (x.empty()) data += "0 0\n";
      for (std::size_t at = 0; at < x.size(); ++at) data += fmt::format("{} {}\n", x[at], y[at]);
      data += "END\n";
    };
    block("curve", curve.eps, curve.accuracy);
    block("bins", curve.centre, curve.count);
  }
  std::string script = fmt::format("set terminal {}\n{}set termoption noenhanced\nset multiplot layout {},2\n",
                                   terminal_of(extension, norms.size()), data, norms.size());
  script += "set grid\nset tics nomirror\nset key top right opaque\n";
  const auto plot = [&](const std::string& norm, const char* name, const char* style) {
    std::string line;
    int colour = 0;
    for (std::size_t i = 0; i < curves.size(); ++i) {
      if (curves[i].norm != norm) continue;
      line += fmt::format("{} ${}{} with {} linewidth 2 linetype {} title {}", line.empty() ? "plot" : ",", name, i,
                          style, ++colour, quoted(curves[i].title));
    }
    return line + "\n";
  };
  for (const std::string& norm : norms) {
    script += fmt::format("set xlabel {}\n", quoted(fmt::format("size of the perturbation in {}, {}", norm, units)));
    script += "set ylabel 'fraction of rows that stay right'\nset yrange [0:1]\n" + plot(norm, "curve", "lines");
    script += fmt::format("set xlabel {}\n", quoted(fmt::format("radius in {}, {}", norm, units)));
    script += "set ylabel 'rows'\nset yrange [0:*]\n" + plot(norm, "bins", "histeps");
  }
  return script + "unset multiplot\n";
}

}  // namespace

void require_plotting(const std::filesystem::path& file) {
  if (terminal_of(file.extension().string(), 1).empty()) {
    throw InputError(fmt::format("--plot {}: must end in .svg, .png or .pdf", file.string()));
  }
  int status = 0;
  (void)output_of("gnuplot --version 2>/dev/null", status);
  if (status != 0) {
    throw InputError(
        "--plot: needs the program gnuplot, which is not installed (apt-get install gnuplot-nox); --curve writes the "
        "numbers as CSV without it");
  }
}

void plot_radii(const std::filesystem::path& file, const std::vector<RadiusCurve>& curves, const std::string& units) {
  // gnuplot opens the file, which has no name, through the descriptor that it inherits.
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> script(std::tmpfile(), &std::fclose);
  if (!script) throw std::runtime_error("a temporary file cannot be made");
  std::fputs(script_of(file.extension().string(), curves, units).c_str(), script.get());
  if (std::fflush(script.get()) != 0) throw std::runtime_error("a temporary file cannot be written");
  int status = 0;
  const std::string figure = output_of(fmt::format("gnuplot /proc/self/fd/{}", fileno(script.get())), status);
  if (status != 0) throw std::runtime_error(fmt::format("{}: gnuplot failed", file.string()));
  io::AtomicFile out(file);
  out.write(figure);
  out.commit();
}

}  // namespace holdfast::app
