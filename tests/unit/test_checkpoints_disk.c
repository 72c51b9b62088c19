/* Checkpoints on disks that fill up, in folders that refuse, in runs that are killed. */
#define _GNU_SOURCE
#include "io/draft.h"
#include "unit/checkpoint_states.h"
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>

static void bad_places_are_told(void) {
    char place[96];
    bool any;
    snprintf(place, sizeof place, "%s/no/folder", top);
    hf_checkpoints *checkpoints = hf_checkpoints_create(place);
    CU_ASSERT_EQUAL(hf_checkpoints_begin(checkpoints, &err), HF_BAD_FILE);
    CU_ASSERT_TRUE(error_says(&err, "cannot make the folder") && error_says(&err, place));
    hf_checkpoints_destroy(checkpoints);
    clear_folder();
    put_bytes(folder, "a file", 6);
    checkpoints = hf_checkpoints_create(folder);
    CU_ASSERT_EQUAL(hf_checkpoints_exist(checkpoints, &any, &err), HF_BAD_FILE);
    CU_ASSERT_EQUAL(hf_checkpoints_begin(checkpoints, &err), HF_BAD_FILE);
    CU_ASSERT_TRUE(error_says(&err, "Not a directory") && error_says(&err, folder));
    CU_ASSERT_EQUAL(hf_checkpoints_find(checkpoints, &skipped, &any, &err), HF_BAD_FILE);
    CU_ASSERT_EQUAL(hf_checkpoints_remove(checkpoints, &err), HF_BAD_FILE);
    CU_ASSERT_EQUAL(access(folder, F_OK), 0);
    hf_checkpoints_destroy(checkpoints);
}

/* As root, which may write everywhere, for once as nobody. */
static void a_folder_that_may_only_be_read(void) {
    hf_checkpoints *checkpoints = begun_anew(3);
    chmod(top, 0755);
    chmod(folder, 0555);
    if (geteuid() == 0 && seteuid(65534) != 0) {
        puts("SKIPPED: root may write everywhere, and may not become another here");
    } else {
        CU_ASSERT_EQUAL(found_by(checkpoints), 3);
        CU_ASSERT_EQUAL(write_state(checkpoints, 4), HF_BAD_FILE);
        CU_ASSERT_TRUE(error_says(&err, "Permission denied; choose a folder where you may write"));
        CU_ASSERT_EQUAL(hf_checkpoints_remove(checkpoints, &err), HF_BAD_FILE);
        CU_ASSERT_TRUE(error_says(&err, "cannot remove '") && error_says(&err, "Permission"));
        if (getuid() == 0)
            CU_ASSERT_EQUAL(seteuid(0), 0);
    }
    chmod(folder, 0700);
    chmod(top, 0700);
    CU_ASSERT_EQUAL(found_by(checkpoints), 3);
    CU_ASSERT_EQUAL(write_state(checkpoints, 4), HF_OK);
    hf_checkpoints_destroy(checkpoints);
}

/* Whatever is the last byte that finds room, the older generations stay and the run goes on. */
static void a_full_disk_costs_only_the_newest(void) {
    hf_checkpoints *checkpoints = begun_anew(2);
    struct stat rows, generation;
    hf_draft_mask_limits();
    stat(path_of("segment-000001"), &rows);
    stat(path_of("generation-000002"), &generation);
    for (off_t size = 0; size < generation.st_size + 80; size += 5) {
        rlim_t before = limit_files((rlim_t)size);
        CU_ASSERT_EQUAL(write_state(checkpoints, 3), HF_BAD_FILE);
        limit_files(before);
        CU_ASSERT_TRUE(error_says(&err, "File too large; make room") && error_says(&err, folder));
        CU_ASSERT_EQUAL(files_in(folder), 3);
        CU_ASSERT_EQUAL(found(), 2);
    }
    CU_ASSERT_TRUE(rows.st_size < generation.st_size); /* so some failed with the segment named */
    CU_ASSERT_EQUAL(write_state(checkpoints, 3), HF_OK);
    CU_ASSERT_EQUAL(found_by(checkpoints), 3);
    hf_checkpoints_destroy(checkpoints);
    clear_folder();
    checkpoints = hf_checkpoints_create(folder); /* nor is a folder left for nothing */
    rlim_t before = limit_files(0);
    CU_ASSERT_EQUAL(write_state(checkpoints, 1), HF_BAD_FILE);
    limit_files(before);
    CU_ASSERT_NOT_EQUAL(access(folder, F_OK), 0);
    hf_checkpoints_destroy(checkpoints);
}

