#define HF_KERNEL_WEEK hf_kernel_week_v4
#include "sim/kernel_body.h"
