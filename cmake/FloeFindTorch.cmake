# floe_find_torch(<target>): LibTorch as the interface library <target>; sets floe_torch_version, empty when there is none.
#
# A LibTorch for CPUs, as Debian's, is found through its own package. The package of one built with CUDA, as PyPI's, asks
# for the whole CUDA toolkit and stops the configuration where that is missing or newer than CMake; floe has no CUDA code
# of its own, so the libraries below CMAKE_PREFIX_PATH or Torch_ROOT are then linked directly: those for the CPU, and with
# FLOE_TORCH_CUDA those for CUDA, whose own dependencies (cuBLAS, cuDNN, ...) must be installed.
option(FLOE_TORCH_CUDA "Link the CUDA libraries of a LibTorch that has them" OFF)
mark_as_advanced(FLOE_TORCH_CUDA)

macro(floe_find_torch target)
  set(floe_torch_version "")
  set(floe_torch_cuda_root "")
  foreach(prefix IN LISTS Torch_ROOT CMAKE_PREFIX_PATH)
    if(NOT floe_torch_cuda_root AND EXISTS "${prefix}/share/cmake/Torch/TorchConfigVersion.cmake"
       AND EXISTS "${prefix}/lib/libtorch_cuda.so")
      set(floe_torch_cuda_root "${prefix}")
    endif()
  endforeach()

  set(floe_torch_links "")
  if(floe_torch_cuda_root)
    include("${floe_torch_cuda_root}/share/cmake/Torch/TorchConfigVersion.cmake")
    set(floe_torch_version "${PACKAGE_VERSION}")
    unset(PACKAGE_VERSION)
    file(STRINGS "${floe_torch_cuda_root}/share/cmake/Torch/TorchConfig.cmake" floe_torch_old_abi
         REGEX "_GLIBCXX_USE_CXX11_ABI=0")
    if(floe_torch_old_abi)
      message(FATAL_ERROR "LibTorch ${floe_torch_version} in ${floe_torch_cuda_root} cannot be linked (it was built with "
              "the C++ ABI of before 2015, unlike every other library); take a wheel of 2.7 or later")
    endif()
    set(floe_torch_lib "${floe_torch_cuda_root}/lib")
    # ld looks there for what these libraries need in turn.
    set(floe_torch_links "${floe_torch_lib}/libtorch_cpu.so" "${floe_torch_lib}/libc10.so")
    if(FLOE_TORCH_CUDA)
      list(APPEND floe_torch_links -Wl,--push-state,--no-as-needed "${floe_torch_lib}/libtorch.so"
           "${floe_torch_lib}/libtorch_cuda.so" -Wl,--pop-state)
    endif()
    set(floe_torch_includes "${floe_torch_cuda_root}/include" "${floe_torch_cuda_root}/include/torch/csrc/api/include")
    # Its include directory brings an fmt of its own, which would hide the one that floe links.
    if(EXISTS "${floe_torch_cuda_root}/include/fmt")
      get_target_property(floe_fmt_includes fmt::fmt INTERFACE_INCLUDE_DIRECTORIES)
      file(MAKE_DIRECTORY "${CMAKE_BINARY_DIR}/floe_fmt")
      foreach(directory IN LISTS floe_fmt_includes)
        if(EXISTS "${directory}/fmt/format.h")
          file(CREATE_LINK "${directory}/fmt" "${CMAKE_BINARY_DIR}/floe_fmt/fmt" SYMBOLIC)
        endif()
      endforeach()
      list(PREPEND floe_torch_includes "${CMAKE_BINARY_DIR}/floe_fmt")
    endif()
  else()
    find_package(Torch QUIET)
    if(Torch_FOUND)
      set(floe_torch_version "${Torch_VERSION}")
      set(floe_torch_links "${TORCH_LIBRARIES}")
      set(floe_torch_includes "${TORCH_INCLUDE_DIRS}")
    endif()
  endif()

  if(floe_torch_version)
    if("${target}" MATCHES "::")
      add_library(${target} INTERFACE IMPORTED)
    else()
      add_library(${target} INTERFACE)
    endif()
    target_link_libraries(${target} INTERFACE ${floe_torch_links})
    # LibTorch's headers are not ours to keep free of warnings.
    target_include_directories(${target} SYSTEM INTERFACE ${floe_torch_includes})
  endif()
endmacro()
