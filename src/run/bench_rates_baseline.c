#define HF_RATE_CODE    hf_rate_code_baseline
#define HF_VECTOR_BYTES 16
#include "run/bench_rates_body.h"