static void a_full_file_system_costs_only_the_newest(void) {
    static const char filler[65536];
    clear_folder();
    CU_ASSERT_EQUAL(mkdir(folder, 0700), 0);
    if (mount("none", folder, "tmpfs", 0, "size=64k") != 0) {
        puts("SKIPPED: no right to mount a small file system; the size limit stands for it");
        return;
    }
    hf_checkpoints *checkpoints = hf_checkpoints_create(folder);
    CU_ASSERT_EQUAL(write_state(checkpoints, 1), HF_OK);
    CU_ASSERT_EQUAL(write_state(checkpoints, 2), HF_OK);
    FILE *stream = fopen(path_of("filler"), "wb");
    while (stream && fwrite(filler, 1, 512, stream) == 512 && fflush(stream) == 0)
        ;
    fclose(stream);
    int n_files = files_in(folder);
    CU_ASSERT_EQUAL(write_state(checkpoints, 3), HF_BAD_FILE);
    CU_ASSERT_TRUE(error_says(&err, "No space left on device; make room"));
    CU_ASSERT_EQUAL(files_in(folder), n_files);
    CU_ASSERT_EQUAL(found(), 2);
    unlink(path_of("filler"));
    CU_ASSERT_EQUAL(write_state(checkpoints, 3), HF_OK);
    CU_ASSERT_EQUAL(found(), 3);
    hf_checkpoints_destroy(checkpoints);
    CU_ASSERT_EQUAL(umount(folder), 0);
}

/* Killed at any moment: what is found is whole, and at least what was known to be committed. */
static void a_killed_run_leaves_a_whole_generation(void) {
    int64_t state = 0;
    clear_folder();
    for (int round = 0; round < 20; round++) {
        int progress[2], status;
        uint64_t known = (uint64_t)state, k;
        CU_ASSERT_EQUAL_FATAL(pipe(progress), 0);
        pid_t child = fork();
        if (child == 0) {
            hf_checkpoints *checkpoints = hf_checkpoints_create(folder);
            for (k = (uint64_t)found_by(checkpoints) + 1; !write_state(checkpoints, k); k++)
                if (write(progress[1], &k, sizeof k) != sizeof k)
                    break;
            _exit(1);
        }
        close(progress[1]);
        if (round % 2 && read(progress[0], &k, sizeof k) == sizeof k)
            known = k; /* so that there are commits however slow the machine is */
        usleep((useconds_t)(5000 + 1237 * round));
        kill(child, SIGKILL);
        waitpid(child, &status, 0);
        CU_ASSERT_TRUE(WIFSIGNALED(status));
        while (read(progress[0], &k, sizeof k) == sizeof k)
            known = k;
        close(progress[0]);
        state = found();
        CU_ASSERT_EQUAL(skipped.n, 0);
        CU_ASSERT_TRUE(state == (int64_t)known || state == (int64_t)known + 1);
    }
    CU_ASSERT_TRUE(state > 0);
}

int main(void) {
    static const hf_case cases[] = {HF_CASE(bad_places_are_told),
                                    HF_CASE(a_folder_that_may_only_be_read),
                                    HF_CASE(a_full_disk_costs_only_the_newest),
                                    HF_CASE(a_full_file_system_costs_only_the_newest),
                                    HF_CASE(a_killed_run_leaves_a_whole_generation)};
    return run_in_folder("checkpoints on disks", cases, sizeof cases / sizeof cases[0]);
}
