/* Files that Holdfast did not write, or that were damaged since: refused with a sentence, no crash.
 */
#include "io/result.h"
#include "sample_tables.h"
#include "unit/hf_cunit.h"
#include <hdf5.h>
#include <hdf5_hl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/hf_strange_XXXXXX", path[64];
static hf_error err;

static void write_sample(char digest[HF_DIGEST_TEXT]) {
    hf_tables *tables = sample_tables(false);
    CU_ASSERT_EQUAL_FATAL(hf_result_write(tables, path, true, digest, &err), HF_OK);
    hf_tables_destroy(tables);
}

/* Whether reading the group and the digest both refuse the file at `path`, saying the words. */
static bool both_refuse(const char *group, const char *words) {
    char digest[HF_DIGEST_TEXT];
    hf_result *result = NULL;
    const hf_group *read;
    hf_tables *tables = hf_tables_create();
    err.text[0] = '\0';
    bool refused = hf_digest_result(path, digest, &err) != HF_OK && error_says(&err, words) &&
                   error_says(&err, path);
    err.text[0] = '\0';
    hf_status status = hf_result_open(path, &result, &err);
    if (!status)
        status = hf_result_read(result, group, tables, &read, &err);
    refused = status != HF_OK && error_says(&err, words) && error_says(&err, path) && refused;
    hf_result_close(result);
    hf_tables_destroy(tables);
    return refused;
}

static void put_bytes(const void *bytes, size_t n) {
    FILE *stream = fopen(path, "w");
    fwrite(bytes, 1, n, stream);
    fclose(stream);
}

static void files_that_are_no_results_are_refused(void) {
    unlink(path);
    CU_ASSERT_TRUE(both_refuse("/", "No such file or directory"));
    put_bytes("", 0);
    CU_ASSERT_TRUE(both_refuse("/", "no HDF5 file"));
    put_bytes("{\"schema\": \"holdfast-job/1\"}", 28);
    CU_ASSERT_TRUE(both_refuse("/", "no HDF5 file"));
    put_bytes("\x89HDF\r\n\x1a\n", 8);
    CU_ASSERT_TRUE(both_refuse("/", "cannot open"));
    unlink(path);
    mkdir(path, 0700);
    CU_ASSERT_TRUE(both_refuse("/", "not a plain file"));
    rmdir(path);
}

static void truncated_results_are_refused(void) {
    char digest[HF_DIGEST_TEXT];
    struct stat what;
    write_sample(digest);
    stat(path, &what);
    for (off_t size = what.st_size - 1; size > 0; size = size * 2 / 3) {
        CU_ASSERT_EQUAL(truncate(path, size), 0);
        CU_ASSERT_NOT_EQUAL(hf_digest_result(path, digest, &err), HF_OK);
        CU_ASSERT_TRUE(error_says(&err, path));
    }
    unlink(path);
}

/* HDF5 1.10 trusts the sizes in its global heaps and crashes when they are wrong: here all lengths
 * of the first heap's objects are spoilt. A child process meets the crash, and we live to tell. */
static void damage_that_kills_the_library_is_survived(void) {
    char digest[HF_DIGEST_TEXT];
    struct stat what;
    write_sample(digest);
    stat(path, &what);
    char *bytes = malloc((size_t)what.st_size);
    FILE *stream = fopen(path, "r+");
    CU_ASSERT_EQUAL_FATAL(fread(bytes, 1, (size_t)what.st_size, stream), (size_t)what.st_size);
    long heap = 0;
    while (heap + 64 < what.st_size && memcmp(bytes + heap, "GCOL", 4) != 0)
        heap++;
    CU_ASSERT_FATAL(heap + 64 < what.st_size);
    fseek(stream, heap + 16 + 8, SEEK_SET); /* the first object's length */
    fwrite("\xFF\xFF\xFF\x3F", 1, 4, stream);
    fclose(stream);
    free(bytes);
    hf_result *result = NULL;
    CU_ASSERT_EQUAL(hf_result_open(path, &result, &err), HF_BAD_FILE);
    CU_ASSERT_TRUE(error_says(&err, "is damaged") && error_says(&err, path));
    CU_ASSERT_PTR_NULL(result);
    CU_ASSERT_EQUAL(hf_digest_result(path, digest, &err), HF_BAD_FILE);
    unlink(path);
}

typedef void (*spoiler)(hid_t group);

static hid_t axis_of(hid_t group, hsize_t length) {
    hid_t space = H5Screate_simple(1, &length, NULL);
    hid_t axis = H5Dcreate2(group, "x", H5T_STD_I64LE, space, 0, 0, 0);
    int64_t values[4] = {0};
    if (length <= 4)
        H5Dwrite(axis, H5T_NATIVE_INT64, 0, 0, 0, values);
    H5DSset_scale(axis, "x");
    H5Sclose(space);
    return axis;
}

/* A variable over `axis` (negative: none; length 2) of a type, with zeros. */
static void variable_of(hid_t group, hid_t type, hid_t axis) {
    hsize_t length = 2;
    char zeros[256] = {0};
    hid_t space = H5Screate_simple(1, &length, NULL);
    hid_t variable = H5Dcreate2(group, "v", type, space, 0, 0, 0);
    H5Dwrite(variable, type, 0, 0, 0, zeros);
    if (axis >= 0) {
        H5DSattach_scale(variable, axis, 0);
        H5Dclose(axis);
    }
    H5Dclose(variable);
    H5Sclose(space);
}

