/* Which known name a wrong one was probably meant to be. */
#ifndef HF_MODEL_NEAREST_H
#define HF_MODEL_NEAREST_H

/* The search over candidates one by one: begin with {.name = wrong}, offer each, read `best`. */
typedef struct hf_nearest {
    const char *name; /* what was found */
    const char *best; /* borrowed from the candidates; NULL: none was offered */
    int distance;     /* of `best`: letters inserted, dropped, changed or swapped with the next */
} hf_nearest;

/* Of equally near candidates the first offered wins. */
void hf_nearest_offer(hf_nearest *search, const char *candidate);

#endif
