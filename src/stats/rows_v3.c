/* The row loops for x86-64-v3 (CMakeLists.txt says so to the compiler). */
#define HF_ROW_CODE  hf_row_code_v3
#define HF_ROW_NAME  "x86-64-v3"
#define HF_ROW_LEVEL 3
#include "stats/rows_body.h"
