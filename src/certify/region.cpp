#include "certify/region.hpp"

#include <algorithm>

namespace holdfast::certify {
namespace {

bool contains(const std::vector<Index>& rows, Index row) { return std::ranges::find(rows, row) != rows.end(); }

}  // namespace

bool Decisions::put_in(Index row) {
  if (row == region_.pivot || contains(part_.in, row)) return true;
  if (contains(part_.out, row)) return false;
  part_.in.push_back(row);
  if (rows_.is_own(row)) {
    if (++part_.own_in > region_.own_quota) return false;
  } else if (is_third(rows_, region_, row) && ++part_.third_in > region_.third_quota) {
    return false;
  }
  const std::vector<Index>& twins = rows_.twins(row);
  if (contains(twins, region_.pivot) && !rows_.precedes(row, region_.pivot)) return false;
  return std::ranges::all_of(twins, [&](Index twin) { return !rows_.precedes(twin, row) || put_in(twin); });
}

bool Decisions::put_out(Index row) {
  if (row == region_.pivot || contains(part_.in, row)) return false;
  if (contains(part_.out, row)) return true;
  part_.out.push_back(row);
  const std::vector<Index>& twins = rows_.twins(row);
  if (contains(twins, region_.pivot) && rows_.precedes(row, region_.pivot)) return false;
  return std::ranges::all_of(twins, [&](Index twin) { return !rows_.precedes(row, twin) || put_out(twin); });
}

}  // namespace holdfast::certify
