// Are the certificates of the other tasks sound, at scale? Ten million attempts of each kind: to change a decision on a
// pair, the answer of a retrieval, a prediction whose categories flip, from inside the radius; and to change a
// prediction by one reference row fewer than its count. Prints a table in Markdown; exit status 1 if an attempt
// succeeds, or a witness changes nothing.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <numeric>

#include "holdfast/certify/flips.hpp"
#include "holdfast/certify/pair_decision.hpp"
#include "holdfast/certify/poisoning.hpp"
#include "holdfast/certify/retrieval.hpp"
#include "holdfast/evaluate/certifier.hpp"
#include "holdfast/learners/train.hpp"
#include "holdfast/linalg/products.hpp"
#include "measure.hpp"
#include "reference/attempts.hpp"

namespace {

using namespace holdfast;
using namespace holdfast::experiments;
using certify::Space;
using certify::ThreatModel;
using geometry::Norm;

constexpr Case cases[] = {{"wine", "standardize"},  {"iris", "minmax"},       {"wdbc", "standardize"},
                          {"digits", "minmax"},     {"sonar", "whiten"},      {"glass", "minmax"},
                          {"australian", "minmax"}, {"heart", "standardize"}, {"german", "minmax"}};
constexpr const char* methods[] = {"euclidean", "lmnn", "gmml"};
constexpr Index most_rows = 150;
/// Of categories that flip: every row has many variants.
constexpr Index most_flipped_rows = 60;
/// What is left for rounding.
constexpr double share = 1.0 - 1e-9;
constexpr Index tries_a_pair = 1024;
constexpr Index tries_a_query = 512;
constexpr Index tries_a_variant = 400;
constexpr Index tries_a_prediction = 512;

struct Count {
  long tries = 0;
  long successes = 0;
  long witnesses = 0;  ///< of claims that have one
  long that_hold = 0;  ///< of them, those that change the answer
  void operator+=(const Count& other) {
    tries += other.tries;
    successes += other.successes;
    witnesses += other.witnesses;
    that_hold += other.that_hold;
  }
};

/// A direction of attack: random, or the one that moves along `a` fastest.
Vector direction(const Vector& a, Norm norm, Index t, Random& random) {
  Vector u(a.size());
  for (double& value : u) value = random.normal();
  if (t % 3 == 0) return u;
  const Vector fastest = reference::steepest(a, norm);
  return t % 3 == 1 ? fastest : Vector(fastest + 0.3 * random.uniform() * fastest.norm() * u / u.norm());
}

/// The radius, or any share of it.
double size_of(double radius, Index t, Random& random) { return t % 4 == 3 ? radius * random.uniform() : radius; }

// Pairs

Count attack_pairs(const model::Model& model, const Dataset& data, certify::MovedMembers moved, Space space) {
  Count count;
  Random random(3);
  std::vector<linalg::RowPair> pairs;
  for (Index row = 0; row + 1 < data.rows(); ++row) {
    for (const Index step : {1, 7}) {
      const auto second = static_cast<std::int32_t>((row + step) % data.rows());
      pairs.push_back({static_cast<std::int32_t>(row), second});
    }
  }
  const certify::CertifiedPairs certified(model, {.space = space});
  const certify::PairProblem problem = certified.problem(data, pairs);
  // The median distance: decisions of both kinds.
  std::vector<double> distances;
  for (const auto& [a, b] : pairs) distances.push_back((problem.mapped.row(a) - problem.mapped.row(b)).norm());
  std::ranges::nth_element(distances, distances.begin() + static_cast<std::ptrdiff_t>(distances.size() / 2));
  const double threshold = distances[distances.size() / 2];
  const Matrix map = certify::perturbation_map(model, space);
  const bool both = moved == certify::MovedMembers::both;
  const auto radii = certified.radii(problem, {.threshold = threshold, .moved = moved});
  for (std::size_t at = 0; at < pairs.size(); ++at) {
    const certify::PairCertificate& certificate = radii[at];
    const RowVector difference = problem.mapped.row(pairs[at].first) - problem.mapped.row(pairs[at].second);
    if (certificate.first) {
      ++count.witnesses;
      const RowVector of_first = *certificate.first - problem.rows.row(pairs[at].first);
      RowVector change = of_first;
      if (certificate.second) change -= *certificate.second - problem.rows.row(pairs[at].second);
      const bool same = (difference + change * map.transpose()).norm() <= threshold;
      const double largest = certificate.radius * (1.0 + 1e-6);
      count.that_hold += same != certificate.same && of_first.norm() <= largest ? 1 : 0;
    }
    const double radius = certificate.radius * share;
    if (!(radius > 0.0) || std::isinf(radius)) continue;
    const Vector along = map.transpose() * difference.transpose() * (certificate.same ? 1.0 : -1.0);
    Matrix changes(tries_a_pair, map.cols());
    for (Index t = 0; t < tries_a_pair; ++t) {
      const Vector u = direction(along, Norm::l2, t, random);
      changes.row(t) = size_of(radius, t, random) / u.norm() * u.transpose();
      // Both move: the best is that they move apart, or towards each other.
      if (both) changes.row(t) *= t % 2 == 0 ? 2.0 : 1.0 + random.uniform();
    }
    const Matrix moved_by = linalg::product_with_transpose(changes, map);
    for (Index t = 0; t < tries_a_pair; ++t) {
      ++count.tries;
      const bool same = (difference + moved_by.row(t)).norm() <= threshold;
      count.successes += same != certificate.same ? 1 : 0;
    }
  }
  return count;
}

// Retrieval

/// Of other rows the nearest to each of some points, and the nearest of the query's class.
Index nearest_but(const Matrix& mapped, const RowVector& point, Index query) {
  Index nearest = -1;
  double least = std::numeric_limits<double>::infinity();
  for (Index row = 0; row < mapped.rows(); ++row) {
    if (row == query) continue;
    const double distance = (mapped.row(row) - point).squaredNorm();
    if (distance >= least) continue;
    least = distance;
    nearest = row;
  }
  return nearest;
}

void attack_query(const Matrix& mapped, const std::vector<int>& codes, const geometry::PerturbedClassifier& geometry,
                  Norm norm, Index query, double radius, bool same_row, Random& random, Count& count) {
  radius *= share;
  if (!(radius > 0.0) || std::isinf(radius)) return;
  const auto class_of = [&](Index row) { return codes[static_cast<std::size_t>(row)]; };
  const Index nearest = nearest_but(mapped, mapped.row(query), query);
  const auto keeps = [&](Index now) { return same_row ? now == nearest : class_of(now) == class_of(query); };
  Matrix points(tries_a_query, mapped.cols());
  for (Index t = 0; t < tries_a_query; ++t) {
    Index rival = random.below(mapped.rows());
    if (rival == query || rival == nearest) rival = nearest == 0 ? mapped.rows() - 1 : 0;
    const Vector towards = geometry.map().transpose() * (mapped.row(rival) - mapped.row(nearest)).transpose();
    Vector u = direction(towards, norm, t, random);
    u *= size_of(radius, t, random) / geometry::length(u, norm);
    points.row(t) = mapped.row(query) + (geometry.map() * u).transpose();
  }
  // A product finds who may be nearest; where that is another answer, the distances themselves decide.
  const Vector lengths = mapped.rowwise().squaredNorm();
  Matrix distances = -2.0 * linalg::product_with_transpose(points, mapped);
  distances.rowwise() += lengths.transpose();
  distances.col(query).setConstant(std::numeric_limits<double>::infinity());
  for (Index t = 0; t < tries_a_query; ++t) {
    Index now = 0;
    distances.row(t).minCoeff(&now);
    ++count.tries;
    if (!keeps(now) && !keeps(nearest_but(mapped, points.row(t), query))) ++count.successes;
  }
}

Count attack_retrieval(const model::Model& model, const Dataset& data, const ThreatModel& threat) {
  Count count;
  Random random(4);
  const certify::RetrievalProblem problem = certify::retrieval_problem(model, threat, data);
  const Matrix map = certify::perturbation_map(model, threat.space);
  const geometry::PerturbedClassifier geometry(problem.mapped, problem.codes, map);
  const std::vector<certify::RetrievalCertificate> found = certify::retrieval_radii(map, threat, problem);
  for (Index query = 0; query < problem.rows.rows(); ++query) {
    const certify::RetrievalCertificate& certificate = found[static_cast<std::size_t>(query)];
    const auto attack = [&](const certify::Certificate& of, bool same_row) {
      attack_query(problem.mapped, problem.codes, geometry, threat.norm(), query, of.radius, same_row, random, count);
      if (!of.witness || of.kind != certify::BoundKind::exact || !(of.radius > 0.0)) return;
      ++count.witnesses;
      const RowVector point = problem.mapped.row(query) + (*of.witness - problem.rows.row(query)) * map.transpose();
      const Index now = nearest_but(problem.mapped, point, query);
      const int code = problem.codes[static_cast<std::size_t>(now)];
      const bool changes =
          same_row ? now != certificate.nearest : code != problem.codes[static_cast<std::size_t>(query)];
      const double size = threat.measure((*of.witness - problem.rows.row(query)).transpose());
      count.that_hold += changes && size <= of.radius * (1.0 + 1e-6) ? 1 : 0;
    };
    if (certificate.relevant) attack(*certificate.relevant, false);
    attack(certificate.same_row, true);
  }
  return count;
}

// Categories that flip

/// Up to two columns with two to four values, as if they were categories.
std::vector<certify::Flip> some_flips(const Dataset& data) {
  std::vector<certify::Flip> flips;
  for (Index column = data.x.cols() - 1; column >= 0 && flips.size() < 2; --column) {
    std::vector<double> values(data.x.col(column).begin(), data.x.col(column).end());
    std::ranges::sort(values);
    values.erase(std::unique(values.begin(), values.end()), values.end());
    if (values.size() < 2 || values.size() > 4) continue;
    const Matrix as_rows = Eigen::Map<const Vector>(values.data(), static_cast<Index>(values.size()));
    flips.push_back({fmt::format("{}", column), {column}, as_rows});
  }
  return flips;
}

Count attack_flips(const model::Model& model, const Dataset& train, const Dataset& test, Norm norm, Index k) {
  Count count;
  ThreatModel threat{.ball = certify::LpBall{norm}, .space = Space::raw, .flips = some_flips(train)};
  if (threat.flips.empty()) return count;
  std::vector<Index> perturbed(static_cast<std::size_t>(train.x.cols()));
  std::iota(perturbed.begin(), perturbed.end(), Index{0});
  for (const certify::Flip& flip : threat.flips) std::erase(perturbed, flip.features.front());
  threat.perturbed = perturbed;
  const certify::CertifiedKnn knn(model, threat);
  const certify::CertificationProblem problem = knn.problem(test, {.k = k});
  const auto radii = evaluate::radii(knn, problem, evaluate::find_certifier("exact"), {.time_limit = 0.5});
  // Each variant withstands what its row does.
  const certify::ExpandedProblem expanded(problem);
  const certify::CertificationProblem& all = expanded.problem();
  std::vector<certify::Certificate> of_variants(radii.certificates);
  for (const Index row : problem.variants.of) {
    of_variants.push_back(radii.certificates[static_cast<std::size_t>(row)]);
  }
  for (Index at = problem.size(); at < all.size(); ++at) {
    const auto place = static_cast<std::size_t>(at);
    if (!(of_variants[place].radius > 0.0)) continue;
    ++count.tries;
    count.successes += all.predicted[place] != all.classes[place] ? 1 : 0;
  }
  const reference::Attempts attempts = reference::attempt(model, knn, all, of_variants, {}, share, tries_a_variant, 11);
  count.tries += attempts.tries;
  count.successes += attempts.successes;
  const model::Predictor predictor(model);
  for (Index row = 0; row < problem.size(); ++row) {
    const certify::Certificate& certificate = radii.certificates[static_cast<std::size_t>(row)];
    if (!certificate.witness || certificate.kind != certify::BoundKind::exact) continue;
    ++count.witnesses;
    const Matrix witness = *certificate.witness;
    const int now = predictor.predict(model.preprocessor.apply(witness), k)[0];
    count.that_hold += now != problem.predicted[static_cast<std::size_t>(row)] ? 1 : 0;
  }
  return count;
}

// Poisoning

/// The winner among the first k classes of a list in the order of distance; of equal votes the class of the nearer row.
int vote(const std::vector<int>& nearest_first, Index k) {
  std::map<int, Index> votes;
  Index most = 0;
  const auto voting = std::min(static_cast<std::size_t>(k), nearest_first.size());
  for (std::size_t at = 0; at < voting; ++at) most = std::max(most, ++votes[nearest_first[at]]);
  for (std::size_t at = 0; at < voting; ++at) {
    if (votes[nearest_first[at]] == most) return nearest_first[at];
  }
  return -1;
}

/// `changes` random changes of one kind (0: insertions, 1: deletions, 2: relabelings), mostly where they help.
std::vector<int> poisoned(std::vector<int> classes, Index changes, int kind, int predicted, int most_class, Index k,
                          Random& random) {
  const int rival = static_cast<int>(random.below(most_class + 1));
  for (Index change = 0; change < changes; ++change) {
    const auto reach = std::min<Index>(static_cast<Index>(classes.size()), 2 * k + change);
    auto place = static_cast<std::size_t>(random.below(reach));
    if (kind == 0) {
      const auto at = random.below(3) == 0 ? static_cast<std::ptrdiff_t>(place) : 0;
      classes.insert(classes.begin() + at, rival);
      continue;
    }
    if (random.below(4) != 0) {
      // The nearest row of the prediction that is left.
      const auto found = std::ranges::find(classes, predicted);
      if (found != classes.end()) place = static_cast<std::size_t>(found - classes.begin());
    }
    if (kind == 2) {
      classes[place] = rival;
    } else if (classes.size() > 1) {
      classes.erase(classes.begin() + static_cast<std::ptrdiff_t>(place));
    }
  }
  return classes;
}

Count attack_counts(const model::Model& model, const Dataset& test, Index k) {
  Count count;
  Random random(6);
  const certify::CertifiedKnn knn(model, {});
  const certify::CertificationProblem problem = knn.problem(test, {.k = k});
  const std::vector<certify::Poisoning> found = certify::poisoning(knn, problem);
  const std::vector<int>& codes = knn.classifier().codes();
  const int most_class = *std::ranges::max_element(codes);
  for (Index row = 0; row < problem.size(); ++row) {
    const auto at = static_cast<std::size_t>(row);
    std::vector<std::pair<double, Index>> order;
    for (Index i = 0; i < knn.classifier().size(); ++i) {
      order.emplace_back((knn.classifier().mapped().row(i) - problem.queries.row(row)).squaredNorm(), i);
    }
    std::ranges::sort(order);
    std::vector<int> classes;
    for (const auto& [distance, i] : order) classes.push_back(codes[static_cast<std::size_t>(i)]);
    const Index numbers[] = {found[at].insertions, found[at].deletions, found[at].relabelings};
    for (int kind = 0; kind < 3; ++kind) {
      const Index most = std::min<Index>(numbers[kind] - 1, static_cast<Index>(classes.size()) - 1);
      if (numbers[kind] <= 0) continue;
      for (Index t = 0; t < tries_a_prediction; ++t) {
        ++count.tries;
        const Index changes = t % 4 == 3 ? random.below(most + 1) : most;
        const std::vector<int> now = poisoned(classes, changes, kind, problem.predicted[at], most_class, k, random);
        count.successes += vote(now, k) != problem.predicted[at] ? 1 : 0;
      }
      if (numbers[kind] == certify::Poisoning::never) continue;
      // As many changes as the count says do suffice, in one of the ways that help most.
      ++count.witnesses;
      bool changed = false;
      for (int rival = 0; rival <= most_class && !changed; ++rival) {
        if (rival == problem.predicted[at]) continue;
        std::vector<int> now = classes;
        for (Index change = 0; change < numbers[kind]; ++change) {
          const auto own = std::ranges::find(now, problem.predicted[at]);
          if (kind == 0) {
            now.insert(now.begin(), rival);
          } else if (kind == 1) {
            now.erase(own);
          } else {
            *own = rival;
          }
        }
        changed = vote(now, k) != problem.predicted[at];
      }
      count.that_hold += changed ? 1 : 0;
    }
  }
  return count;
}

std::vector<ThreatModel> threats_of_retrieval(const model::Model& model) {
  std::vector<ThreatModel> threats;
  for (const Norm norm : {Norm::l2, Norm::l1, Norm::linf}) {
    threats.push_back({certify::LpBall{norm}, Space::preprocessed});
    if (model.preprocessor.is_affine()) threats.push_back({certify::LpBall{norm}, Space::raw});
  }
  return threats;
}

}  // namespace

