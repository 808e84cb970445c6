set(holdfast_test_libraries GTest::gtest_main GTest::gmock fmt::fmt nlohmann_json::nlohmann_json ZLIB::ZLIB PkgConfig::LIBZIP)

# All tests use one precompiled header. It belongs to a program that does nothing, so that no test waits for another and the
# flags are those of programs.
function(holdfast_share_test_headers name)
  if(NOT TARGET holdfast_test_headers)
    file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/tests/test_headers.cpp CONTENT "int main() {}\n")
    add_executable(holdfast_test_headers ${PROJECT_BINARY_DIR}/tests/test_headers.cpp)
    target_link_libraries(holdfast_test_headers PRIVATE holdfast::holdfast ${holdfast_test_libraries})
    holdfast_warnings(holdfast_test_headers)
    holdfast_precompile(holdfast_test_headers <gmock/gmock.h> <gtest/gtest.h>)
  endif()
  target_precompile_headers(${name} REUSE_FROM holdfast_test_headers)
endfunction()

# holdfast_add_test(name FOLDER dir LABELS label [LIBRARIES ...]): one GoogleTest binary from all sources of a folder (nothing where the
# folder has none). Tests see the repository's data through HOLDFAST_SOURCE_DIR. One label, as discovered tests take no more: ctest -L
# looks for patterns, so that both unit and deep find "unit-deep".
function(holdfast_add_test name)
  cmake_parse_arguments(ARG "" "FOLDER;LABELS" "LIBRARIES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${ARG_FOLDER}/*.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(${name} ${sources})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(${name} PRIVATE holdfast::holdfast ${ARG_LIBRARIES} ${holdfast_test_libraries})
  target_compile_definitions(${name} PRIVATE HOLDFAST_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  holdfast_warnings(${name})
  if(NOT ARG_LIBRARIES)  # those of the deep module have a precompiled header of their own
    holdfast_share_test_headers(${name})
  endif()
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES LABELS ${ARG_LABELS} TIMEOUT 900)
endfunction()
