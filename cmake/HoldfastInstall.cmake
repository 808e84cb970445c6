# What `cmake --install` puts where, and the package that find_package(holdfast) reads. Off by default inside another
# project, whose installation is its own.
option(HOLDFAST_INSTALL "Make rules to install Holdfast" ${PROJECT_IS_TOP_LEVEL})
if(NOT HOLDFAST_INSTALL)
  return()
endif()
include(CMakePackageConfigHelpers)

install(TARGETS holdfast EXPORT holdfastTargets)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/holdfast ${PROJECT_BINARY_DIR}/include/holdfast
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.hpp" PATTERN "deep" EXCLUDE)
if(TARGET holdfast_deep)
  install(TARGETS holdfast_deep EXPORT holdfastDeepTargets)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/holdfast/deep DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/holdfast)
endif()
if(TARGET holdfast_app)
  # The installed program keeps the flavour of OpenBLAS that it was built with, whatever the system's default is.
  set_target_properties(holdfast_app PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
  install(TARGETS holdfast_app)
endif()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/data/ DESTINATION ${CMAKE_INSTALL_DATADIR}/holdfast/data
        FILES_MATCHING PATTERN "*.csv.gz" PATTERN "README.md")
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/CHANGELOG.md ${PROJECT_SOURCE_DIR}/CITATION.cff
        DESTINATION ${CMAKE_INSTALL_DOCDIR} OPTIONAL)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md")

set(holdfast_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/holdfast)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/holdfastConfig.cmake.in
                              ${PROJECT_BINARY_DIR}/holdfastConfig.cmake INSTALL_DESTINATION ${holdfast_package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/holdfastConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(EXPORT holdfastTargets NAMESPACE holdfast:: DESTINATION ${holdfast_package_dir})
install(FILES ${PROJECT_BINARY_DIR}/holdfastConfig.cmake ${PROJECT_BINARY_DIR}/holdfastConfigVersion.cmake
              ${CMAKE_CURRENT_LIST_DIR}/HoldfastDependencies.cmake DESTINATION ${holdfast_package_dir})
if(TARGET holdfast_deep)  # the component `deep` of the package
  install(EXPORT holdfastDeepTargets NAMESPACE holdfast:: DESTINATION ${holdfast_package_dir})
  install(FILES ${CMAKE_CURRENT_LIST_DIR}/HoldfastDeepDependencies.cmake DESTINATION ${holdfast_package_dir})
endif()
