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
  target_link_libraries(${name} PRIVATE holdfast::holdfast ${ARG_LIBRARIES} GTest::gtest_main GTest::gmock fmt::fmt
                        nlohmann_json::nlohmann_json ZLIB::ZLIB PkgConfig::LIBZIP)
  target_compile_definitions(${name} PRIVATE HOLDFAST_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  holdfast_warnings(${name})
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES LABELS ${ARG_LABELS} TIMEOUT 900)
endfunction()
