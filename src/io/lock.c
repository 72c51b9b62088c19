/* Who writes to a path: a file beside it. */
#define _GNU_SOURCE /* mkostemp */
#include "io/lock.h"
#include "base/clock.h"
#include "base/memory.h"
#include "io/draft.h"
#include "io/hdf5_error.h"
#include "io/owner.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { TRIES = 200, TRY_MS = 5, SETTLE_MS = 200 };

struct hf_lock {
    char *path; /* what it is for */
    char *file; /* "<path>.lock" */
    hf_owner owner;
    char text[HF_OWNER_TEXT]; /* what stands in the file as long as it is ours */
    double last_beat;
    bool is_lost;
};

static void wait_ms(long ms) {
    const struct timespec time = {0, ms * 1000000};
    nanosleep(&time, NULL);
}

/* ---- the file ---- */

static int open_file(const char *file, int flags) {
    return open(file, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0666);
}

/* What the file holds, cut at `size`; returns the bytes, or -1. */
static ssize_t read_text(int fd, char *text, size_t size) {
    size_t n = 0;
    ssize_t more = 1;
    while (n < size && more != 0) {
        more = pread(fd, text + n, size - n, (off_t)n);
        if (more < 0 && errno != EINTR)
            return -1;
        n += more > 0 ? (size_t)more : 0;
    }
    return (ssize_t)n;
}

static bool is_ours(const hf_lock *lock, int fd) {
    char found[HF_OWNER_TEXT];
    size_t n = strlen(lock->text);
    return read_text(fd, found, sizeof found) == (ssize_t)n && memcmp(found, lock->text, n) == 0;
}

static hf_status write_text(const hf_lock *lock, int fd, hf_error *err) {
    size_t n = strlen(lock->text), done = 0;
    bool is_bad = ftruncate(fd, 0) < 0;
    while (!is_bad && done < n) {
        ssize_t more = pwrite(fd, lock->text + done, n - done, (off_t)done);
        is_bad = more < 0 && errno != EINTR;
        done += more > 0 ? (size_t)more : 0;
    }
    if (!is_bad && (fsync(fd) == 0 || errno == EINVAL))
        return HF_OK;
    hf_status status = hf_file_fail(err, errno, "write", lock->file);
    unlink(lock->file);
    return status;
}

/* Under flock, if the file system has it (*is_alone); false if another holds it all the time. */
static bool hold(int fd, bool *is_alone) {
    int got = -1;
    for (int i = 0; i < TRIES; i++) {
        got = flock(fd, LOCK_EX | LOCK_NB);
        if (got == 0 || (errno != EWOULDBLOCK && errno != EINTR))
            break;
        wait_ms(TRY_MS);
    }
    *is_alone = got == 0;
    return got == 0 || (errno != EWOULDBLOCK && errno != EINTR);
}

/* Whether the name still means the open file. */
static bool is_named(const hf_lock *lock, const struct stat *open_one) {
    struct stat now;
    return lstat(lock->file, &now) == 0 && now.st_dev == open_one->st_dev &&
           now.st_ino == open_one->st_ino;
}

/* ---- judging ---- */

/* How long ago the file was touched, 0 if in the future. A fresh file beside it tells the time:
 * clocks of machines differ, also from that of a file server. */
static hf_status find_silence(const hf_lock *lock, const struct stat *what, double *seconds,
                              hf_error *err) {
    struct stat fresh;
    size_t size = strlen(lock->file) + sizeof ".XXXXXX";
    char *name = HF_NEW(size, char);
    snprintf(name, size, "%s.XXXXXX", lock->file);
    *seconds = 0.0;
    int error_number = 0, fd = mkostemp(name, O_CLOEXEC);
    if (fd < 0 || fstat(fd, &fresh) < 0)
        error_number = errno;
    if (fd >= 0) {
        unlink(name);
        close(fd);
    }
    if (!error_number && fresh.st_mtim.tv_sec > what->st_mtim.tv_sec)
        *seconds = (double)(fresh.st_mtim.tv_sec - what->st_mtim.tv_sec);
    hf_status status = error_number ? hf_file_fail(err, error_number, "create", name) : HF_OK;
    hf_free(name);
    return status;
}

/* What is known of whoever wrote the file. */
typedef struct verdict {
    char who[5 * HF_OWNER_WORD];
    hf_owner_state state;
    bool is_asked; /* how long it has been silent: where its state does not say enough */
    double silence;
} verdict;

static hf_status examine(const hf_lock *lock, int fd, const struct stat *what, verdict *v,
                         hf_error *err) {
    hf_owner owner;
    char text[HF_OWNER_TEXT];
    *v = (verdict){.who = "a run that does not say which (yet)", .state = HF_OWNER_ELSEWHERE};
    ssize_t n = read_text(fd, text, sizeof text);
    if (n < 0)
        return hf_file_fail(err, errno, "read", lock->file);
    if (hf_owner_read(&owner, text, (size_t)n)) {
        v->state = hf_owner_judge(&owner, &lock->owner);
        hf_owner_describe(&owner, v->who, sizeof v->who);
    }
    v->is_asked = v->state == HF_OWNER_ELSEWHERE || v->state == HF_OWNER_REBOOTED;
    return v->is_asked ? find_silence(lock, what, &v->silence, err) : HF_OK;
}

static bool is_stale(const verdict *v) {
    if (v->is_asked)
        return v->silence > (v->state == HF_OWNER_REBOOTED ? HF_LOCK_REBOOT_S : HF_LOCK_STALE_S);
    return v->state != HF_OWNER_LIVES;
}

