/* The berth of a run: the files beside its output that keep it from harm.
 *
 *     OUTPUT.lock             who is writing
 *     OUTPUT.stop             made by a person: checkpoint, and stop; no run starts while it is
 * there OUTPUT.checkpoint       where it stands; gone when OUTPUT has its name OUTPUT.part-I-of-K
 * the same of a part, kept for the merge; locked by itself
 *
 * Root only. */
#ifndef HF_CLI_BERTH_H
#define HF_CLI_BERTH_H

#include "cli/question.h"
#include "io/lock.h"

typedef struct hf_berth {
    char *stop_file;
    hf_checkpoints *checkpoints;
    hf_lock *lock;
    bool is_done;    /* asked to resume what has its result already: nothing is left to do */
    bool is_resumed; /* the checkpoints found are where to go on */
} hf_berth;

/* Takes the output for this run: HF_BAD_INPUT if it exists, was begun and is not to be resumed, or
 * is to be stopped; HF_BAD_WORLD if another run has it. What was odd about checkpoints and lock is
 * told on stderr. Also after a failure: hf_berth_leave. */
hf_status hf_berth_take(const hf_question *question, const hf_command_line *line, hf_berth *berth,
                        hf_error *err) HF_MUST_CHECK;
/* The result has its name: checkpoints are needed no more. */
void hf_berth_clear(hf_berth *berth);
void hf_berth_leave(hf_berth *berth);

#endif
