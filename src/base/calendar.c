/* Days and dates. Years are counted from March, so that the leap day ends a year, in eras of 400
 * years [Hinnant, "chrono-Compatible Low-Level Date Algorithms"]. */
#include "base/calendar.h"

enum { DAYS_PER_ERA = 146097, DAYS_TO_1970 = 719468 }; /* from 0000-03-01 to 1970-01-01 */

int64_t hf_days_from_date(int year, int month, int day) {
    int64_t y = (int64_t)year - (month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_PER_ERA + day_of_era - DAYS_TO_1970;
}

void hf_date_from_days(int64_t days, int *year, int *month, int *day) {
    int64_t shifted = days + DAYS_TO_1970;
    int64_t era = (shifted >= 0 ? shifted : shifted - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
    int64_t day_of_era = shifted - era * DAYS_PER_ERA;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / (DAYS_PER_ERA - 1)) /
        365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t march_month = (5 * day_of_year + 2) / 153;
    *day = (int)(day_of_year - (153 * march_month + 2) / 5 + 1);
    *month = (int)(march_month < 10 ? march_month + 3 : march_month - 9);
    *year = (int)(year_of_era + era * 400 + (*month <= 2));
}

/* Reads `n` digits; -1 if there is anything else among them. */
static int digits(const char *text, int n) {
    int value = 0;
    for (int i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value = 10 * value + (text[i] - '0');
    }
    return value;
}

bool hf_date_parse(const char *text, int64_t *days) {
    int year = digits(text, 4);
    if (year < 1900 || year > 2200 || text[4] != '-')
        return false;
    int month = digits(text + 5, 2);
    if (month < 1 || month > 12 || text[7] != '-')
        return false;
    int day = digits(text + 8, 2);
    if (day < 1 || text[10] != '\0')
        return false;
    int64_t found = hf_days_from_date(year, month, day);
    int same_year, same_month, same_day; /* 30 February comes back as another date */
    hf_date_from_days(found, &same_year, &same_month, &same_day);
    if (same_month != month || same_day != day)
        return false;
    *days = found;
    return true;
}
