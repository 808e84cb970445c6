// Figures of radii, drawn by gnuplot.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace holdfast::app {

/// One line of a figure: the fraction of rows that stay right at each size of a perturbation, and a histogram of radii.
struct RadiusCurve {
  std::string model;
  std::string norm;  ///< curves of one norm share a row of the figure
  std::string method;
  std::string title = {};
  std::vector<double> eps = {};
  std::vector<double> accuracy = {};  ///< at each eps
  std::vector<double> centre = {};    ///< of each bin of the histogram
  std::vector<double> count = {};
};

/// Throws InputError if the file's extension is none of .svg, .png, .pdf, or if gnuplot is not installed.
void require_plotting(const std::filesystem::path& file);

/// Draws a row for each norm: certified accuracy on the left, the histogram of radii on the right, all curves in
/// one plot. `units`: of the radii.
void plot_radii(const std::filesystem::path& file, const std::vector<RadiusCurve>& curves, const std::string& units);

}  // namespace holdfast::app
