# holdfast_warnings(target): the project's warnings, for its own sources only.
function(holdfast_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor
                         -Woverloaded-virtual -Wdouble-promotion -Wimplicit-fallthrough)
  # Options are aggregates, and designated initialisers name only what differs from the defaults.
  target_compile_options(${target} PRIVATE -Wno-missing-field-initializers)
  # GCC 12 and 13 see overlapping or overflowing copies in plain string concatenation (GCC bugs 105651 and 105329).
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict -Wno-stringop-overflow>)
  if(HOLDFAST_WERROR)
    # What GCC finds only after inlining depends on the optimizer, even on the length of a path in a definition: it is
    # shown, but a build must not fail here and pass in another folder. The sanitizers look for the same faults.
    target_compile_options(
      ${target} PRIVATE -Werror $<$<CXX_COMPILER_ID:GNU>:-Wno-error=array-bounds -Wno-error=maybe-uninitialized
                        -Wno-error=stringop-overread -Wno-error=dangling-pointer -Wno-error=use-after-free
                        -Wno-error=free-nonheap-object -Wno-error=nonnull>)
  endif()
endfunction()
