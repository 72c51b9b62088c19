/* The hot loops of chance for x86-64-v3 (CMakeLists.txt says so to the compiler). */
#define HF_LOOPS       hf_loops_v3
#define HF_LOOPS_NAME  "x86-64-v3"
#define HF_LOOPS_LEVEL 3
#include "shock/loops_body.h"
