#define HF_KERNEL_WEEK hf_kernel_week_v4_narrow
#define HF_CHUNK       1 /* of 8 lanes */
#include "sim/kernel_body.h"
