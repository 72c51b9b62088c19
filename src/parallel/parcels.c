#include "parallel/parcels.h"
#include "base/check.h"
#include "base/memory.h"
#include "parallel/comm_table.h"
#include <string.h>

static void give_head(hf_comm *comm, int to, const char *name, size_t n) {
    hf_parcel head = {.n = n};
    HF_ASSERT(strlen(name) < sizeof head.name);
    memcpy(head.name, name, strlen(name));
    comm->table->send(comm, &head, sizeof head, to);
}

void hf_parcel_give(hf_comm *comm, int to, const char *name, const unsigned char *bytes, size_t n) {
    HF_ASSERT(name[0] != '\0');
    give_head(comm, to, name, n);
    comm->table->send(comm, bytes, n, to);
}

void hf_parcel_give_end(hf_comm *comm, int to) {
    give_head(comm, to, "", 0);
}

bool hf_parcel_take(hf_comm *comm, int from, hf_parcel *piece) {
    comm->table->receive(comm, piece, sizeof *piece, from);
    piece->bytes = NULL;
    if (piece->name[0] == '\0')
        return false;
    piece->bytes = HF_NEW(piece->n, unsigned char);
    comm->table->receive(comm, piece->bytes, piece->n, from);
    return true;
}
