/* write_sample FILE: writes the sample result, replacing FILE, and prints its content digest. */
#include "io/result.h"
#include "sample_tables.h"
#include <stdio.h>

int main(int argc, char **argv) {
    hf_error err = {0};
    char digest[HF_DIGEST_TEXT];
    if (argc != 2)
        return 2;
    hf_tables *tables = sample_tables(false);
    hf_status status = hf_result_write(tables, argv[1], true, digest, &err);
    hf_tables_destroy(tables);
    if (status)
        fprintf(stderr, "%s\n", err.text);
    else
        puts(digest);
    return hf_status_exit_code(status);
}
