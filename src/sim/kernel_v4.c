#define HF_KERNEL_WEEK hf_kernel_week_v4
#define HF_CHUNK       4 /* of 8 lanes */
#include "sim/kernel_body.h"
