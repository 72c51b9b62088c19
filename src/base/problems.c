/* All that is wrong with one input, collected before anything stops. */
#include "base/problems.h"
#include "base/memory.h"
#include <stdarg.h>
#include <string.h>

void hf_problems_init(hf_problems *problems) {
    *problems = (hf_problems){0};
}

void hf_problems_clear(hf_problems *problems) {
    for (size_t i = 0; i < problems->n; i++)
        hf_free(problems->lines[i]);
    hf_free(problems->lines);
    hf_problems_init(problems);
}

/* Takes ownership of `line`. */
static void append(hf_problems *problems, char *line) {
    if (problems->n == problems->capacity) {
        size_t capacity = problems->capacity ? 2 * problems->capacity : 16;
        problems->lines =
            (char **)hf_realloc(problems->lines, problems->n, capacity, sizeof(char *));
        problems->capacity = capacity;
    }
    problems->lines[problems->n++] = line;
}

void hf_problems_found(hf_problems *problems, const char *path, const char *found,
                       const char *allowed) {
    hf_problems_add(problems, path, "found %s; allowed %s", found, allowed);
}

void hf_problems_add(hf_problems *problems, const char *path, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    size_t n_path = strlen(path), n_text = n < 0 ? 0 : (size_t)n;
    char *line = HF_NEW(n_path + 2 + n_text + 1, char);
    memcpy(line, path, n_path);
    memcpy(line + n_path, ": ", 2);
    vsnprintf(line + n_path + 2, n_text + 1, format, again);
    va_end(again);
    va_end(args);
    append(problems, line);
}

void hf_problems_print(const hf_problems *problems, const char *file, FILE *stream) {
    for (size_t i = 0; i < problems->n; i++)
        fprintf(stream, "%s: %s\n", file, problems->lines[i]);
}
