/* A process as text that people can read and another process can judge: is it still there? */
#include "io/owner.h"
#include "base/clock.h"
#include "io/provenance.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEAD                                                                                       \
    "A run of holdfast writes the file that this one is named after, and removes this one at its " \
    "end.\n"

/* ---- words ---- */

/* What is not printable would break the lines of the text, or the terminal of who reads it. */
static void set_word(char word[HF_OWNER_WORD], const char *text) {
    snprintf(word, HF_OWNER_WORD, "%.*s", HF_OWNER_WORD - 1, text && *text ? text : "-");
    for (char *c = word; *c; c++)
        if (*c <= ' ' || *c > '~')
            *c = '?';
}

static bool is_known(const char *word) {
    return strcmp(word, "-") != 0;
}

static bool is_word(const char *word) {
    for (const char *c = word; *c; c++)
        if (*c <= ' ' || *c > '~')
            return false;
    return *word != '\0';
}

/* As printf writes it, so that numbers can be compared as words. */
static bool is_number(const char *word, size_t most_digits) {
    size_t n = strspn(word, "0123456789");
    return n > 0 && n <= most_digits && word[n] == '\0' && (n == 1 || word[0] != '0');
}

static bool is_process(const char *word) { /* never 0, which kill takes for many processes */
    return is_number(word, 9) && word[0] != '0';
}

static bool is_tick(const char *word) {
    return is_number(word, 20) || !is_known(word);
}

static bool is_count(const char *word) {
    return is_number(word, 9);
}

static bool is_time(const char *word) {
    static const char like[] = "0000-00-00T00:00:00Z";
    for (size_t i = 0; i < sizeof like; i++)
        if (like[i] == '0' ? word[i] < '0' || word[i] > '9' : word[i] != like[i])
            return false;
    return true;
}

static const struct {
    const char *name;
    size_t at;
    bool (*is_good)(const char *word);
} words[] = {
    {"host", offsetof(hf_owner, host), is_word},
    {"boot", offsetof(hf_owner, boot), is_word},
    {"pid_namespace", offsetof(hf_owner, pid_namespace), is_word},
    {"process", offsetof(hf_owner, process), is_process},
    {"process_start", offsetof(hf_owner, process_start), is_tick},
    {"slurm_job", offsetof(hf_owner, slurm_job), is_word},
    {"slurm_array_task", offsetof(hf_owner, slurm_array_task), is_word},
    {"slurm_restarts", offsetof(hf_owner, slurm_restarts), is_count},
    {"since", offsetof(hf_owner, since), is_time},
};
enum { N_WORDS = sizeof words / sizeof words[0] };

void hf_owner_write(const hf_owner *owner, char text[HF_OWNER_TEXT]) {
    size_t n = (size_t)snprintf(text, HF_OWNER_TEXT, "%s", HEAD);
    for (int i = 0; i < N_WORDS; i++)
        n += (size_t)snprintf(text + n, HF_OWNER_TEXT - n, "%s %s\n", words[i].name,
                              (const char *)owner + words[i].at);
}

/* Takes `expected` off the front of what is left. */
static bool skip(const char **at, const char *end, const char *expected) {
    size_t n = strlen(expected);
    if ((size_t)(end - *at) < n || memcmp(*at, expected, n) != 0)
        return false;
    *at += n;
    return true;
}

bool hf_owner_read(hf_owner *owner, const char *text, size_t n) {
    const char *at = text, *end = text + n;
    memset(owner, 0, sizeof *owner);
    bool is_good = skip(&at, end, HEAD);
    for (int i = 0; is_good && i < N_WORDS; i++) {
        char *word = (char *)owner + words[i].at;
        is_good = skip(&at, end, words[i].name) && skip(&at, end, " ");
        const char *stop = is_good ? (const char *)memchr(at, '\n', (size_t)(end - at)) : NULL;
        is_good = stop && stop - at < HF_OWNER_WORD;
        if (is_good) {
            memcpy(word, at, (size_t)(stop - at));
            is_good = strlen(word) == (size_t)(stop - at) && words[i].is_good(word);
            at = stop + 1;
        }
    }
    return is_good && at == end;
}

/* ---- this process ---- */

static void read_line(const char *path, char *line, int n) {
    FILE *file = fopen(path, "r");
    line[0] = '\0';
    if (!file)
        return;
    if (fgets(line, n, file))
        line[strcspn(line, "\n")] = '\0';
    fclose(file);
}

