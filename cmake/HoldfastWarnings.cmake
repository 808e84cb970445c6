# holdfast_warnings(target): the project's warnings, for its own sources only.
function(holdfast_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor
                         -Woverloaded-virtual -Wdouble-promotion -Wimplicit-fallthrough)
  # Options are aggregates, and designated initialisers name only what differs from the defaults.
  target_compile_options(${target} PRIVATE -Wno-missing-field-initializers)
  # GCC 12 and 13 see overlapping or overflowing copies in plain string concatenation (GCC bugs 105651 and 105329).
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict -Wno-stringop-overflow>)
  if(HOLDFAST_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()
