# boternity_module(<name>
#     DEPENDS <modules...>         modules whose headers it may include; those not there yet are left out
#     THIRD_PARTY <targets...>     third parties of its .cpp files only
#     PUBLIC_THIRD_PARTY <targets> third parties that its headers include
#     TEST_DEPENDS <modules...>    modules that only its tests include, besides `testing`
#     PCH core|wire)
#
# A folder under server/ becomes a library. Its .cpp files are found by themselves, except those in tests/, fuzz/, bench/ and programs/:
#     tests/*_test.cpp (with any helper .cpp beside them) -> one executable <name>_tests, known to ctest
#     fuzz/*_fuzz.cpp                                      -> one libFuzzer executable each, in preset asan
# Includes are written from server/ ("core/runs/run.hpp"), and reach only declared dependencies: each module exports
# a folder that holds nothing but a link to itself.

function(boternity_module name)
    cmake_parse_arguments(ARG "" "PCH" "DEPENDS;THIRD_PARTY;PUBLIC_THIRD_PARTY;TEST_DEPENDS" ${ARGN})
    if(ARG_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "boternity_module(${name}): unknown arguments ${ARG_UNPARSED_ARGUMENTS}")
    endif()

    set(folder ${CMAKE_CURRENT_SOURCE_DIR})
    file(RELATIVE_PATH path ${CMAKE_SOURCE_DIR}/server ${folder})
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${folder}/*.cpp)
    set(tests ${sources})
    set(fuzzers ${sources})
    list(FILTER sources EXCLUDE REGEX "^${folder}/(.*/)?(tests|fuzz|bench|programs)/")
    list(FILTER tests INCLUDE REGEX "^${folder}/(.*/)?tests/")
    list(FILTER fuzzers INCLUDE REGEX "^${folder}/(.*/)?fuzz/[^/]*_fuzz\\.cpp$")
    set(main ${sources})
    list(FILTER main INCLUDE REGEX "^${folder}/main\\.cpp$")
    if(main)
        list(REMOVE_ITEM sources ${main})
    endif()

    set(farm ${CMAKE_BINARY_DIR}/include/${name})
    cmake_path(GET path PARENT_PATH parent)
    file(MAKE_DIRECTORY ${farm}/${parent})
    file(CREATE_LINK ${folder} ${farm}/${path} SYMBOLIC)

    if(sources)
        add_library(${name} STATIC ${sources})
        set(scope PUBLIC)
        set_target_properties(${name} PROPERTIES ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
        target_compile_options(${name} PRIVATE ${BOTERNITY_WARNINGS})
        target_link_libraries(${name} PRIVATE ${ARG_THIRD_PARTY})
        boternity_use_pch(${name} "${ARG_PCH}")
    else()
        add_library(${name} INTERFACE)
        set(scope INTERFACE)
        target_link_libraries(${name} INTERFACE ${ARG_THIRD_PARTY})
    endif()
    target_include_directories(${name} ${scope} ${farm})
    target_link_libraries(${name} ${scope} ${ARG_PUBLIC_THIRD_PARTY})
    boternity_link_existing(${name} ${scope} ${ARG_DEPENDS})

    if(tests AND BOTERNITY_TESTS)
        boternity_tests(${name} "${tests}" "${ARG_TEST_DEPENDS}" "${ARG_THIRD_PARTY}")
    endif()
    if(fuzzers AND BOTERNITY_FUZZ)
        boternity_fuzzers(${name} "${fuzzers}" "${ARG_THIRD_PARTY}")
    endif()
endfunction()

function(boternity_use_pch target pch)
    if(pch)
        target_precompile_headers(${target} REUSE_FROM pch_${pch})
        target_link_libraries(${target} PRIVATE bot::boost bot::fmt)
    endif()
endfunction()

# Links the modules that exist. The order of layers in the top CMakeLists.txt makes a dependency exist before its user.
function(boternity_link_existing target scope)
    foreach(module IN LISTS ARGN)
        if(TARGET ${module})
            target_link_libraries(${target} ${scope} ${module})
        endif()
    endforeach()
endfunction()

function(boternity_tests module sources depends third_party)
    set(target ${module}_tests)
    add_executable(${target} ${sources})
    target_compile_options(${target} PRIVATE ${BOTERNITY_WARNINGS})
    target_link_libraries(${target} PRIVATE ${module} ${third_party} GTest::gmock_main Threads::Threads)
    # `testing` is made later than the modules below it, hence by name, if it will be there at all.
    foreach(extra testing ${depends})
        if(NOT module STREQUAL extra)
            target_link_libraries(${target} PRIVATE $<TARGET_NAME_IF_EXISTS:${extra}>)
        endif()
    endforeach()
    boternity_use_pch(${target} test)
    set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    gtest_discover_tests(${target}
        DISCOVERY_MODE PRE_TEST
        TEST_PREFIX "${module}."
        PROPERTIES TIMEOUT 120 LABELS ${module})
endfunction()

function(boternity_fuzzers module sources third_party)
    foreach(source IN LISTS sources)
        cmake_path(GET source STEM stem)
        cmake_path(GET source PARENT_PATH dir)
        set(target ${module}_${stem})
        add_executable(${target} ${source})
        target_compile_options(${target} PRIVATE ${BOTERNITY_WARNINGS})
        target_link_libraries(${target} PRIVATE ${module} ${third_party})
        target_link_options(${target} PRIVATE -fsanitize=fuzzer)
        set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
        # Ten seconds in each run of the tests; `build/asan/fuzz/<name>` alone goes on for ever.
        set(corpus ${CMAKE_BINARY_DIR}/fuzz/corpus/${target})
        file(MAKE_DIRECTORY ${corpus})
        set(seeds ${dir}/corpus/${stem})
        if(NOT IS_DIRECTORY ${seeds})
            set(seeds "")
        endif()
        add_test(NAME ${module}.fuzz.${stem}
            COMMAND ${target} -max_total_time=10 -timeout=5 -rss_limit_mb=2048 ${corpus} ${seeds})
        set_tests_properties(${module}.fuzz.${stem} PROPERTIES TIMEOUT 120 LABELS "${module};fuzz")
    endforeach()
endfunction()