static void put_type(hid_t group, hid_t type) {
    variable_of(group, type, axis_of(group, 2));
    H5Tclose(type);
}

static void put_enum(hid_t group) {
    hid_t type = H5Tenum_create(H5T_STD_I8LE);
    signed char zero = 0;
    H5Tenum_insert(type, "FALSE", &zero);
    put_type(group, type);
}
static void put_compound(hid_t group) {
    hid_t type = H5Tcreate(H5T_COMPOUND, 8);
    H5Tinsert(type, "x", 0, H5T_IEEE_F64LE);
    put_type(group, type);
}
static void put_opaque(hid_t group) {
    put_type(group, H5Tcreate(H5T_OPAQUE, 4));
}
static void put_fixed_string(hid_t group) {
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, 8);
    put_type(group, type);
}
static void put_float(hid_t group) {
    put_type(group, H5Tcopy(H5T_IEEE_F32LE));
}
static void put_big_endian(hid_t group) {
    put_type(group, H5Tcopy(H5T_IEEE_F64BE));
}
static void put_no_axis(hid_t group) {
    variable_of(group, H5T_IEEE_F64LE, -1);
}
static void put_null_space(hid_t group) {
    hid_t space = H5Screate(H5S_NULL);
    H5Dclose(H5Dcreate2(group, "v", H5T_IEEE_F64LE, space, 0, 0, 0));
    H5Sclose(space);
}
static void put_five_dimensions(hid_t group) {
    hsize_t lengths[5] = {1, 1, 1, 1, 1};
    hid_t space = H5Screate_simple(5, lengths, NULL);
    H5Dclose(H5Dcreate2(group, "v", H5T_IEEE_F64LE, space, 0, 0, 0));
    H5Sclose(space);
}
static void put_hollow(hid_t group) {
    H5Dclose(axis_of(group, (hsize_t)1 << 50));
}
static void put_soft_link(hid_t group) {
    H5Lcreate_soft("/nowhere", group, "v", 0, 0);
}
static void put_external_link(hid_t group) {
    H5Lcreate_external("/etc/passwd", "/", group, "v", 0, 0);
}
static void put_named_type(hid_t group) {
    hid_t type = H5Tcopy(H5T_IEEE_F64LE);
    H5Tcommit2(group, "v", type, 0, 0, 0);
    H5Tclose(type);
}
static void put_array_attribute(hid_t group) {
    hsize_t length = 3;
    hid_t space = H5Screate_simple(1, &length, NULL);
    H5Aclose(H5Acreate2(group, "a", H5T_IEEE_F64LE, space, 0, 0));
    H5Sclose(space);
}
static void put_fixed_attribute(hid_t group) {
    H5LTset_attribute_string(group, ".", "a", "text");
}

static void strangers_are_refused(void) {
    static const struct {
        spoiler spoil;
        const char *words;
    } cases[] = {{put_enum, "/g/v has a strange type"},
                 {put_compound, "/g/v has a strange type"},
                 {put_opaque, "/g/v has a strange type"},
                 {put_fixed_string, "/g/v has a strange type"},
                 {put_float, "/g/v has a strange type"},
                 {put_big_endian, "/g/v has a strange type"},
                 {put_no_axis, "/g/v has an axis without a name"},
                 {put_null_space, "/g/v has a strange shape"},
                 {put_five_dimensions, "/g/v has a strange shape"},
                 {put_hollow, "/g/x was never written"},
                 {put_soft_link, "/g has a link that is no plain one"},
                 {put_external_link, "/g has a link that is no plain one"},
                 {put_named_type, "/g holds more than groups and variables"},
                 {put_array_attribute, "/g has an attribute of a strange type"},
                 {put_fixed_attribute, "/g has an attribute of a strange type"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, 0, 0);
        hid_t group = H5Gcreate2(file, "g", 0, 0, 0);
        cases[i].spoil(group);
        H5Gclose(group);
        CU_ASSERT_EQUAL(H5Fclose(file), 0);
        CU_ASSERT_TRUE(both_refuse("/g", cases[i].words));
    }
    CU_ASSERT_EQUAL(H5Fget_obj_count((hid_t)H5F_OBJ_ALL, H5F_OBJ_ALL), 0); /* none left open */
    unlink(path);
}

/* A group that holds itself: a hard link makes a ring, which must not be walked for ever. */
static void rings_are_refused(void) {
    char digest[HF_DIGEST_TEXT];
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, 0, 0);
    hid_t group = H5Gcreate2(file, "g", 0, 0, 0);
    H5Lcreate_hard(file, "/g", group, "a", 0, 0);
    H5Lcreate_hard(file, "/g", group, "b", 0, 0);
    H5Gclose(group);
    H5Fclose(file);
    CU_ASSERT_EQUAL(hf_digest_result(path, digest, &err), HF_BAD_INPUT);
    CU_ASSERT_TRUE(error_says(&err, "too much below it"));
    unlink(path);
}

int main(void) {
    static const hf_case cases[] = {HF_CASE(files_that_are_no_results_are_refused),
                                    HF_CASE(truncated_results_are_refused),
                                    HF_CASE(damage_that_kills_the_library_is_survived),
                                    HF_CASE(strangers_are_refused), HF_CASE(rings_are_refused)};
    if (!mkdtemp(folder))
        return 1;
    snprintf(path, sizeof path, "%s/x.h5", folder);
    int failed = hf_cunit_run("strange_result", cases, sizeof cases / sizeof cases[0]);
    return rmdir(folder) != 0 || failed;
}
