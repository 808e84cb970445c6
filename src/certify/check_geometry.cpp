#include "certify/check_geometry.hpp"

#include <utility>
#include <vector>

namespace holdfast::certify {

using preprocess::Step;

Matrix embedded(const model::Model& model, const MatrixView& rows) {
  return model.embedding ? model.embedding->apply(rows) : Matrix(rows);
}

RowVector preprocessed(const model::Model& model, RowVector row) {
  for (const Step& step : model.preprocessor.steps()) {
    switch (step.kind) {
      case Step::Kind::scale: row = (row - step.shift).cwiseProduct(step.scale); break;
      case Step::Kind::project: row = (row - step.shift) * step.map.transpose(); break;
      case Step::Kind::unit:
        if (const double largest = row.cwiseAbs().maxCoeff(); largest > 0.0) row = (row / largest).normalized();
        break;
    }
  }
  return row;
}

Matrix preprocessed_and_mapped(const model::Model& model, const MatrixView& rows) {
  Matrix mapped(rows.rows(), model.metric.map().rows());
  for (Index row = 0; row < rows.rows(); ++row) {
    mapped.row(row) = preprocessed(model, rows.row(row)) * model.metric.map().transpose();
  }
  return mapped;
}

Matrix map_of_perturbations(const model::Model& model, Space space) {
  if (space == Space::preprocessed) return model.metric.map();
  Matrix linear = Matrix::Identity(model.input_dimension(), model.input_dimension());
  for (const Step& step : model.preprocessor.steps()) {
    linear = step.kind == Step::Kind::scale ? Matrix(step.scale.asDiagonal() * linear) : Matrix(step.map * linear);
  }
  return model.metric.map() * linear;
}

Matrix variants_of(const model::Model& model, const ThreatModel& threat, const RowView& raw) {
  std::vector<RowVector> variants = {raw};
  for (const Flip& flip : threat.flips) {
    const std::size_t before = variants.size();
    for (std::size_t at = 0; at < before; ++at) {
      for (Index value = 0; value < flip.values.rows(); ++value) {
        RowVector flipped = variants[at];
        flipped(flip.features) = flip.values.row(value);
        if (flipped != variants[at]) variants.push_back(std::move(flipped));
      }
    }
  }
  if (threat.space == Space::preprocessed) {
    for (RowVector& variant : variants) variant = preprocessed(model, std::move(variant));
  }
  Matrix rows(static_cast<Index>(variants.size()), variants.front().size());
  for (std::size_t at = 0; at < variants.size(); ++at) rows.row(static_cast<Index>(at)) = variants[at];
  return rows;
}

}  // namespace holdfast::certify
