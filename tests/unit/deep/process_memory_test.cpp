#include "holdfast/deep/process_memory.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace holdfast::deep {
namespace {

TEST(ProcessMemory, FreedBlocksStayWithTheProcess) {
#ifdef __GLIBC__
  keep_freed_memory();
  constexpr std::size_t size = 24 << 20;  // above the default threshold, below ours
  {
    const std::unique_ptr<char[]> block(new char[size]);
    std::memset(block.get(), 1, size);
    EXPECT_NE(block[size / 2], 0);
  }
  EXPECT_GE(::mallinfo2().fordblks, size);
#else
  keep_freed_memory();
#endif
}

}  // namespace
}  // namespace holdfast::deep
