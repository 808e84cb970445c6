# The packages that Holdfast stands on; scripts/setup installs them all. Included by the build and, after installation,
# by holdfastConfig.cmake, so that both always agree.
find_package(Eigen3 3.4 REQUIRED NO_MODULE)
find_package(fmt REQUIRED)
find_package(nlohmann_json 3.10 REQUIRED)
find_package(ZLIB REQUIRED)
# By pkg-config, because Debian's own CMake file for libzip wants the zip command line tools as well.
find_package(PkgConfig REQUIRED)
pkg_check_modules(LIBZIP REQUIRED IMPORTED_TARGET libzip)
find_package(FastFloat REQUIRED)
find_package(Threads REQUIRED)

# The pthread flavour of OpenBLAS, the one that several threads of a program may call at once: the library cuts its matrix
# products into pieces for its own threads (holdfast/linalg/products.hpp). The serial flavour has no locks, and the
# OpenMP flavour looks up its number of threads in each calling thread.
find_library(HOLDFAST_OPENBLAS openblas PATH_SUFFIXES openblas-pthread REQUIRED)
find_library(HOLDFAST_LAPACKE lapacke REQUIRED)
if(NOT TARGET holdfast::openblas)
  add_library(holdfast::openblas INTERFACE IMPORTED)
  target_link_libraries(holdfast::openblas INTERFACE ${HOLDFAST_LAPACKE} ${HOLDFAST_OPENBLAS})
endif()
