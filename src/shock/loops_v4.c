/* The hot loops of chance for x86-64-v4 (CMakeLists.txt says so to the compiler). */
#define HF_LOOPS       hf_loops_v4
#define HF_LOOPS_NAME  "x86-64-v4"
#define HF_LOOPS_LEVEL 4
#include "shock/loops_body.h"
