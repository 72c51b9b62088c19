/* Who writes to a path: a file beside it, so that two runs do not write the same result.
 *
 * The file says who (host, process and its start, Slurm job and restart count) in words for people
 * to read, and its time of modification when the owner was last alive. It is stale, and taken over,
 *
 * - where the owner ran on this machine and is no more;
 * - where the same Slurm job has it from an earlier start;
 * - where it has not been touched for HF_LOCK_STALE_S, by the file system's own clock; for
 *   HF_LOCK_REBOOT_S where a machine of this name has started anew since. A machine's name alone
 *   proves little, but its owner would have touched the file three times meanwhile.
 *
 * An owner that is seen to run on this machine has it however long it is silent. A file that does
 * not say whose it is (empty, damaged) is judged by its time alone: its owner may be about to write
 * it. Judged and rewritten under flock where the file system has it, so that of two that take over
 * one wins; where it has not, both look again, a moment later, whose words stand there.
 *
 * Root only. */
#ifndef HF_IO_LOCK_H
#define HF_IO_LOCK_H

#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>

#define HF_LOCK_BEAT_S   20
#define HF_LOCK_REBOOT_S 60
#define HF_LOCK_STALE_S  300

typedef struct hf_lock hf_lock;

/* Takes "<path>.lock". HF_BAD_WORLD if another has it, saying who, since when, and what to do.
 * HF_BAD_FILE if the file cannot be written or is no plain file. note[n]: whose stale lock was
 * taken over and why, in a sentence; "" if none was. *lock is NULL on failure, else given:
 * hf_lock_release. */
hf_status hf_lock_take(const char *path, hf_lock **lock, char *note, size_t n,
                       hf_error *err) HF_MUST_CHECK;
/* Says that the owner lives; cheap, touches the file at most every HF_LOCK_BEAT_S. False once
 * another has taken the lock over, for it took this process for gone (a machine that slept, a disk
 * that hung): what the lock stands for is then no longer ours to write. */
bool hf_lock_beat(hf_lock *lock);
/* Removes the file, if it is still ours; NULL is allowed. */
void hf_lock_release(hf_lock *lock);

#endif
