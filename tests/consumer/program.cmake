# The installed program runs, says the project's version, and finds its data beside itself wherever the prefix is moved to.
execute_process(COMMAND ${PREFIX}/${BINDIR}/holdfast --version OUTPUT_VARIABLE output COMMAND_ERROR_IS_FATAL ANY)
if(NOT output STREQUAL "holdfast ${VERSION}\n")
  message(FATAL_ERROR "holdfast --version says '${output}', not 'holdfast ${VERSION}'")
endif()

set(data ${DATADIR}/holdfast/data)
foreach(file IN ITEMS ${data}/digits.csv.gz ${data}/wine.csv.gz ${data}/breast_cancer.csv.gz ${data}/iris.csv.gz
                      ${data}/README.md ${DATADIR}/doc/holdfast/LICENSE)
  if(NOT EXISTS ${PREFIX}/${file})
    message(FATAL_ERROR "${file} is not installed")
  endif()
endforeach()

# A damaged data set in the moved prefix is refused by its name there: so it is that file that is read, not the source's.
set(moved ${PREFIX}-moved)
file(REMOVE_RECURSE ${moved})
file(COPY ${PREFIX}/ DESTINATION ${moved})
foreach(name IN ITEMS digits wine breast_cancer iris)
  file(WRITE ${moved}/${data}/${name}.csv.gz "damaged")
endforeach()
execute_process(COMMAND ${moved}/${BINDIR}/holdfast demo --out ${moved}/demo RESULT_VARIABLE status ERROR_VARIABLE errors
                OUTPUT_VARIABLE output)
string(FIND "${errors}" "${moved}/${data}/" position)
if(NOT status EQUAL 2 OR position EQUAL -1)
  message(FATAL_ERROR "holdfast demo does not read ${moved}/${data}: status ${status}\n${output}${errors}")
endif()
file(REMOVE_RECURSE ${moved})
