# floe_test(<name> [TORCH] SOURCES ... LIBRARIES ... [LABELS ...] [TIMEOUT seconds])
#
# A Catch2 program test_<name> whose cases ctest lists one by one. Catch2 2 and 3 both work (tests/support/catch.h).
find_package(Catch2 REQUIRED)
include(Catch)

add_library(floe_test_main STATIC EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/tests/support/main.cpp)
target_include_directories(floe_test_main PUBLIC ${PROJECT_SOURCE_DIR}/tests)
target_link_libraries(floe_test_main PUBLIC Catch2::Catch2)
target_compile_features(floe_test_main PUBLIC cxx_std_20)

function(floe_test name)
  cmake_parse_arguments(arg "TORCH" "TIMEOUT" "SOURCES;LIBRARIES;LABELS" ${ARGN})
  set(target test_${name})
  add_executable(${target} ${arg_SOURCES})
  target_link_libraries(${target} PRIVATE floe_flags floe_test_main ${arg_LIBRARIES})
  target_compile_definitions(${target} PRIVATE FLOE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  if(arg_TORCH)
    target_compile_definitions(${target} PRIVATE FLOE_TEST_TORCH)
    floe_use_torch(${target} PRIVATE)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  set(labels ${name} ${arg_LABELS})
  # -w NoAssertions: a case whose checks vanished (LibTorch and Catch2 both define CHECK) fails instead of passing.
  catch_discover_tests(${target} TEST_PREFIX "${name}: " EXTRA_ARGS -w NoAssertions
                       PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${labels}")
endfunction()
