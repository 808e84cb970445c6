// Figures of a metric that another program learned.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "holdfast/core/types.hpp"
#include "reference/tolerance.hpp"

namespace holdfast::reference {

/// Some entries of M, by which it is told from others: M_00, M_01, and M_d0 of the last row.
struct MetricFigures {
  double norm;
  double first;
  double second;
  double corner;
};

/// Expects the figures of M, relative to its norm.
inline void expect_figures(const Matrix& m, const MetricFigures& theirs, const std::string& data) {
  const double allowed = spectral * theirs.norm;
  EXPECT_NEAR(m.norm(), theirs.norm, allowed) << data;
  EXPECT_NEAR(m(0, 0), theirs.first, allowed) << data;
  EXPECT_NEAR(m(0, 1), theirs.second, allowed) << data;
  EXPECT_NEAR(m(m.rows() - 1, 0), theirs.corner, allowed) << data;
}

}  // namespace holdfast::reference
