# Configures the project in SOURCE anew, builds it in BINARY and runs its program `consumer`.
set(settings -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_BUILD_TYPE=${BUILD_TYPE} -DCMAKE_CXX_FLAGS=${FLAGS} ${OPTIONS})
if(LAUNCHER)
  list(APPEND settings -DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER})
endif()
execute_process(COMMAND ${CMAKE_COMMAND} --fresh -S ${SOURCE} -B ${BINARY} -G ${GENERATOR} ${settings}
                COMMAND_ERROR_IS_FATAL ANY)
# scripts/test sets how many compilations memory allows; by itself, one a processor.
set(parallel)
if(NOT DEFINED ENV{CMAKE_BUILD_PARALLEL_LEVEL})
  cmake_host_system_information(RESULT processors QUERY NUMBER_OF_LOGICAL_CORES)
  set(parallel --parallel ${processors})
endif()
execute_process(COMMAND ${CMAKE_COMMAND} --build ${BINARY} --target consumer ${parallel} COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${BINARY}/consumer COMMAND_ERROR_IS_FATAL ANY)
