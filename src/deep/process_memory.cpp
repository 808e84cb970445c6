#include "holdfast/deep/process_memory.hpp"

#include <limits>
#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace holdfast::deep {

void keep_freed_memory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 32 << 20);  // the largest value that it takes
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
#endif
}

}  // namespace holdfast::deep
