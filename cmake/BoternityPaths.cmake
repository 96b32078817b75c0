# Asks third_party/paths where the fetched and built third parties of these pins are.

execute_process(COMMAND ${CMAKE_SOURCE_DIR}/third_party/paths
    OUTPUT_VARIABLE paths OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
string(REPLACE "\n" ";" paths "${paths}")
foreach(line IN LISTS paths)
    string(REGEX MATCH "^([a-z_]+)=(.*)$" matched "${line}")
    string(TOUPPER "BOTERNITY_${CMAKE_MATCH_1}" name)
    set(${name} "${CMAKE_MATCH_2}")
endforeach()
set(BOTERNITY_CACHE_DIR ${BOTERNITY_CACHE})

foreach(needed BOTERNITY_NATIVE_DIR BOTERNITY_PROTOS_DIR BOTERNITY_VIEWER_DIR BOTERNITY_MODELS_DIR)
    if(NOT IS_DIRECTORY "${${needed}}")
        message(FATAL_ERROR "The third parties of these pins are not in the cache (${${needed}}): run `make setup`")
    endif()
endforeach()

# A changed pin configures again by itself.
file(GLOB pins CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/third_party/*/*)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
    ${pins} ${CMAKE_SOURCE_DIR}/third_party/lib.sh ${CMAKE_SOURCE_DIR}/third_party/pins.sh
    ${CMAKE_SOURCE_DIR}/third_party/build)

# The local model beside the binary, where the binary looks for it in a build tree.
file(CREATE_LINK ${BOTERNITY_MODELS_DIR} ${CMAKE_BINARY_DIR}/models SYMBOLIC)
