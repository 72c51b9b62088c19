/* JSON merge patches [RFC7396]. */
#ifndef HF_IO_MERGE_PATCH_H
#define HF_IO_MERGE_PATCH_H

#include <cjson/cJSON.h>

/* Applies `patch` to *target, which may be replaced as a whole. Members keep their places: one that
 * is changed stays where it was, a new one comes last. */
void hf_merge_patch(cJSON **target, const cJSON *patch);

#endif
