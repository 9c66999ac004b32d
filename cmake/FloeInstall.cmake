# Installs the libraries, their headers, the command, the experiments and a package that find_package(floe) finds.
#
# The targets are those of the build: floe::base, floe::lattice, ...; the ones that need LibTorch form the component torch.
include(CMakePackageConfigHelpers)
set(floe_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/floe)
get_property(floe_libraries GLOBAL PROPERTY FLOE_LIBRARIES)
get_property(floe_torch_libraries GLOBAL PROPERTY FLOE_TORCH_LIBRARIES)
get_property(floe_headers GLOBAL PROPERTY FLOE_HEADERS)

install(TARGETS ${floe_libraries} EXPORT floeTargets)
install(EXPORT floeTargets NAMESPACE floe:: DESTINATION ${floe_package_dir})
if(floe_torch_libraries)
  install(TARGETS ${floe_torch_libraries} EXPORT floeTorchTargets)
  install(EXPORT floeTorchTargets NAMESPACE floe:: DESTINATION ${floe_package_dir})
endif()

# Headers keep the path by which they are included: src/base/error.h becomes include/floe/base/error.h.
foreach(header IN LISTS floe_headers)
  set(installed "${header}")
  foreach(root "${PROJECT_BINARY_DIR}" "${PROJECT_SOURCE_DIR}" src)
    if(IS_ABSOLUTE "${root}" OR NOT IS_ABSOLUTE "${installed}")
      cmake_path(IS_PREFIX root "${installed}" inside)
      if(inside)
        cmake_path(RELATIVE_PATH installed BASE_DIRECTORY "${root}")
      endif()
    endif()
  endforeach()
  cmake_path(GET installed PARENT_PATH folder)
  install(FILES "${header}" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/floe/${folder}")
endforeach()

if(TARGET floe)
  install(TARGETS floe)
endif()
if(TARGET floe-torch)
  install(TARGETS floe-torch)
endif()
if(EXISTS "${PROJECT_SOURCE_DIR}/experiments")
  install(DIRECTORY experiments DESTINATION ${CMAKE_INSTALL_DATADIR}/floe)
endif()

# What a program that links the static libraries must find: each package whose targets stand in an exported interface.
set(floe_known_packages
    "Eigen3::|Eigen3 3.4 NO_MODULE" "Boost::|Boost 1.74" "fmt::|fmt" "spdlog::|spdlog" "toml11::|toml11"
    "nlohmann_json::|nlohmann_json" "CLI11::|CLI11" "hdf5::|HDF5 1.10 COMPONENTS C HL"
    "FFTW3::|FFTW3 COMPONENTS double float threads" "Random123::|Random123" "xsimd|xsimd" "Threads::|Threads"
    "OpenMP::|OpenMP COMPONENTS CXX" "MPI::|MPI 3 COMPONENTS C" "ZLIB::|ZLIB" "BLAS::|BLAS" "LAPACK::|LAPACK")
set(floe_interfaces "")
foreach(library IN LISTS floe_libraries floe_torch_libraries)
  get_target_property(interface ${library} INTERFACE_LINK_LIBRARIES)
  string(APPEND floe_interfaces "${interface};")
endforeach()
set(FLOE_PUBLIC_PACKAGES "")
set(FLOE_NEEDS_C FALSE)
foreach(entry IN LISTS floe_known_packages)
  string(REPLACE "|" ";" entry "${entry}")
  list(GET entry 0 mark)
  list(GET entry 1 call)
  if("${floe_interfaces}" MATCHES "${mark}")
    string(APPEND FLOE_PUBLIC_PACKAGES "find_dependency(${call})\n")
    if(mark MATCHES "^(hdf5|MPI)::")
      set(FLOE_NEEDS_C TRUE)
    endif()
  endif()
endforeach()

configure_package_config_file(cmake/floeConfig.cmake.in ${PROJECT_BINARY_DIR}/floeConfig.cmake
                              INSTALL_DESTINATION ${floe_package_dir} NO_SET_AND_CHECK_MACRO)
# Until 1.0 a minor version may change the interface.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/floeConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/floeConfig.cmake ${PROJECT_BINARY_DIR}/floeConfigVersion.cmake
              cmake/FindFFTW3.cmake cmake/FindRandom123.cmake cmake/FloeFindTorch.cmake
        DESTINATION ${floe_package_dir})
