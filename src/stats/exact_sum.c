#include "stats/exact_sum.h"
#include "base/check.h"
#include "base/number.h"
#include "stats/words.h"

typedef unsigned __int128 wide;

/* A limb holds less than (pending + 1) 2^32 in magnitude; two sums below this many additions can be
 * added before carries must move. */
#define MAX_PENDING ((int64_t)1 << 29)
#define LIMB_MASK   0xFFFFFFFFu

static inline void note_addition(hf_exact_sum *sum) {
    if (++sum->pending >= MAX_PENDING)
        hf_exact_sum_normalise(sum);
}

/* Adds (-1)^negative m 2^(position - 1088); bits below 2^-1088 are dropped. */
static void add_wide(hf_exact_sum *sum, wide m, int position, int64_t negative) {
    if (position < 0) {
        m = position > -128 ? m >> -position : 0;
        position = 0;
    }
    int limb = position >> 5;
    int shift = position & 31;
    uint64_t piece = (uint64_t)(m << shift) & LIMB_MASK;
    m >>= 32 - shift;
    for (; piece || m; limb++) {
        HF_ASSERT(limb < HF_EXACT_LIMBS);
        sum->limb[limb] += ((int64_t)piece ^ -negative) + negative;
        piece = (uint64_t)m & LIMB_MASK;
        m >>= 32;
    }
    note_addition(sum);
}

/* Finite x as (-1)^negative mantissa 2^exponent. */
typedef struct parts {
    uint64_t mantissa;
    int exponent;
    int64_t negative;
} parts;

static inline parts take_apart(double x) {
    uint64_t bits = hf_double_bits(x);
    int field = (int)(bits >> 52 & 0x7FF);
    uint64_t mantissa = bits & 0xFFFFFFFFFFFFFu;
    HF_ASSERT(field != 0x7FF);
    return (parts){field ? mantissa | 0x10000000000000u : mantissa, (field ? field : 1) - 1075,
                   (int64_t)(bits >> 63)};
}

void hf_exact_sum_add(hf_exact_sum *sum, double x) {
    parts p = take_apart(x);
    int position = p.exponent - HF_EXACT_LOW_BIT; /* 14 .. 2059: three limbs always fit */
    int shift = position & 31;
    wide m = (wide)p.mantissa << shift;
    int64_t *limb = sum->limb + (position >> 5);
    int64_t flip = -p.negative;
    limb[0] += ((int64_t)((uint64_t)m & LIMB_MASK) ^ flip) - flip;
    limb[1] += ((int64_t)((uint64_t)(m >> 32) & LIMB_MASK) ^ flip) - flip;
    limb[2] += ((int64_t)(uint64_t)(m >> 64) ^ flip) - flip;
    note_addition(sum);
}

void hf_exact_sum_add_integer(hf_exact_sum *sum, int64_t k, int exponent) {
    uint64_t magnitude = k < 0 ? 0 - (uint64_t)k : (uint64_t)k;
    int position = exponent - HF_EXACT_LOW_BIT;
    HF_ASSERT(exponent <= 1023);
    HF_ASSERT(position >= 0 || (position > -64 && magnitude << (64 + position) == 0));
    add_wide(sum, magnitude, position, k < 0);
}

void hf_exact_sum_add_times(hf_exact_sum *sum, double x, uint64_t count) {
    parts p = take_apart(x);
    HF_ASSERT(count >> 63 == 0);
    add_wide(sum, (wide)p.mantissa * count, p.exponent - HF_EXACT_LOW_BIT, p.negative);
}

void hf_exact_sum_add_product(hf_exact_sum *sum, double a, double b) {
    parts p = take_apart(a), q = take_apart(b);
    add_wide(sum, (wide)p.mantissa * q.mantissa, p.exponent + q.exponent - HF_EXACT_LOW_BIT,
             p.negative ^ q.negative);
}

void hf_exact_sum_add_square(hf_exact_sum *sum, double x) {
    double magnitude = hf_max(x, -x);
    HF_ASSERT(magnitude < HF_SQUARE_MAX);
    if (magnitude >= HF_SQUARE_MIN)
        hf_exact_sum_add_product(sum, x, x);
}

void hf_exact_sum_merge(hf_exact_sum *sum, const hf_exact_sum *other) {
    for (int i = 0; i < HF_EXACT_LIMBS; i++)
        sum->limb[i] += other->limb[i];
    sum->pending += other->pending;
    note_addition(sum);
}

void hf_exact_sum_subtract(hf_exact_sum *sum, const hf_exact_sum *other) {
    for (int i = 0; i < HF_EXACT_LIMBS; i++)
        sum->limb[i] -= other->limb[i];
    sum->pending += other->pending;
    note_addition(sum);
}

void hf_exact_sum_scale(hf_exact_sum *sum, uint64_t factor) {
    HF_ASSERT(factor >> 63 == 0);
    hf_exact_sum_normalise(sum);
    __int128 carry = 0; /* below 2^64 in magnitude: 2^32 2^63 2^-32 + 1 */
    for (int i = 0; i < HF_EXACT_LIMBS - 1; i++) {
        carry += (__int128)sum->limb[i] * (int64_t)factor;
        sum->limb[i] = (int64_t)((uint64_t)carry & LIMB_MASK);
        carry >>= 32;
    }
    carry += (__int128)sum->limb[HF_EXACT_LIMBS - 1] * (int64_t)factor;
    HF_ASSERT(carry >= INT64_MIN && carry <= INT64_MAX);
    sum->limb[HF_EXACT_LIMBS - 1] = (int64_t)carry;
}

