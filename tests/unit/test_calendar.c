/* base/calendar.h against a calendar that counts day by day; clock and version as far as they can
 * be wrong. */
#include "base/calendar.h"
#include "base/clock.h"
#include "base/version.h"
#include "unit/hf_cunit.h"
#include <string.h>

static int days_in(int year, int month) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && is_leap);
}

static void known_days(void) {
    CU_ASSERT_EQUAL(hf_days_from_date(1970, 1, 1), 0);
    CU_ASSERT_EQUAL(hf_days_from_date(1969, 12, 31), -1);
    CU_ASSERT_EQUAL(hf_days_from_date(2000, 3, 1), 11017);
    CU_ASSERT_EQUAL(hf_days_from_date(2026, 1, 31), 20484);
}

static void every_day_comes_back(void) {
    int64_t expected = hf_days_from_date(1200, 1, 1);
    int n_wrong = 0;
    for (int year = 1200; year <= 2800; year++)
        for (int month = 1; month <= 12; month++)
            for (int day = 1; day <= days_in(year, month); day++, expected++) {
                int y, m, d;
                hf_date_from_days(expected, &y, &m, &d);
                n_wrong += y != year || m != month || d != day ||
                           hf_days_from_date(year, month, day) != expected;
            }
    CU_ASSERT_EQUAL(n_wrong, 0);
}

static void dates_are_read(void) {
    int64_t days = -7;
    CU_ASSERT(hf_date_parse("2026-01-31", &days) && days == 20484);
    CU_ASSERT(hf_date_parse("2024-02-29", &days) && hf_date_parse("1900-01-01", &days));
    CU_ASSERT(hf_date_parse("2200-12-31", &days));
    static const char *const refused[] = {
        "",           "2026",        "2026-1-31",   "2026-01-32", "2026-02-29", "2100-02-29",
        "2026-00-10", "2026-13-01",  "2026-01-00",  "1899-12-31", "2201-01-01", "2026-04-31",
        "2026/01/31", "2026-01-31 ", " 2026-01-31", "2026-01-3x", "+026-01-31", "20260131"};
    days = -7;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        CU_ASSERT(!hf_date_parse(refused[i], &days));
    CU_ASSERT_EQUAL(days, -7);
}

static void clocks_run(void) {
    double wall = hf_clock_seconds(), cpu = hf_clock_cpu_seconds();
    volatile double x = 1.0;
    for (int i = 0; i < 1000000; i++)
        x = x * 1.0000001;
    CU_ASSERT(hf_clock_seconds() > wall && hf_clock_cpu_seconds() > cpu);
    char text[21];
    int year, month, day, hour, minute, second;
    hf_clock_timestamp(text);
    CU_ASSERT_EQUAL(strlen(text), 20);
    CU_ASSERT_EQUAL(
        sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2dZ", &year, &month, &day, &hour, &minute, &second), 6);
    CU_ASSERT(year >= 2024 && text[19] == 'Z');
}

static void version_is_told(void) {
    printf("\n    holdfast %s, %s, %s", hf_version(), hf_commit(), hf_compiler());
    CU_ASSERT(strchr(hf_version(), '.') && strlen(hf_commit()) >= 7 && strlen(hf_compiler()) > 4);
}

HF_TEST_MAIN("calendar", HF_CASE(known_days), HF_CASE(every_day_comes_back),
             HF_CASE(dates_are_read), HF_CASE(clocks_run), HF_CASE(version_is_told))
