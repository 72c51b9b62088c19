/* A run goes on from a checkpoint that is whole but was written by a stranger: it is refused, or
 * the run ends well.
 *
 * An input is few bytes: which run, which section, and what is changed in the bytes that this
 * section has in truth, so that the kept corpus outlives changes of format. */
#include "base/check.h"
#include "base/memory.h"
#include "fuzz/fuzz.h"
#include "io/job_json.h"
#include "io/sections.h"
#include "run/campaign.h"
#include "run/saved_parts.h"
#include <stdlib.h>
#include <unistd.h>

enum { N_RUNS = 3, MOST_SECTIONS = 16 };

static const char scenario_text[] =
    "{\"schema\":\"holdfast-scenario/1\",\"start\":\"2026-01-05\",\"horizon_weeks\":3,"
    "\"regions\":{\"HOME\":{\"country\":\"HM\",\"domestic\":true}},"
    "\"factors\":{\"decade\":{\"kind\":\"trial\"}},"
    "\"stages\":{\"MILL\":{\"product\":\"SHEET\",\"region\":\"HOME\",\"capacity\":30,"
    "\"yield\":{\"mean\":0.9,\"sigma\":0.3}}},"
    "\"markets\":{\"SHOPS\":{\"product\":\"SHEET\",\"region\":\"HOME\",\"demand\":20,"
    "\"sources\":{\"MILL\":{}}}},"
    "\"hazards\":{\"STORM\":{\"family\":\"natural\",\"arrival\":{\"poisson\":{\"per_year\":9}},"
    "\"duration\":2,\"effects\":[{\"channel\":\"capacity\",\"select\":{\"stages\":[\"MILL\"]}}]}}}";

#define JOB "{\"schema\":\"holdfast-job/1\",\"seed\":1,\"trials\":16,\"tail\":{\"count\":3},"
static const char *const job_texts[N_RUNS] = {
    JOB "\"record\":\"all\",\"attribution\":{\"metrics\":[\"revenue_lost\"]},"
        "\"precision\":{\"metric\":\"revenue_lost\",\"statistic\":\"mean\",\"relative\":0.01}}",
    JOB "\"exact_trials\":0}", JOB "\"sampling\":{\"tilts\":{\"STORM\":2}}}"};

typedef struct section {
    char name[HF_SECTION_NAME];
    bool is_rows;
    size_t n;
    unsigned char *bytes;
} section;

typedef struct genuine { /* as the run leaves it */
    hf_job *job;
    char *canonical;
    int n_sections;
    section sections[MOST_SECTIONS];
} genuine;

static hf_comm *comm;
static hf_world world;
static hf_scenario_text text;
static genuine runs[N_RUNS];
static char folder[64];
static hf_lock *lock;

/* --- what is there before the first input --- */

static void keep(genuine *run, const char *name, bool is_rows, const void *bytes, size_t n) {
    HF_ASSERT(run->n_sections < MOST_SECTIONS);
    section *kept = &run->sections[run->n_sections++];
    strcpy(kept->name, name);
    kept->is_rows = is_rows;
    kept->n = n;
    kept->bytes = HF_NEW(n, unsigned char);
    memcpy(kept->bytes, bytes, n);
}

static hf_status keep_rows(void *run, const char *name, const unsigned char *bytes, size_t n,
                           hf_error *err) {
    (void)err;
    keep(run, name, true, bytes, n);
    return HF_OK;
}

static hf_campaign *create(const genuine *run, hf_saving *saving) {
    hf_campaign_options options = {.kernel = "baseline", .n_lanes = 8, .block_trials = 8};
    hf_campaign *campaign;
    hf_problems problems;
    hf_error err;
    hf_problems_init(&problems);
    hf_status status =
        hf_campaign_create(comm, &world, run->job, &options, &problems, &campaign, &err);
    hf_problems_print(&problems, "the job", stderr);
    HF_ASSERT(status == HF_OK);
    campaign->saving = saving;
    return campaign;
}

static hf_saving saving_in(const genuine *run, hf_checkpoints *checkpoints) {
    return (hf_saving){.checkpoints = checkpoints,
                       .lock = lock,
                       .scenario = text.canonical,
                       .job = run->canonical,
                       .halt = {.stop_file = "/nonexistent/stop"}};
}

static void find(hf_checkpoints *checkpoints) {
    hf_problems skipped;
    hf_error err;
    bool found;
    hf_problems_init(&skipped);
    HF_ASSERT(hf_checkpoints_find(checkpoints, &skipped, &found, &err) == HF_OK && found);
    HF_ASSERT(skipped.n == 0);
}