void hf_exact_sum_normalise(hf_exact_sum *sum) {
    int64_t carry = 0;
    for (int i = 0; i < HF_EXACT_LIMBS - 1; i++) {
        int64_t limb = sum->limb[i] + carry;
        carry = limb >> 32; /* rounds down: what stays is not negative */
        sum->limb[i] = limb & (int64_t)LIMB_MASK;
    }
    sum->limb[HF_EXACT_LIMBS - 1] += carry;
    sum->pending = 0;
}

/* Rounds m 2^(low), of which m's top bit is at least bit 64 and `sticky` says that smaller bits
 * follow, to the bits of the nearest double. */
static uint64_t round_bits(wide m, int low, bool sticky) {
    int length = 128 - __builtin_clzll((uint64_t)(m >> 64));
    int unit = low + length - 53 > -1074 ? low + length - 53 : -1074;
    int drop = unit - low;
    HF_ASSERT(drop > 0 && drop < 128);
    uint64_t kept = (uint64_t)(m >> drop);
    wide rest = m & (((wide)1 << drop) - 1), half = (wide)1 << (drop - 1);
    if (rest > half || (rest == half && (sticky || (kept & 1))))
        kept++;
    uint64_t bits =
        kept + ((uint64_t)(unit + 1074) << 52); /* a carry into 2^53 moves the exponent */
    HF_ASSERT(bits < 0x7FF0000000000000u);
    return bits;
}

bool hf_exact_sum_is_below(const hf_exact_sum *sum, int exponent) {
    hf_exact_sum copy = *sum;
    int position = exponent - HF_EXACT_LOW_BIT, top = HF_EXACT_LIMBS - 1;
    hf_exact_sum_normalise(&copy);
    int64_t sign = copy.limb[top] >> 63; /* all bits from `position` on are this one */
    bool is_below = copy.limb[top] == sign;
    for (int i = position >> 5; i < top; i++) {
        int shift = i == position >> 5 ? position & 31 : 0;
        is_below &= copy.limb[i] >> shift == (sign & (int64_t)LIMB_MASK) >> shift;
    }
    return is_below;
}

double hf_exact_sum_value(const hf_exact_sum *sum) {
    hf_exact_sum copy = *sum;
    hf_exact_sum_normalise(&copy);
    bool negative = copy.limb[HF_EXACT_LIMBS - 1] < 0;
    if (negative) {
        for (int i = 0; i < HF_EXACT_LIMBS; i++)
            copy.limb[i] = -copy.limb[i];
        hf_exact_sum_normalise(&copy);
    }
    int top = HF_EXACT_LIMBS - 1;
    HF_ASSERT(copy.limb[top] == 0); /* 2^1056 and more is no double */
    while (top >= 0 && copy.limb[top] == 0)
        top--;
    if (top < 0)
        return 0.0;
    wide m = 0;
    for (int i = top; i > top - 3; i--)
        m = m << 32 | (uint64_t)(i >= 0 ? copy.limb[i] : 0);
    bool sticky = false;
    for (int i = top - 3; i >= 0; i--)
        sticky |= copy.limb[i] != 0;
    uint64_t bits = round_bits(m, 32 * (top - 2) + HF_EXACT_LOW_BIT, sticky);
    double value = hf_bits_double(bits);
    return negative && bits ? -value : value; /* rounded away to 0: never -0 */
}

void hf_exact_sum_put(hf_words *out, const hf_exact_sum *sum) {
    hf_exact_sum copy = *sum;
    hf_exact_sum_normalise(&copy);
    int first = 0, last = HF_EXACT_LIMBS - 1;
    while (first < HF_EXACT_LIMBS && copy.limb[first] == 0)
        first++;
    while (last >= first && copy.limb[last] == 0)
        last--;
    hf_words_put(out, (uint64_t)first << 32 | (uint64_t)(last + 1 - first));
    hf_words_put_array(out, copy.limb + first, (size_t)(last + 1 - first));
}

void hf_exact_sum_get_merge(hf_word_reader *in, hf_exact_sum *sum) {
    uint64_t head = hf_word_reader_get(in), first = head >> 32, n = head & 0xFFFFFFFFu;
    hf_exact_sum other = {0};
    if (first > HF_EXACT_LIMBS || n > HF_EXACT_LIMBS - first) {
        in->is_short = true;
        return;
    }
    hf_word_reader_get_array(in, other.limb + first, n);
    int64_t top = other.limb[HF_EXACT_LIMBS - 1];
    bool is_normal = top == 0 || top == -1;
    for (int i = 0; i < HF_EXACT_LIMBS - 1; i++)
        is_normal &= other.limb[i] >> 32 == 0;
    if (is_normal)
        hf_exact_sum_merge(sum, &other);
    else
        in->is_short = true;
}
