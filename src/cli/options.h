/* The command line: one table of options makes parser, help and bounds; one row a command. */
#ifndef HF_CLI_OPTIONS_H
#define HF_CLI_OPTIONS_H

#include "base/status.h"
#include <stdbool.h>
#include <stdio.h>

/* id, long name, argument (NULL: a flag), commands (letters of hf_command), help */
#define HF_OPTION_LIST(X)                                                                          \
    X(OUTPUT, "output", "FILE", "RPBM", "where the result goes")                                   \
    X(FORCE, "force", NULL, "RPBM", "replace an existing output")                                  \
    X(TRIALS, "trials", "N", "RM", "number of trials")                                             \
    X(FIRST_TRIAL, "first-trial", "N", "RM", "number of the first trial")                          \
    X(INNER_TRIALS, "inner-trials", "N", "RM", "trials that share one draw of uncertain rates")    \
    X(SEED, "seed", "N", "RM", "seed, a 64-bit integer")                                           \
    X(POLICIES, "policies", "A,B", "RM", "policies to simulate")                                   \
    X(RECORD, "record", "WHAT", "RM", "trials to keep: none, tail or all")                         \
    X(TAIL_METRIC, "tail-metric", "NAME", "RM", "metric that ranks the worst trials")              \
    X(TAIL_COUNT, "tail-count", "N", "RM", "how many of the worst trials to keep")                 \
    X(CONFIDENCE, "confidence", "P", "RM", "level of every interval")                              \
    X(PRECISION, "precision", "M:S:R", "RM",                                                       \
      "stop when statistic S of metric M is within R of it")                                       \
    X(STRATA, "strata", "A,B:4,3,1", "RM",                                                         \
      "share every 8 trials by the points of hazards A and B")                                     \
    X(TILTS, "tilts", "A=3,B=2", "RM", "sample hazards at so many times their rates, weighted")    \
    X(ATTRIBUTION, "attribution", "M,M", "RM", "share these metrics out to the hazard families")   \
    X(EXACT_TRIALS, "exact-trials", "N", "RM", "trials times policies with exact quantiles")       \
    X(KERNEL, "kernel", "NAME", "RBM", "instruction set of the kernel; changes no bit")            \
    X(LANES, "lanes", "N", "RBM", "trials simulated side by side; changes no bit")                 \
    X(BLOCK, "block", "N", "R", "trials a rank takes at a time; changes no bit")                   \
    X(COLLECTIVE_FROM, "collective-from", "BYTES", "RM",                                           \
      "columns of so many bytes are written by all ranks; changes no bit")                         \
    X(QUIET, "quiet", NULL, "RM", "no progress on stderr")                                         \
    X(RESUME, "resume", NULL, "R", "go on from the last checkpoint, if there is one")              \
    X(PART, "part", "I/K", "R", "only the I-th of K parts of the trials, to be merged")            \
    X(CHECKPOINT_MINUTES, "checkpoint-minutes", "M", "R",                                          \
      "from one checkpoint to the next; 0: none")                                                  \
    X(MAX_WALLTIME, "max-walltime", "TIME", "R",                                                   \
      "stop with a checkpoint before M, H:M:S or D-H:M:S")                                         \
    X(TRIAL, "trial", "N", "P", "number of the trial")                                             \
    X(POLICY, "policy", "ID", "PS", "only this policy; else all, or for a replay the job's first") \
    X(DIGEST, "digest", NULL, "S", "recompute and print the content digest only")                  \
    X(REPEATS, "repeats", "N", "B", "repetitions, of which medians and quartiles are taken")       \
    X(HELP, "help", NULL, "RMCPSVDB", "this text")

typedef enum hf_option {
#define HF_OPTION_ENUM(id, name, argument, commands, help) HF_OPTION_##id,
    HF_OPTION_LIST(HF_OPTION_ENUM)
#undef HF_OPTION_ENUM
        HF_N_OPTIONS
} hf_option;

typedef struct hf_command_line {
    const char *value[HF_N_OPTIONS]; /* argument, "" for a flag that is set, NULL: not given */
    const char *operand, *second;    /* the files; NULL where a command takes one */
    char **rest;                     /* [n_rest] the files after the first */
    int n_rest;
    int argc; /* the whole line, for provenance */
    char **argv;
} hf_command_line;

typedef struct hf_command {
    const char *name;
    char letter;                       /* in the option table */
    const char *operand;               /* "JOB", or two: "A B", or more: "JOB PART..." */
    const char *help;                  /* one line */
    int (*run)(hf_command_line *line); /* returns the exit code */
} hf_command;

extern const hf_command hf_commands[];
extern const int hf_n_commands;

/* Parses argv[2..]; HF_BAD_USAGE with a sentence. With --help the operand may be missing. */
hf_status hf_command_line_parse(const hf_command *command, int argc, char **argv,
                                hf_command_line *line, hf_error *err) HF_MUST_CHECK;
void hf_command_print_help(const hf_command *command, FILE *stream);
void hf_print_help(FILE *stream);

#endif
