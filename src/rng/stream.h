/* Which stream a draw comes from: a function of (seed, trial, entity, purpose, index) alone.
 *
 * State and increment of a stream both come from a full-width hash of that tuple, never from sums
 * of seed and id: neighbouring trials in sequence-numbered streams are visibly correlated
 * (tests/unit/test_streams.c shows it). Ids are names, not positions, so adding a stage or a
 * policy leaves every other draw as it was. */
#ifndef HF_RNG_STREAM_H
#define HF_RNG_STREAM_H

#include "rng/pcg.h"
#include <stdint.h>

/* What a stream is for: name and salt; a test proves the salts distinct. */
#define HF_PURPOSE_LIST(X)                                                                         \
    X(HF_PURPOSE_NOISE, 1)    /* weekly innovations of a stage, market or weekly factor */         \
    X(HF_PURPOSE_DEMAND, 2)   /* iid demand of a market; index: week */                            \
    X(HF_PURPOSE_FRAILTY, 3)  /* the N(0,1) of a trial factor */                                   \
    X(HF_PURPOSE_RATE, 4)     /* a hazard's random yearly rate */                                  \
    X(HF_PURPOSE_POINTS, 5)   /* gaps between a hazard's own points */                             \
    X(HF_PURPOSE_SEVERITY, 6) /* of an event; entity: its key */                                   \
    X(HF_PURPOSE_DURATION, 7)                                                                      \
    X(HF_PURPOSE_RECOVERY, 8)                                                                      \
    X(HF_PURPOSE_PICK, 9)     /* index: effect */                                                  \
    X(HF_PURPOSE_TRIGGER, 10) /* index: 0 strike or not, 1 lag; entity: key of pending point */    \
    X(HF_PURPOSE_COUNT, 11)   /* own points of a tilted hazard, or of the strata's together */     \
    X(HF_PURPOSE_SPLIT, 12)   /* which of the strata's hazards a point is of; index: point */

typedef enum hf_purpose {
#define HF_PURPOSE_ENUM(name, salt) name = salt,
    HF_PURPOSE_LIST(HF_PURPOSE_ENUM)
#undef HF_PURPOSE_ENUM
} hf_purpose;

/* A 128-bit name of a stream or of an event. */
typedef struct hf_key {
    uint64_t low, high;
} hf_key;

/* The trial's own key, root of all its streams. */
hf_key hf_key_trial(uint64_t seed, uint64_t trial);
/* The key of something within: `word` is a hash of an id, an ordinal, a purpose ... */
hf_key hf_key_child(hf_key parent, uint64_t word);

/* Stream of (trial key, entity, purpose, index). */
hf_pcg32 hf_stream32(hf_key trial, uint64_t entity, hf_purpose purpose, uint64_t index);
hf_pcg64 hf_stream64(hf_key trial, uint64_t entity, hf_purpose purpose, uint64_t index);
/* Stream of an event: its key was derived from the trial's already. */
hf_pcg64 hf_stream_event(hf_key event, hf_purpose purpose, uint64_t index);

#endif
