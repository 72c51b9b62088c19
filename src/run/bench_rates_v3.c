#define HF_RATE_CODE    hf_rate_code_v3
#define HF_VECTOR_BYTES 32
#include "run/bench_rates_body.h"
