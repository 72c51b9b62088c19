#define HF_KERNEL_WEEK hf_kernel_week_v3_narrow
#define HF_CHUNK       2 /* of 4 lanes */
#include "sim/kernel_body.h"
