/* How far ahead chance is drawn. */
#ifndef HF_SHOCK_SPAN_H
#define HF_SHOCK_SPAN_H

#include "base/lanes.h"

/* Weeks k HF_SPAN_WEEKS .. are drawn together: a cache line, and the widest vector, of doubles. */
#define HF_SPAN_WEEKS 8

/* A loop over them: one vector, or a few. Left to itself, gcc unrolls it before it looks for
 * vectors. */
#if defined(__GNUC__) && !defined(__clang__)
#define HF_EACH_WEEK HF_SIMD _Pragma("GCC unroll 1") for (int w = 0; w < HF_SPAN_WEEKS; w++)
#else
#define HF_EACH_WEEK HF_SIMD for (int w = 0; w < HF_SPAN_WEEKS; w++)
#endif

#endif
