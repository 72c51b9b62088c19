#include "stats/histogram.h"
#include "base/check.h"
#include "base/memory.h"
#include "base/number.h"
#include "stats/words.h"

enum {
    N_PAGES = 4096, /* sign and exponent: the upper 12 bits of the key */
    BIN_SHIFT = 41, /* key bits below a bin's number */
    SLOT_MASK = HF_BINS_PER_OCTAVE - 1
};
#define ZERO_KEY 0x8000000000000000u
#define ZERO_BIN (ZERO_KEY >> BIN_SHIFT)

typedef struct page {
    uint64_t count[HF_BINS_PER_OCTAVE];
    uint64_t total;
} page;

struct hf_histogram {
    uint64_t n;
    size_t n_pages;
    page *pages[N_PAGES];
};

hf_histogram *hf_histogram_create(void) {
    return HF_NEW(1, hf_histogram);
}

void hf_histogram_destroy(hf_histogram *histogram) {
    if (!histogram)
        return;
    for (int i = 0; i < N_PAGES; i++)
        hf_free(histogram->pages[i]);
    hf_free(histogram);
}

static page *open_page(hf_histogram *histogram, unsigned i) {
    if (!histogram->pages[i]) {
        histogram->pages[i] = HF_NEW(1, page);
        histogram->n_pages++;
    }
    return histogram->pages[i];
}

/* The bin of x: denormals and -0 are 0. */
static inline uint64_t find_bin(double x) {
    uint64_t exponent = hf_double_bits(x) >> 52 & 0x7FF;
    return exponent ? hf_double_key(x) >> BIN_SHIFT : ZERO_BIN;
}

void hf_histogram_add(hf_histogram *histogram, int n, const double *x) {
    for (int i = 0; i < n; i++) {
        uint64_t bin = find_bin(x[i]);
        page *p = histogram->pages[bin / HF_BINS_PER_OCTAVE];
        if (!p)
            p = open_page(histogram, (unsigned)(bin / HF_BINS_PER_OCTAVE));
        p->count[bin & SLOT_MASK]++;
        p->total++;
    }
    histogram->n += (uint64_t)(n > 0 ? n : 0);
}

void hf_histogram_merge(hf_histogram *histogram, const hf_histogram *other) {
    for (unsigned i = 0; i < N_PAGES; i++) {
        const page *from = other->pages[i];
        if (!from)
            continue;
        page *to = open_page(histogram, i);
        for (int k = 0; k < HF_BINS_PER_OCTAVE; k++)
            to->count[k] += from->count[k];
        to->total += from->total;
    }
    histogram->n += other->n;
}

uint64_t hf_histogram_count(const hf_histogram *histogram) {
    return histogram->n;
}

size_t hf_histogram_bytes(const hf_histogram *histogram) {
    return sizeof *histogram + histogram->n_pages * sizeof(page);
}

static double bin_lower(uint64_t bin) {
    return hf_key_double(bin << BIN_SHIFT);
}

static double bin_middle(uint64_t bin) {
    if (bin == ZERO_BIN)
        return 0.0;
    return hf_key_double(bin << BIN_SHIFT | (uint64_t)1 << (BIN_SHIFT - 1));
}

double hf_histogram_at_rank(const hf_histogram *histogram, uint64_t rank) {
    HF_ASSERT(rank >= 1 && rank <= histogram->n);
    uint64_t below = 0;
    unsigned i = 0;
    for (; i < N_PAGES; i++) {
        const page *p = histogram->pages[i];
        if (p && below + p->total >= rank)
            break;
        below += p ? p->total : 0;
    }
    HF_ASSERT(i < N_PAGES);
    const page *p = histogram->pages[i];
    unsigned slot = 0;
    while (below + p->count[slot] < rank)
        below += p->count[slot++];
    return bin_middle((uint64_t)i * HF_BINS_PER_OCTAVE + slot);
}

bool hf_histogram_next(const hf_histogram *histogram, hf_bin *bin) {
    for (uint64_t i = bin->next; i < (uint64_t)N_PAGES * HF_BINS_PER_OCTAVE; i++) {
        const page *p = histogram->pages[i / HF_BINS_PER_OCTAVE];
        if (!p) {
            i |= SLOT_MASK; /* the next bin is the next page's first */
            continue;
        }
        if (p->count[i & SLOT_MASK] == 0)
            continue;
        *bin = (hf_bin){i + 1, bin_lower(i), bin_middle(i), p->count[i & SLOT_MASK]};
        return true;
    }
    return false;
}

double hf_histogram_snap(double x) {
    return bin_lower(find_bin(x));
}

/* Count, number of pages; of each page its number, number of filled bins, and these. */
void hf_histogram_put(hf_words *out, const hf_histogram *histogram) {
    hf_words_put(out, histogram->n);
    hf_words_put(out, histogram->n_pages);
    for (unsigned i = 0; i < N_PAGES; i++) {
        const page *p = histogram->pages[i];
        if (!p)
            continue;
        uint64_t n_filled = 0;
        for (int k = 0; k < HF_BINS_PER_OCTAVE; k++)
            n_filled += p->count[k] != 0;
        hf_words_put(out, (uint64_t)i << 32 | n_filled);
        for (int k = 0; k < HF_BINS_PER_OCTAVE; k++)
            if (p->count[k]) {
                hf_words_put(out, (uint64_t)k);
                hf_words_put(out, p->count[k]);
            }
    }
}

/* The filled bins of a page, at most n_left in them; returns how many were. */
static uint64_t get_page(hf_word_reader *in, page *p, uint64_t n_filled, uint64_t n_left) {
    uint64_t found = 0;
    for (uint64_t k = 0; k < n_filled && !in->is_short; k++) {
        uint64_t slot = hf_word_reader_get(in), count = hf_word_reader_get(in);
        if (slot > SLOT_MASK || count == 0 || count > n_left - found) {
            in->is_short = true;
            break;
        }
        p->count[slot] += count;
        found += count;
    }
    p->total += found;
    return found;
}

void hf_histogram_get_merge(hf_word_reader *in, hf_histogram *histogram) {
    uint64_t n = hf_word_reader_get(in), found = 0;
    uint64_t n_pages = hf_word_reader_get(in);
    for (uint64_t i = 0; i < n_pages && !in->is_short; i++) {
        uint64_t head = hf_word_reader_get(in), n_filled = head & 0xFFFFFFFFu;
        if (head >> 32 >= N_PAGES || n_filled == 0) { /* a page costs memory */
            in->is_short = true;
            return;
        }
        found += get_page(in, open_page(histogram, (unsigned)(head >> 32)), n_filled, n - found);
    }
    if (found != n)
        in->is_short = true;
    histogram->n += found;
}
