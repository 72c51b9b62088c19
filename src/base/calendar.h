/* The proleptic Gregorian calendar, as far as seasons and axis labels need it. */
#ifndef HF_BASE_CALENDAR_H
#define HF_BASE_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

/* Days since 1970-01-01 of year-month-day. */
int64_t hf_days_from_date(int year, int month, int day);
/* Year, month 1..12, day 1..31 of days since 1970-01-01. */
void hf_date_from_days(int64_t days, int *year, int *month, int *day);
/* Reads "YYYY-MM-DD", years 1900..2200; false if it is not a date. */
bool hf_date_parse(const char *text, int64_t *days);

#endif