/* When the process began, by field 22 of its line in /proc (proc(5)); "-" if it has ended and only
 * waits for its parent to notice. False if the system does not tell, as of other people's. */
static bool find_start(const char *process, char start[HF_OWNER_WORD]) {
    char path[HF_OWNER_WORD + 16], line[1024], state = '\0';
    snprintf(path, sizeof path, "/proc/%s/stat", process);
    read_line(path, line, sizeof line);
    const char *rest = strrchr(line, ')'); /* the name before it may hold anything */
    if (!rest || sscanf(rest, ") %c", &state) != 1)
        return false;
    for (int field = 2; rest && field < 22; field++)
        rest = strchr(rest + 1, ' ');
    if (!rest)
        return false;
    int n = (int)strspn(rest + 1, "0123456789");
    snprintf(start, HF_OWNER_WORD, "%.*s", n, rest + 1);
    if (state == 'Z' || state == 'X')
        strcpy(start, "-");
    return n > 0;
}

static void set_slurm(hf_owner *owner) {
    const char *array = getenv("SLURM_ARRAY_JOB_ID"), *task = getenv("SLURM_ARRAY_TASK_ID");
    const char *restarts = getenv("SLURM_RESTART_COUNT"); /* which a first start has not */
    char both[2 * HF_OWNER_WORD] = "";
    if (array && *array && task && *task)
        snprintf(both, sizeof both, "%s_%s", array, task);
    set_word(owner->slurm_job, getenv("SLURM_JOB_ID"));
    set_word(owner->slurm_array_task, both);
    set_word(owner->slurm_restarts, restarts && is_count(restarts) ? restarts : "0");
}

void hf_owner_self(hf_owner *owner) {
    char text[256];
    hf_host_name(text, sizeof text);
    set_word(owner->host, text);
    read_line("/proc/sys/kernel/random/boot_id", text, sizeof text);
    set_word(owner->boot, text);
    ssize_t n = readlink("/proc/self/ns/pid", text, sizeof text - 1);
    text[n < 0 ? 0 : n] = '\0';
    set_word(owner->pid_namespace, text);
    snprintf(owner->process, HF_OWNER_WORD, "%ld", (long)getpid());
    if (!find_start(owner->process, owner->process_start))
        strcpy(owner->process_start, "-");
    set_slurm(owner);
    hf_clock_timestamp(text);
    set_word(owner->since, text);
}

/* ---- judging ---- */

static bool is_same(const char *a, const char *b) {
    return is_known(a) && strcmp(a, b) == 0;
}

/* kill, since /proc may hide what belongs to others. */
static hf_owner_state judge_process(const hf_owner *other) {
    char start[HF_OWNER_WORD];
    if (kill((pid_t)atol(other->process), 0) < 0 && errno == ESRCH)
        return HF_OWNER_ENDED;
    if (!is_known(other->process_start) || !find_start(other->process, start))
        return HF_OWNER_ELSEWHERE;
    return strcmp(start, other->process_start) == 0 ? HF_OWNER_LIVES : HF_OWNER_ENDED;
}

hf_owner_state hf_owner_judge(const hf_owner *other, const hf_owner *self) {
    hf_owner_state state = HF_OWNER_ELSEWHERE;
    bool is_host = is_same(other->host, self->host);
    if (is_host && is_same(other->boot, self->boot) &&
        is_same(other->pid_namespace, self->pid_namespace))
        state = judge_process(other);
    if (state != HF_OWNER_ELSEWHERE)
        return state;
    if (is_same(other->slurm_job, self->slurm_job) &&
        strcmp(other->slurm_array_task, self->slurm_array_task) == 0 &&
        atol(other->slurm_restarts) < atol(self->slurm_restarts))
        return HF_OWNER_REQUEUED;
    return is_host && is_known(other->boot) && is_known(self->boot) &&
                   strcmp(other->boot, self->boot) != 0
               ? HF_OWNER_REBOOTED
               : HF_OWNER_ELSEWHERE;
}

void hf_owner_describe(const hf_owner *owner, char *text, size_t n) {
    bool is_task = is_known(owner->slurm_array_task);
    const char *job = is_task ? owner->slurm_array_task : owner->slurm_job;
    bool is_slurm = is_known(job);
    snprintf(text, n, "process %s on %s since %s%s%s%s", owner->process, owner->host, owner->since,
             is_slurm ? " (Slurm job " : "", is_slurm ? job : "", is_slurm ? ")" : "");
}
