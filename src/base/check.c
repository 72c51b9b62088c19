/* The end of a run that broke one of its own invariants. */
#include "base/check.h"
#include <stdio.h>
#include <stdlib.h>

void hf_assert_failed(const char *condition, const char *file, int line) {
    fflush(stdout);
    fprintf(stderr,
            "holdfast: %s:%d: broken invariant: %s (a defect of the program: please report it)\n",
            file, line, condition);
    abort();
}