static void carry_out(genuine *run, const char *job) {
    static const char *const names[] = {HF_SAVED_VERSION, HF_SAVED_SCENARIO, HF_SAVED_JOB,
                                        HF_SAVED_STAND,   HF_SAVED_TALLY,    HF_SAVED_WEEKLY,
                                        HF_SAVED_CRUDE};
    hf_problems problems;
    hf_error err;
    hf_problems_init(&problems);
    hf_status status = hf_job_parse_canonical(job, strlen(job), &run->job, &problems, &err);
    hf_problems_print(&problems, "the job", stderr);
    HF_ASSERT(status == HF_OK);
    run->canonical = hf_job_canonical(run->job);
    hf_checkpoints *checkpoints = hf_checkpoints_create(folder);
    hf_saving saving = saving_in(run, checkpoints);
    hf_campaign *campaign = create(run, &saving);
    HF_ASSERT(hf_campaign_simulate(campaign, &err) == HF_OK);
    HF_ASSERT(hf_saved_write(campaign, &err) == HF_OK);
    find(checkpoints);
    for (size_t i = 0, n; i < sizeof names / sizeof names[0]; i++) {
        const unsigned char *bytes = hf_checkpoints_section(checkpoints, names[i], &n);
        if (bytes)
            keep(run, names[i], false, bytes, n);
    }
    HF_ASSERT(hf_checkpoints_rows(checkpoints, keep_rows, run, &err) == HF_OK);
    HF_ASSERT(hf_checkpoints_remove(checkpoints, &err) == HF_OK);
    hf_campaign_destroy(campaign);
    hf_checkpoints_destroy(checkpoints);
}

static void release_lock(void) {
    hf_lock_release(lock);
}

static void prepare(void) {
    static const char *const policies[] = {"baseline"};
    hf_problems problems;
    hf_error err;
    char note[256];
    if (comm)
        return;
    comm = hf_comm_open_serial();
    bool in_memory = access("/dev/shm", W_OK) == 0;
    snprintf(folder, sizeof folder, "%s/hf_fuzz_XXXXXX", in_memory ? "/dev/shm" : "/tmp");
    HF_ASSERT(mkdtemp(folder));
    HF_ASSERT(hf_lock_take(folder, &lock, note, sizeof note, &err) == HF_OK);
    atexit(release_lock);
    hf_problems_init(&problems);
    hf_status status = hf_world_parse(scenario_text, strlen(scenario_text), 1, policies, &world,
                                      &text, &problems, &err);
    hf_problems_print(&problems, "the scenario", stderr);
    HF_ASSERT(status == HF_OK);
    for (int i = 0; i < N_RUNS; i++)
        carry_out(&runs[i], job_texts[i]);
}

/* --- the input --- */

/* Edits of four bytes: which word, and how it changes; or where the section ends. */
static section edited(const section *original, const uint8_t *data, size_t n) {
    section made = *original;
    made.bytes = HF_NEW(made.n, unsigned char);
    memcpy(made.bytes, original->bytes, made.n);
    for (; n >= 4; data += 4, n -= 4) {
        size_t at = (size_t)data[0] << 8 | data[1];
        if (data[2] == 0)
            made.n = at < made.n ? at : made.n;
        else if (made.n >= 8)
            fuzz_change_word(made.bytes + 8 * (at % (made.n / 8)), data[2] % 4 + 4u * data[3]);
    }
    return made;
}

static void write_checkpoint(const genuine *run, const section *other, int at) {
    hf_checkpoints *checkpoints = hf_checkpoints_create(folder);
    hf_error err;
    HF_ASSERT(hf_checkpoints_begin(checkpoints, &err) == HF_OK);
    for (int i = 0; i < run->n_sections; i++) {
        const section *one = i == at ? other : &run->sections[i];
        hf_status status =
            one->is_rows ? hf_checkpoints_add_rows(checkpoints, one->name, one->bytes, one->n, &err)
                         : hf_checkpoints_add(checkpoints, one->name, one->bytes, one->n, &err);
        HF_ASSERT(status == HF_OK);
    }
    HF_ASSERT(hf_checkpoints_commit(checkpoints, &err) == HF_OK);
    hf_checkpoints_destroy(checkpoints);
}

/* Whether the run takes the checkpoint; then it ends. */
static bool goes_on(const genuine *run) {
    hf_checkpoints *checkpoints = hf_checkpoints_create(folder);
    hf_saving saving = saving_in(run, checkpoints);
    hf_campaign *campaign = create(run, &saving);
    hf_problems problems;
    hf_error err;
    hf_problems_init(&problems);
    find(checkpoints);
    bool is_taken = hf_saved_read(campaign, 1, &checkpoints, false, &problems, &err) == HF_OK;
    if (is_taken) {
        HF_ASSERT(hf_campaign_simulate(campaign, &err) == HF_OK);
        HF_ASSERT(hf_campaign_gather(campaign, &err) == HF_OK);
    }
    hf_problems_clear(&problems);
    hf_campaign_destroy(campaign);
    HF_ASSERT(hf_checkpoints_remove(checkpoints, &err) == HF_OK);
    hf_checkpoints_destroy(checkpoints);
    return is_taken;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    prepare();
    if (n < 2)
        return 0;
    const genuine *run = &runs[data[0] % N_RUNS];
    int at = data[1] % run->n_sections;
    section other = edited(&run->sections[at], data + 2, n - 2);
    write_checkpoint(run, &other, at);
    bool is_taken = goes_on(run);
    HF_ASSERT(is_taken || n >= 6); /* one that nobody touched is taken */
    hf_free(other.bytes);
    return 0;
}
