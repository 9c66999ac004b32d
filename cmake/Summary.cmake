# What the configure step found, in one table.
function(floe_summary)
  if(FLOE_HAVE_TORCH)
    set(torch "${floe_torch_version}")
  else()
    set(torch "no (FLOE_WITH_TORCH=${FLOE_WITH_TORCH}): gradient training is left out")
  endif()
  if(CCACHE_PROGRAM)
    set(ccache yes)
  else()
    set(ccache no)
  endif()
  set(mpi "no (FLOE_WITH_MPI=${FLOE_WITH_MPI}): one process")
  if(FLOE_HAVE_MPI)
    set(mpi "${MPI_C_VERSION} (${MPI_C_LIBRARIES})")
  endif()
  set(rows
    "version" "${PROJECT_VERSION}"
    "build type" "${CMAKE_BUILD_TYPE}"
    "compiler" "${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}"
    "native instructions" "${FLOE_NATIVE}"
    "LibTorch" "${torch}"
    "HDF5" "${HDF5_VERSION}"
    "Eigen" "${Eigen3_VERSION}"
    "OpenMP" "${FLOE_HAVE_OPENMP}"
    "MPI" "${mpi}"
    "ccache" "${ccache}"
    "precompiled headers" "${FLOE_HAVE_PRECOMPILED_HEADERS}"
    "tests" "${FLOE_BUILD_TESTS}"
    "benchmarks" "${FLOE_BUILD_BENCHMARKS}"
    "sanitizers" "${FLOE_SANITIZE}"
    "install prefix" "${CMAKE_INSTALL_PREFIX}")
  message(STATUS "floe:")
  while(rows)
    list(POP_FRONT rows name value)
    string(LENGTH "${name}" length)
    math(EXPR pad "22 - ${length}")
    string(REPEAT " " ${pad} spaces)
    message(STATUS "  ${name}${spaces}${value}")
  endwhile()
endfunction()
floe_summary()
