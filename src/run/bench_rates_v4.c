#define HF_RATE_CODE    hf_rate_code_v4
#define HF_VECTOR_BYTES 64
#include "run/bench_rates_body.h"
