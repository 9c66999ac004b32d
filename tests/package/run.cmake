# Run by ctest; see CMakeLists.txt beside this file.
function(step)
  execute_process(COMMAND ${ARGN} COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
endfunction()

set(prefix "${WORK_DIR}/prefix with space")
file(REMOVE_RECURSE "${WORK_DIR}")
step(${CMAKE_COMMAND} --install "${BUILD_DIR}" --prefix "${prefix}")

# Nothing installed may point back into the source or the build tree.
file(GLOB files "${prefix}/${LIBRARY_DIR}/cmake/floe/*.cmake")
foreach(file IN LISTS files)
  file(READ "${file}" text)
  foreach(tree "${SOURCE_DIR}" "${BUILD_DIR}")
    string(FIND "${text}" "${tree}" position)
    if(NOT position EQUAL -1)
      message(FATAL_ERROR "${file} names ${tree}; wrap that in $<BUILD_INTERFACE:...>")
    endif()
  endforeach()
endforeach()

# An installed header includes, of floe, installed headers only.
file(GLOB_RECURSE headers RELATIVE "${prefix}/include/floe" "${prefix}/include/floe/*.h")
foreach(header IN LISTS headers)
  file(STRINGS "${prefix}/include/floe/${header}" lines REGEX "^ *# *include *\"")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE ".*\"(.*)\".*" "\\1" name "${line}")
    if(NOT EXISTS "${prefix}/include/floe/${name}")
      message(FATAL_ERROR "${header} includes \"${name}\", which is not installed; list it in HEADERS of its floe_library")
    endif()
  endforeach()
endforeach()

step(${CMAKE_COMMAND} -S "${CONSUMER_DIR}" -B "${WORK_DIR}/build" -G "${GENERATOR}"
     "-DCMAKE_PREFIX_PATH=${prefix};${PREFIX_PATH}" "-DCMAKE_CXX_COMPILER=${COMPILER}" "-DCMAKE_CXX_FLAGS=${FLAGS}"
     "-DCMAKE_BUILD_TYPE=${BUILD_TYPE}" "-DFLOE_WANTED_VERSION=${VERSION}" --no-warn-unused-cli)
step(${CMAKE_COMMAND} --build "${WORK_DIR}/build")
step("${WORK_DIR}/build/consumer")
if(EXISTS "${prefix}/bin/floe")
  step("${prefix}/bin/floe" --version)
endif()
