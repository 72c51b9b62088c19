/* A process as text that people can read and another process can judge: is it still there? */
#ifndef HF_IO_OWNER_H
#define HF_IO_OWNER_H

#include <stdbool.h>
#include <stddef.h>

enum { HF_OWNER_WORD = 72, HF_OWNER_TEXT = 1024 }; /* bytes, the NUL included */

/* Words of printable ASCII; "-" where the system does not say. */
typedef struct hf_owner {
    char host[HF_OWNER_WORD];
    char boot[HF_OWNER_WORD];          /* of that machine, since its last start */
    char pid_namespace[HF_OWNER_WORD]; /* in which the process has its number */
    char process[HF_OWNER_WORD];
    char process_start[HF_OWNER_WORD]; /* clock ticks after the boot: numbers are used again */
    char slurm_job[HF_OWNER_WORD];
    char slurm_array_task[HF_OWNER_WORD]; /* "76_3": task 3 of array 76 */
    char slurm_restarts[HF_OWNER_WORD];
    char since[HF_OWNER_WORD]; /* UTC, by its own clock: for people only */
} hf_owner;

typedef enum hf_owner_state {
    HF_OWNER_ELSEWHERE, /* nothing to be seen of it from here */
    HF_OWNER_LIVES,     /* it runs on this machine */
    HF_OWNER_ENDED,     /* it ran on this machine and is no more */
    HF_OWNER_REBOOTED,  /* a machine of this name has started anew since */
    HF_OWNER_REQUEUED,  /* Slurm has started its job anew: this process is of a later start */
} hf_owner_state;

/* This process. */
void hf_owner_self(hf_owner *owner);
/* The whole text, a line of explanation and a line for each word. */
void hf_owner_write(const hf_owner *owner, char text[HF_OWNER_TEXT]);
/* Whether the n bytes are such a text, by the letter. */
bool hf_owner_read(hf_owner *owner, const char *text, size_t n);
/* What this process, `self`, can tell of the other. */
hf_owner_state hf_owner_judge(const hf_owner *other, const hf_owner *self);
/* "process 123 on node7 since 2026-01-02T03:04:05Z (Slurm job 77)" into text[n]. */
void hf_owner_describe(const hf_owner *owner, char *text, size_t n);

#endif
