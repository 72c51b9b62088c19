#include "cli/options.h"
#include <getopt.h>
#include <string.h>

static const struct {
    const char *name, *argument, *commands, *help;
} table[HF_N_OPTIONS] = {
#define HF_OPTION_ROW(id, name, argument, commands, help) {name, argument, commands, help},
    HF_OPTION_LIST(HF_OPTION_ROW)
#undef HF_OPTION_ROW
};

static bool takes(const hf_command *command, int option) {
    return strchr(table[option].commands, command->letter) != NULL;
}

hf_status hf_command_line_parse(const hf_command *command, int argc, char **argv,
                                hf_command_line *line, hf_error *err) {
    struct option known[HF_N_OPTIONS + 1];
    int n = 0;
    memset(known, 0, sizeof known);
    for (int i = 0; i < HF_N_OPTIONS; i++)
        if (takes(command, i))
            known[n++] = (struct option){
                table[i].name, table[i].argument ? required_argument : no_argument, NULL, 1000 + i};
    *line = (hf_command_line){.argc = argc, .argv = argv};
    opterr = 0;
    optind = 2;
    for (int found; (found = getopt_long(argc, argv, ":", known, NULL)) != -1;) {
        if (found == ':')
            return hf_fail(err, HF_BAD_USAGE, "%s: option '%s' needs an argument", command->name,
                           argv[optind - 1]);
        if (found < 1000)
            return hf_fail(err, HF_BAD_USAGE, "%s: unknown option '%s'; see holdfast %s --help",
                           command->name, argv[optind - 1], command->name);
        line->value[found - 1000] = optarg ? optarg : "";
    }
    if (line->value[HF_OPTION_HELP])
        return HF_OK;
    int n_files = strchr(command->operand, ' ') ? 2 : 1, n_found = argc - optind;
    if (n_found < n_files || (n_found > n_files && !strstr(command->operand, "...")))
        return hf_fail(err, HF_BAD_USAGE, "usage: holdfast %s [options] %s (found %d files)",
                       command->name, command->operand, n_found);
    line->operand = argv[optind];
    line->second = n_files == 2 ? argv[optind + 1] : NULL;
    line->rest = argv + optind + 1;
    line->n_rest = n_found - 1;
    return HF_OK;
}

void hf_command_print_help(const hf_command *command, FILE *stream) {
    fprintf(stream, "usage: holdfast %s [options] %s\n%s\n\n", command->name, command->operand,
            command->help);
    for (int i = 0; i < HF_N_OPTIONS; i++)
        if (takes(command, i)) {
            char left[64];
            snprintf(left, sizeof left, "--%s%s%s", table[i].name, table[i].argument ? "=" : "",
                     table[i].argument ? table[i].argument : "");
            fprintf(stream, "  %-24s %s\n", left, table[i].help);
        }
}

void hf_print_help(FILE *stream) {
    fputs("holdfast: how well does a supply chain hold when the world shakes it?\n\n"
          "usage: holdfast COMMAND [options] FILE\n\n",
          stream);
    for (int i = 0; i < hf_n_commands; i++)
        fprintf(stream, "  %-8s %s\n", hf_commands[i].name, hf_commands[i].help);
    fputs("\n  --help, --version; holdfast COMMAND --help\n", stream);
}
