#define HF_KERNEL_WEEK hf_kernel_week_v3
#define HF_CHUNK       8 /* of 4 lanes */
#include "sim/kernel_body.h"
