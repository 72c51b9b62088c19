#define HF_KERNEL_WEEK hf_kernel_week_baseline
#define HF_CHUNK       4 /* of 2 lanes */
#include "sim/kernel_body.h"
