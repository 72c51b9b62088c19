# One static library per layer. hf_layer(NAME SOURCES... DEPENDS layers... EXTERNAL targets...)
# links what src/README.md's table allows and nothing else; externals stay private to the layer.
set(HF_WARNINGS -Wall -Wextra -Wshadow -Wvla -Wdouble-promotion -Wformat=2 -Wundef
                "$<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes;-Wmissing-prototypes>")

# The bit law (src/README.md, Numbers): after the user's flags, so that they cannot undo it.
set(HF_BIT_LAW -ffp-contract=off -fno-math-errno -fno-trapping-math)
set(HF_BIT_LAW_LAYERS base rng plan shock sim stats)

function(hf_options target)
    target_compile_options(${target} PRIVATE ${HF_WARNINGS})
    if(HF_WERROR)
        target_compile_options(${target} PRIVATE -Werror)
    endif()
    if(HF_SANITIZE)
        target_compile_options(${target} PRIVATE -fsanitize=address,undefined
                               -fno-sanitize-recover=all -fno-omit-frame-pointer)
        target_link_options(${target} PUBLIC -fsanitize=address,undefined)
    endif()
endfunction()

function(hf_layer name)
    cmake_parse_arguments(L "" "" "SOURCES;DEPENDS;EXTERNAL" ${ARGN})
    list(TRANSFORM L_SOURCES PREPEND "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/${name}/")
    add_library(hf_${name} STATIC ${L_SOURCES})
    target_include_directories(hf_${name} PUBLIC ${CMAKE_CURRENT_FUNCTION_LIST_DIR})
    hf_options(hf_${name})
    if(name IN_LIST HF_BIT_LAW_LAYERS)
        target_compile_options(hf_${name} PRIVATE ${HF_BIT_LAW})
    endif()
    list(TRANSFORM L_DEPENDS PREPEND hf_)
    target_link_libraries(hf_${name} PUBLIC ${L_DEPENDS} PRIVATE ${L_EXTERNAL})
endfunction()
