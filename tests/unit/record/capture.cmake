# Libraries for the tests of stacks through libraries that come and go.
function(add_capture_plugin name inner frame)
  add_library(${name} MODULE record/plugin.c)
  target_link_libraries(${name} PRIVATE ctxtrace_options)
  target_compile_definitions(${name} PRIVATE PLUGIN_INNER=${inner} PLUGIN_FRAME=${frame})
  target_compile_options(${name} PRIVATE -O2 -fomit-frame-pointer -fno-stack-protector
                         -fno-sanitize=all)
  target_link_options(${name} PRIVATE ${ARGN} -fno-sanitize=all)
  set_target_properties(${name} PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY
                        ${CMAKE_CURRENT_BINARY_DIR}/plugins)
endfunction()

add_capture_plugin(plugin_one inner_one 200 -Wl,--build-id=sha1)
add_capture_plugin(plugin_two inner_two 200 -Wl,--build-id=sha1)
add_capture_plugin(plugin_wide inner_one 600 -Wl,--build-id=sha1)
add_capture_plugin(plugin_anonymous_one inner_one 200 -Wl,--build-id=none)
add_capture_plugin(plugin_anonymous_two inner_two 200 -Wl,--build-id=none)
add_capture_plugin(plugin_anonymous_wide inner_one 600 -Wl,--build-id=none)

foreach(test test_modules test_capture_modules)
  target_compile_definitions(unit_record_${test} PRIVATE
                             PLUGINS="${CMAKE_CURRENT_BINARY_DIR}/plugins")
  add_dependencies(unit_record_${test} plugin_one plugin_two plugin_wide plugin_anonymous_one
                   plugin_anonymous_two plugin_anonymous_wide)
endforeach()

# A program as users link theirs.
add_executable(own_backtrace record/own_backtrace.c)
target_link_libraries(own_backtrace PRIVATE ctxtrace_options ctxtrace)
target_compile_options(own_backtrace PRIVATE -O1)
add_dependencies(unit_record own_backtrace)
# A sanitizer brings its own backtrace(), which the program then has.
if(NOT CTXTRACE_SANITIZE)
  add_test(NAME unit/record/own_backtrace COMMAND own_backtrace)
  set_tests_properties(unit/record/own_backtrace PROPERTIES ENVIRONMENT
                       "CTXTRACE=1;CTXTRACE_DIR=${CMAKE_CURRENT_BINARY_DIR}/segments")
endif()
