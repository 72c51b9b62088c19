#define HF_KERNEL_WEEK hf_kernel_week_baseline
#include "sim/kernel_body.h"
