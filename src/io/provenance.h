/* Who, when, on what: the groups that may differ between two equal runs, and the inputs' texts. */
#ifndef HF_IO_PROVENANCE_H
#define HF_IO_PROVENANCE_H

#include "io/table.h"
#include <stddef.h>
#include <stdint.h>

typedef struct hf_provenance {
    const char *started, *finished;       /* hf_clock_timestamp */
    int64_t n_starts;                     /* of this run: more than 1 if it was resumed */
    const char *mpi_library;              /* hf_comm_library */
    const char *kernel;                   /* the instruction set chosen, "x86-64-v4" */
    int n_arguments;                      /* the command line */
    const char *const *arguments;         /* [n_arguments] */
    const char *scenario_path, *job_path; /* as given; NULL: none */
    int n_ranks;
    const char *const *hosts; /* [n_ranks] by rank */
} hf_provenance;

/* Makes /provenance: attributes version, commit, compiler, hdf5, mpi, kernel, started, finished,
 * starts, command_line, ranks, and the host of each rank. No user's name. Everything is copied. */
void hf_provenance_add(hf_tables *tables, const hf_provenance *provenance);

typedef struct hf_performance {
    int n_ranks;
    const uint64_t *trials;               /* [n_ranks] simulated by each */
    const double *seconds;                /* [n_ranks] spent in the block loop */
    const double *stage_weeks_per_second; /* [n_ranks] */
    double wall_seconds;                  /* of the whole run so far, since its last start */
    int64_t n_checkpoints;                /* written since then */
    double checkpoint_seconds;            /* which took so long */
} hf_performance;

/* Makes /performance: one table a quantity, by rank. Everything is copied. */
void hf_performance_add(hf_tables *tables, const hf_performance *performance);

typedef struct hf_input_texts {
    const char *scenario, *job;                   /* the files, verbatim */
    const char *scenario_resolved, *job_resolved; /* with defaults and options; NULL: left out */
} hf_input_texts;

/* Puts what decides the result into /inputs, and the files as they are into /provenance, since
 * their white space and order of keys decide nothing. Texts are copied. */
void hf_inputs_add(hf_tables *tables, const hf_input_texts *texts);

/* This process's host name into text[n]. */
void hf_host_name(char *text, size_t n);

#endif
