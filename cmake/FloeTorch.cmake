# LibTorch, from Debian or any newer one on CMAKE_PREFIX_PATH. Defines floe_torch_dependency when found.
set(FLOE_HAVE_TORCH OFF)
if(NOT FLOE_WITH_TORCH STREQUAL OFF)
  include(FloeFindTorch)
  floe_find_torch(floe_torch_dependency)
  if(floe_torch_version)
    set(FLOE_HAVE_TORCH ON)
    # Its headers hold parallel loops of OpenMP; one setting for all also lets the units share a precompiled header.
    if(FLOE_HAVE_OPENMP)
      target_link_libraries(floe_torch_dependency INTERFACE OpenMP::OpenMP_CXX)
    endif()
  elseif(FLOE_WITH_TORCH STREQUAL ON)
    message(FATAL_ERROR "LibTorch was not found (FLOE_WITH_TORCH=ON demands it); install libtorch-dev or set CMAKE_PREFIX_PATH to a LibTorch")
  endif()
endif()

# torch/torch.h takes most of the time of a unit that includes it (31 s of CPU without, 14 s with the precompiled header,
# which itself takes 53 s once and 600 MB; measured on a loaded machine with GCC 12). It pays from the fourth unit on.
set(FLOE_HAVE_PRECOMPILED_HEADERS OFF)
if(FLOE_HAVE_TORCH AND NOT FLOE_PRECOMPILED_HEADERS STREQUAL OFF)
  set(FLOE_HAVE_PRECOMPILED_HEADERS ON)
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/torch_pch.cpp CONTENT "// Carries the precompiled header.\n" @ONLY)
  add_library(floe_torch_pch OBJECT EXCLUDE_FROM_ALL ${PROJECT_BINARY_DIR}/torch_pch.cpp)
  target_link_libraries(floe_torch_pch PRIVATE floe_flags floe_torch_dependency)
  target_compile_features(floe_torch_pch PRIVATE cxx_std_20)
  target_precompile_headers(floe_torch_pch PRIVATE <torch/torch.h>)
endif()
