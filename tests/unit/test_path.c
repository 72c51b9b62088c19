/* Paths: linear between knots, constant outside, exact at them. */
#include "model/path.h"
#include "unit/hf_cunit.h"

static void a_constant_has_one_value(void) {
    double value = 7.5;
    hf_path path = {.n_knots = 1, .values = &value};
    CU_ASSERT_EQUAL(hf_path_at(&path, -1e9), 7.5);
    CU_ASSERT_EQUAL(hf_path_at(&path, 0), 7.5);
    CU_ASSERT_EQUAL(hf_path_at(&path, 1e9), 7.5);
}

static void it_is_linear_within_and_constant_outside(void) {
    static const double weeks[] = {-10, 0.5, 2, 100}, values[] = {4, 1, 4, 0};
    hf_path path = {.n_knots = 4, .weeks = weeks, .values = values};
    CU_ASSERT_EQUAL(hf_path_at(&path, -11), 4);
    CU_ASSERT_EQUAL(hf_path_at(&path, 101), 0);
    CU_ASSERT_DOUBLE_EQUAL(hf_path_at(&path, -4.75), 2.5, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(hf_path_at(&path, 1), 2, 1e-15);
    CU_ASSERT_DOUBLE_EQUAL(hf_path_at(&path, 51), 2, 1e-15);
    for (int i = 0; i < 4; i++)
        CU_ASSERT_EQUAL(hf_path_at(&path, weeks[i]), values[i]);
}

/* At a knot its value comes to the bit: 1e15 + (0.1 - 1e15) would not be 0.1. */
static void it_is_exact_at_its_knots(void) {
    static const double weeks[] = {0, 1, 2}, values[] = {1e15, 0.1, 1e15};
    hf_path path = {.n_knots = 3, .weeks = weeks, .values = values};
    CU_ASSERT_EQUAL(hf_path_at(&path, 1), 0.1);
}

/* A yield of at most 1 stays so: rounding does not carry a value beyond its knots. */
static void it_stays_between_its_knots(void) {
    double weeks[2] = {0, 1}, values[2] = {0, 1};
    hf_path path = {.n_knots = 2, .weeks = weeks, .values = values};
    for (int i = 1; i < 1000; i++) {
        weeks[1] = 3.7 * i;
        values[0] = 1.0 / (i + 2.0);
        for (double week = weeks[1]; week > weeks[1] - 1e-9; week -= 1e-10)
            CU_ASSERT_TRUE(hf_path_at(&path, week) <= 1.0);
    }
}

HF_TEST_MAIN("path", HF_CASE(a_constant_has_one_value),
             HF_CASE(it_is_linear_within_and_constant_outside), HF_CASE(it_is_exact_at_its_knots),
             HF_CASE(it_stays_between_its_knots))