int main(int argc, char** argv) {
  print_commit();
  const std::filesystem::path folder = data_folder(argc, argv);
  const auto began = std::chrono::steady_clock::now();
  std::map<std::string, Count> by_task;
  for (const Case& c : cases) {
    std::filesystem::path file;
    if (!find_data(folder, c, file)) continue;
    const auto [train, test] = attacked_rows(io::read_dataset(file), most_rows);
    const Dataset some = rows_between(test, 0, most_flipped_rows);
    for (const char* method : methods) {
      const model::Model model = learners::train(train, {.method = method, .preprocess = c.preprocess}).model;
      for (const Space space : {Space::preprocessed, Space::raw}) {
        by_task["pairs, one moves"] += attack_pairs(model, test, certify::MovedMembers::one, space);
        by_task["pairs, both move"] += attack_pairs(model, test, certify::MovedMembers::both, space);
      }
      for (const ThreatModel& threat : threats_of_retrieval(model)) {
        by_task["retrieval"] += attack_retrieval(model, test, threat);
      }
      for (const Index k : {1, 3, 5}) {
        for (const Norm norm : {Norm::l2, Norm::l1, Norm::linf}) {
          by_task["categories that flip"] += attack_flips(model, train, some, norm, k);
        }
        by_task["poisoning"] += attack_counts(model, test, k);
      }
    }
    fmt::print(stderr, "{}: {} s\n", c.name,
               std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
  }
  fmt::print(
      "| task | attempts | successes | claims with a witness | witnesses that hold |\n|---|---:|---:|---:|---:|\n");
  bool sound = true;
  for (const auto& [task, count] : by_task) {
    fmt::print("| {} | {} | {} | {} | {} |\n", task, count.tries, count.successes, count.witnesses, count.that_hold);
    sound = sound && count.successes == 0 && count.that_hold == count.witnesses;
  }
  fmt::print("\n{:.0f} s\n", std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
  return sound ? 0 : 1;
}
