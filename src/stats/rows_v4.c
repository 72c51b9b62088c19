/* The row loops for x86-64-v4 (CMakeLists.txt says so to the compiler). */
#define HF_ROW_CODE  hf_row_code_v4
#define HF_ROW_NAME  "x86-64-v4"
#define HF_ROW_LEVEL 4
#include "stats/rows_body.h"
