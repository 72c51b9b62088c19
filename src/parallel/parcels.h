/* Named parcels of bytes between the root and another rank: what is too much for one message, or
 * for one memory, goes parcel by parcel. Whoever gives and whoever takes must agree on when. */
#ifndef HF_PARALLEL_PARCELS_H
#define HF_PARALLEL_PARCELS_H

#include "parallel/comm.h"

typedef struct hf_parcel {
    char name[16]; /* "" : there are no more */
    size_t n;
    unsigned char *bytes; /* [n]; of a parcel taken: hf_free */
} hf_parcel;

void hf_parcel_give(hf_comm *comm, int to, const char *name, const unsigned char *bytes, size_t n);
void hf_parcel_give_end(hf_comm *comm, int to);
/* False, with nothing to free, when there are no more. */
bool hf_parcel_take(hf_comm *comm, int from, hf_parcel *piece);

#endif
