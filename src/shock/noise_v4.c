/* The hot loops of noise for x86-64-v4 (CMakeLists.txt says so to the compiler). */
#define HF_NOISE_WEEK hf_noise_week_v4
#include "shock/noise_body.h"
