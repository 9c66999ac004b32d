# LibTorch, from Debian or any newer one on CMAKE_PREFIX_PATH. Defines floe_torch_dependency when found.
set(FLOE_HAVE_TORCH OFF)
if(NOT FLOE_WITH_TORCH STREQUAL OFF)
  find_package(Torch QUIET)
  if(Torch_FOUND)
    set(FLOE_HAVE_TORCH ON)
    add_library(floe_torch_dependency INTERFACE)
    target_link_libraries(floe_torch_dependency INTERFACE ${TORCH_LIBRARIES})
    # Torch's headers are not ours to keep free of warnings.
    target_include_directories(floe_torch_dependency SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
  elseif(FLOE_WITH_TORCH STREQUAL ON)
    message(FATAL_ERROR "LibTorch was not found (FLOE_WITH_TORCH=ON demands it); install libtorch-dev or set CMAKE_PREFIX_PATH to a LibTorch")
  endif()
endif()
