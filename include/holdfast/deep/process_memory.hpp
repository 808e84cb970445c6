// The memory of the process between training steps.
#pragma once

#include <limits>
#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace holdfast::deep {

/// Makes the C library keep freed memory for the next training step instead of returning it to the system after every
/// step: a sixth of the time of a step on small images. This setting concerns the whole process, so programs call it,
/// not libraries. It does nothing without the GNU C library.
inline void keep_freed_memory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 32 << 20);  // the largest value that it takes
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
#endif
}

}  // namespace holdfast::deep
