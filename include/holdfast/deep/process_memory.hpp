// The memory of the process between training steps.
#pragma once

namespace holdfast::deep {

/// Makes the C library keep freed memory for the next training step instead of returning it to the system after every
/// step: a sixth of the time of a step on small images. This setting concerns the whole process, so programs call it,
/// not libraries. It does nothing without the GNU C library.
void keep_freed_memory();

}  // namespace holdfast::deep
