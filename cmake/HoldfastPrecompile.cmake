# holdfast_precompile(target [header...]): compiles the headers that most files of a target include, and the given ones, once
# for the target. Each file still includes what it uses (tools/check_layers --headers sees to the headers);
# CMAKE_DISABLE_PRECOMPILE_HEADERS turns this off.
function(holdfast_precompile target)
  target_precompile_headers(${target} PRIVATE <algorithm> <cmath> <functional> <map> <memory> <optional> <string> <string_view>
                            <variant> <vector> <Eigen/Core> <fmt/format.h> ${ARGN})
endfunction()
