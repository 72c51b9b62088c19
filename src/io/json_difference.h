/* In what two JSON texts differ, value by value. */
#ifndef HF_IO_JSON_DIFFERENCE_H
#define HF_IO_JSON_DIFFERENCE_H

#include "base/problems.h"

#define HF_JSON_DIFFERENCES 20 /* listed of one pair; a line says how many more there are */

/* Adds one problem for each value that differs, by its path ("trials", "hazards[3].rate_per_year"):
 * "found 7 in <theirs>; allowed 8 as in <mine>". Returns how many differ, listed or not.
 *
 * Members of objects are matched by key, in any order; elements of two arrays of objects that all
 * have an `id` of their own, by it ("hazards[quake].rate_per_year"), another order being one
 * difference; other elements by position. What only one of them has is one difference, however much
 * it holds. Numbers are compared as doubles, long texts are shown from where they part. A text that
 * is no JSON, or gives a key twice, is one difference, and nothing else is compared. */
int hf_json_differences(const char *their_text, const char *theirs, const char *my_text,
                        const char *mine, hf_problems *problems);

#endif