static void write_note(const hf_lock *lock, const verdict *v, char *note, size_t n) {
    char why[64];
    snprintf(why, sizeof why, "silent for %.0f seconds", v->silence);
    snprintf(note, n, "took over '%.300s' from %s: %s", lock->file, v->who,
             v->is_asked                     ? why
             : v->state == HF_OWNER_REQUEUED ? "Slurm has started its job anew"
                                             : "it has ended");
}

/* `who` in words, and since when it is silent. */
static hf_status refuse(const hf_lock *lock, const char *who, const char *silent, hf_error *err) {
    return hf_fail(err, HF_BAD_WORLD,
                   "'%.300s' is being written by %s%s; wait for it, or remove '%.300s' if you know "
                   "that it is gone",
                   lock->path, who, silent, lock->file);
}

/* Whether the lock may be taken over, and a note of it; HF_BAD_WORLD if not. */
static hf_status judge(const hf_lock *lock, int fd, const struct stat *what, char *note, size_t n,
                       hf_error *err) {
    verdict v;
    char silent[64] = "";
    hf_status status = examine(lock, fd, what, &v, err);
    if (status)
        return status;
    if (is_stale(&v)) {
        write_note(lock, &v, note, n);
        return HF_OK;
    }
    if (v.is_asked)
        snprintf(silent, sizeof silent, ", last heard of %.0f seconds ago", v.silence);
    return refuse(lock, v.who, silent, err);
}

/* ---- taking ---- */

/* Makes the open file ours, or says whose it is; *again: it was moved away under us. */
static hf_status claim(hf_lock *lock, int fd, bool is_new, char *note, size_t n, bool *again,
                       hf_error *err) {
    struct stat what;
    bool is_alone;
    if (!hold(fd, &is_alone))
        return refuse(lock, "a run that is just taking it", "", err);
    if (fstat(fd, &what) < 0)
        return hf_file_fail(err, errno, "read", lock->file);
    if (!S_ISREG(what.st_mode) || what.st_nlink > 1)
        return hf_fail(err, HF_BAD_FILE, "'%.600s' is not a plain file; remove it", lock->file);
    *again = !is_named(lock, &what) || (is_new && what.st_size > 0);
    if (*again)
        return HF_OK;
    hf_status status = is_new ? HF_OK : judge(lock, fd, &what, note, n, err);
    if (!status)
        status = write_text(lock, fd, err);
    if (status || is_new || is_alone)
        return status;
    wait_ms(SETTLE_MS); /* another may have judged when we did */
    return is_ours(lock, fd) ? HF_OK : refuse(lock, "a run that took it when we did", "", err);
}

static hf_status attempt(hf_lock *lock, char *note, size_t n, bool *again, hf_error *err) {
    bool is_new = true;
    *again = false;
    int fd = open_file(lock->file, O_RDWR | O_CREAT | O_EXCL);
    if (fd < 0 && errno == EEXIST) {
        is_new = false;
        fd = open_file(lock->file, O_RDWR);
        *again = fd < 0 && errno == ENOENT;
    }
    if (fd < 0 && errno == ELOOP)
        return hf_fail(err, HF_BAD_FILE, "'%.600s' is a symbolic link; remove it", lock->file);
    if (fd < 0)
        return hf_file_fail(err, errno, is_new ? "create" : "open", lock->file);
    hf_status status = claim(lock, fd, is_new, note, n, again, err);
    close(fd);
    return status;
}

static void let_go(hf_lock *lock) {
    hf_free(lock->path);
    hf_free(lock->file);
    hf_free(lock);
}

hf_status hf_lock_take(const char *path, hf_lock **lock, char *note, size_t n, hf_error *err) {
    hf_draft_mask_limits();
    size_t size = strlen(path) + sizeof ".lock";
    hf_lock *mine = HF_NEW(1, hf_lock);
    mine->path = hf_strdup(path);
    mine->file = HF_NEW(size, char);
    snprintf(mine->file, size, "%s.lock", path);
    hf_owner_self(&mine->owner);
    hf_owner_write(&mine->owner, mine->text);
    bool again = true;
    hf_status status = HF_OK;
    for (int i = 0; again && i < TRIES; i++) {
        snprintf(note, n, "%s", "");
        status = attempt(mine, note, n, &again, err);
    }
    if (again)
        status = refuse(mine, "runs that come and go", "", err);
    mine->last_beat = hf_clock_seconds();
    *lock = status ? NULL : mine;
    if (status)
        let_go(mine);
    return status;
}

/* ---- having ---- */

bool hf_lock_beat(hf_lock *lock) {
    double now = hf_clock_seconds();
    if (now - lock->last_beat < HF_LOCK_BEAT_S)
        return !lock->is_lost;
    lock->last_beat = now;
    int fd = open_file(lock->file, O_RDONLY);
    if (fd < 0)
        return !lock->is_lost; /* a disk that hiccups has not given it to another */
    lock->is_lost = !is_ours(lock, fd);
    if (!lock->is_lost)
        futimens(fd, NULL);
    close(fd);
    return !lock->is_lost;
}

void hf_lock_release(hf_lock *lock) {
    if (!lock)
        return;
    bool is_alone;
    struct stat what;
    int fd = open_file(lock->file, O_RDWR);
    if (fd >= 0) {
        if (hold(fd, &is_alone) && fstat(fd, &what) == 0 && is_named(lock, &what) &&
            is_ours(lock, fd))
            unlink(lock->file);
        close(fd);
    }
    let_go(lock);
}
