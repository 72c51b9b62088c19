#include "parallel/parcels.h"
#include "base/check.h"
#include "base/memory.h"
#include <string.h>

static void give_head(hf_comm *comm, int to, const char *name, size_t n) {
    hf_parcel head = {.n = n};
    HF_ASSERT(strlen(name) < sizeof head.name);
    memcpy(head.name, name, strlen(name));
    hf_comm_send(comm, &head, sizeof head, to);
}

void hf_parcel_give(hf_comm *comm, int to, const char *name, const unsigned char *bytes, size_t n) {
    HF_ASSERT(name[0] != '\0');
    give_head(comm, to, name, n);
    hf_comm_send(comm, bytes, n, to);
}

void hf_parcel_give_end(hf_comm *comm, int to) {
    give_head(comm, to, "", 0);
}

bool hf_parcel_take(hf_comm *comm, int from, hf_parcel *piece) {
    hf_comm_receive(comm, piece, sizeof *piece, from);
    piece->bytes = NULL;
    if (piece->name[0] == '\0')
        return false;
    piece->bytes = HF_NEW(piece->n, unsigned char);
    hf_comm_receive(comm, piece->bytes, piece->n, from);
    return true;
}
