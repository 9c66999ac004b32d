# floe_library(<name> [TORCH] SOURCES ... HEADERS ... [PUBLIC ...] [PRIVATE ...])
#
# The library floe_<name> with the alias floe::<name>, installed under the same name. Headers lie beside sources and are
# included from the roots src/ and the repository: "base/error.h", "lattice/geometry.h". TORCH links LibTorch, uses the
# shared precompiled header and a job pool capped by memory.
include(GNUInstallDirs)

function(floe_library name)
  cmake_parse_arguments(arg "TORCH" "" "SOURCES;HEADERS;PUBLIC;PRIVATE" ${ARGN})
  set(target floe_${name})
  if(arg_SOURCES)
    add_library(${target} ${arg_SOURCES} ${arg_HEADERS})
    set(scope PUBLIC)
    target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:floe_flags> ${arg_PRIVATE})
  else()
    add_library(${target} INTERFACE ${arg_HEADERS})
    set(scope INTERFACE)
  endif()
  add_library(floe::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  target_include_directories(${target} ${scope}
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src> $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/floe>)
  target_compile_features(${target} ${scope} cxx_std_20)
  target_link_libraries(${target} ${scope} ${arg_PUBLIC})
  if(arg_TORCH)
    floe_use_torch(${target} ${scope})
  endif()
  if(arg_TORCH)
    set_property(GLOBAL APPEND PROPERTY FLOE_TORCH_LIBRARIES ${target})
  else()
    set_property(GLOBAL APPEND PROPERTY FLOE_LIBRARIES ${target})
  endif()
  foreach(header IN LISTS arg_HEADERS)
    cmake_path(ABSOLUTE_PATH header)
    set_property(GLOBAL APPEND PROPERTY FLOE_HEADERS ${header})
  endforeach()
endfunction()

# Links LibTorch, reuses the precompiled header and caps the number of such units that compile at once.
function(floe_use_torch target scope)
  target_link_libraries(${target} ${scope}
    $<BUILD_INTERFACE:floe_torch_dependency> $<INSTALL_INTERFACE:floe::torch_dependency>)
  set_target_properties(${target} PROPERTIES JOB_POOL_COMPILE torch)
  if(FLOE_HAVE_PRECOMPILED_HEADERS AND NOT scope STREQUAL INTERFACE)
    target_precompile_headers(${target} REUSE_FROM floe_torch_pch)
    # The header was compiled as for a library; a program must agree with it on how code is addressed. A unit whose
    # flags differ all the same compiles without it.
    target_compile_options(${target} PRIVATE -fPIC $<$<CXX_COMPILER_ID:GNU>:-Wno-error=invalid-pch>)
  endif()
endfunction()
