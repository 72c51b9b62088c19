/* RFC 7396, section 2. cJSON_Utils has it too, but removes and appends what it changes. */
#include "io/merge_patch.h"
#include "io/json.h"
#include <stdbool.h>

/* Replaces *target, keeping its key and its place. */
static void replace(cJSON **target, cJSON *parent, cJSON *by) {
    char *key = by->string;
    by->string = (*target)->string;
    (*target)->string = key;
    if (parent)
        cJSON_ReplaceItemViaPointer(parent, *target, by);
    else
        cJSON_Delete(*target);
    *target = by;
}

static void apply(cJSON **target, cJSON *parent, const cJSON *patch) {
    if (!cJSON_IsObject(patch)) {
        replace(target, parent, cJSON_Duplicate(patch, true));
        return;
    }
    if (!cJSON_IsObject(*target))
        replace(target, parent, cJSON_CreateObject());
    for (const cJSON *change = patch->child; change; change = change->next) {
        cJSON *member = hf_json_member(*target, change->string);
        if (cJSON_IsNull(change)) {
            cJSON_Delete(cJSON_DetachItemViaPointer(*target, member));
            continue;
        }
        if (!member) {
            member = cJSON_CreateNull();
            cJSON_AddItemToObject(*target, change->string, member);
        }
        apply(&member, *target, change);
    }
}

void hf_merge_patch(cJSON **target, const cJSON *patch) {
    apply(target, NULL, patch);
}
