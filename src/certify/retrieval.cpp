#include "holdfast/certify/retrieval.hpp"

#include <algorithm>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "holdfast/certify/exact_nn.hpp"
#include "holdfast/certify/knn_bound.hpp"
#include "holdfast/core/error.hpp"

namespace holdfast::certify {
namespace {

using geometry::PerturbedClassifier;

/// The first `count` rows as queries to all, each without itself.
CertificationProblem queries_of(const RetrievalProblem& problem, Index count) {
  CertificationProblem queries{.k = 1,
                               .rows = problem.rows.topRows(count),
                               .queries = problem.mapped.topRows(count),
                               .classes = {},
                               .predicted = {}};
  queries.left_out.resize(static_cast<std::size_t>(count));
  std::iota(queries.left_out.begin(), queries.left_out.end(), Index{0});
  return queries;
}

void require_fits(const Matrix& map, const RetrievalProblem& problem, const RetrievalOptions& options) {
  const Index count = problem.rows.rows();
  if (count < 2 || problem.mapped.rows() != count || static_cast<Index>(problem.codes.size()) != count ||
      problem.rows.cols() != map.cols() || problem.mapped.cols() != map.rows() || options.queries < 0) {
    throw std::invalid_argument(
        "rows, mapped rows, classes and map do not fit together, or there are fewer than two rows");
  }
}

}  // namespace

RetrievalProblem retrieval_problem(const model::Model& model, const ThreatModel& threat, const DatasetView& data) {
  const Labels& labels = require_labels(data, "be certified as a gallery");
  if (data.rows() < 2) {
    throw InputError(
        Fault{.place = std::string(data.source), .rule = "has a single row: a search needs a query and a row to find"});
  }
  MappedRows prepared = mapped_rows(model, threat.space, data);
  return {std::move(prepared.rows), std::move(prepared.mapped), labels.codes};
}

std::vector<RetrievalCertificate> retrieval_radii(const Matrix& map, const ThreatModel& threat,
                                                  const RetrievalProblem& problem, const RetrievalOptions& options) {
  require_fits(map, problem, options);
  if (!threat.flips.empty()) {
    throw InputError(Fault{.field = "flip", .rule = "searches are certified without columns that flip"});
  }
  const Index total = problem.rows.rows();
  const Index count = options.queries == 0 ? total : std::min(options.queries, total);
  const auto index = std::make_shared<const PerturbedClassifier::ReferenceIndex>(problem.mapped);
  CertificationProblem queries = queries_of(problem, count);
  const neighbors::Neighbors nearest =
      index->search(queries.queries, 1, {.left_out = queries.left_out, .observer = options.observer});
  std::vector<RetrievalCertificate> result(static_cast<std::size_t>(count));
  for (Index row = 0; row < count; ++row) result[static_cast<std::size_t>(row)].nearest = nearest.rows(row, 0);

  // Each row as a class of its own: the bound over one row of the class and all others.
  std::vector<int> own(static_cast<std::size_t>(total));
  std::iota(own.begin(), own.end(), 0);
  for (const RetrievalCertificate& of : result) queries.classes.push_back(static_cast<int>(of.nearest));
  queries.predicted = queries.classes;
  const CertifiedKnn by_row(PerturbedClassifier(index, std::move(own), map), threat);
  const std::vector<Certificate> same = knn_lower_bounds(by_row, queries, {.nearest = 0, .observer = options.observer});

  for (Index row = 0; row < count; ++row) {
    const auto at = static_cast<std::size_t>(row);
    queries.classes[at] = problem.codes[at];
    queries.predicted[at] = problem.codes[static_cast<std::size_t>(result[at].nearest)];
    result[at].same_row = same[at];
    if (!threat.box && same[at].radius > 0.0) result[at].same_row.kind = BoundKind::exact;
  }
  const CertifiedKnn by_class(PerturbedClassifier(index, problem.codes, map), threat);
  std::vector<Certificate> relevant =
      threat.is_euclidean() ? exact_nn_radii(by_class, queries, options.observer)
                            : knn_lower_bounds(by_class, queries, {.nearest = 0, .observer = options.observer});
  std::unordered_map<int, Index> rows_of;
  for (const int code : problem.codes) ++rows_of[code];
  for (std::size_t at = 0; at < result.size(); ++at) {
    if (rows_of[problem.codes[at]] > 1) result[at].relevant = std::move(relevant[at]);
  }
  return result;
}

}  // namespace holdfast::certify
