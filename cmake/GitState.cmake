# Run as a script (cmake -P) it writes the definition of floe::git_state() to FLOE_GIT_OUTPUT, leaving an unchanged file
# alone so that nothing is rebuilt. Included, it defines
#
#   floe_git_state(<target> <file>)   the target compiles <file>, brought up to date by every build
if(CMAKE_SCRIPT_MODE_FILE)
  execute_process(COMMAND git describe --always --tags --dirty --match "v[0-9]*"
                  WORKING_DIRECTORY "${FLOE_GIT_SOURCE}" OUTPUT_VARIABLE state RESULT_VARIABLE status
                  OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(NOT "${status}" STREQUAL "0")
    set(state unknown)
  endif()
  set(text "// Written by cmake/GitState.cmake.\n#include \"base/git_state.h\"\nconst char* floe::git_state() { return \"${state}\"; }\n")
  set(old "")
  if(EXISTS "${FLOE_GIT_OUTPUT}")
    file(READ "${FLOE_GIT_OUTPUT}" old)
  endif()
  if(NOT "${old}" STREQUAL "${text}")
    file(WRITE "${FLOE_GIT_OUTPUT}" "${text}")
  endif()
  return()
endif()

set(FLOE_GIT_STATE_SCRIPT "${CMAKE_CURRENT_LIST_FILE}")
function(floe_git_state target file)
  add_custom_target(${target}_git_state
    COMMAND ${CMAKE_COMMAND} -D FLOE_GIT_SOURCE=${PROJECT_SOURCE_DIR} -D FLOE_GIT_OUTPUT=${file} -P ${FLOE_GIT_STATE_SCRIPT}
    BYPRODUCTS ${file} VERBATIM)
  add_dependencies(${target} ${target}_git_state)
endfunction()
