/* Edit distance with swaps of neighbours, on the first bytes of both names. */
#include "model/nearest.h"
#include <string.h>

enum { LONGEST = 64 }; /* ids are no longer; a hostile key may be */

static int least(int a, int b) {
    return a < b ? a : b;
}

static int distance(const char *a, const char *b) {
    int n = (int)strnlen(a, LONGEST), m = (int)strnlen(b, LONGEST);
    if (n >= 3 && n < m && memcmp(a, b, (size_t)n) == 0)
        return 1;            /* cut short: "cover" for "cover_weeks" */
    int row[3][LONGEST + 1]; /* two letters back, one back, this */
    for (int j = 0; j <= m; j++)
        row[1][j] = j;
    for (int i = 1; i <= n; i++) {
        row[2][0] = i;
        for (int j = 1; j <= m; j++) {
            int cost = row[1][j - 1] + (a[i - 1] != b[j - 1]);
            cost = least(cost, least(row[1][j], row[2][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                cost = least(cost, row[0][j - 2] + 1);
            row[2][j] = cost;
        }
        memcpy(row[0], row[1], sizeof row[0]);
        memcpy(row[1], row[2], sizeof row[0]);
    }
    return row[1][m];
}

void hf_nearest_offer(hf_nearest *search, const char *candidate) {
    int d = distance(search->name, candidate);
    if (search->best && d >= search->distance)
        return;
    search->best = candidate;
    search->distance = d;
}
