// Reads a request.
#define _GNU_SOURCE
#include "launch.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { max_words = 1 << 15 };

// The words of the command, NULL, the variables of the environment, NULL.
static char *words[max_words];

/// Returns the text at `*rest`, of which `*left` bytes are left, and advances to the next; NULL if there is none.
static char *next_text(char **rest, size_t *left) {
    if (*left == 0) return NULL;
    char *text = *rest;
    const size_t size = strnlen(text, *left) + 1;
    if (size > *left) return NULL;
    *rest += size;
    *left -= size;
    return text;
}

/// Returns the next text as a number; -1 if it is not a decimal number.
static long long next_number(char **rest, size_t *left) {
    const char *text = next_text(rest, left);
    if (text == NULL || *text == '\0') return -1;
    long long number = 0;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9' || number > (1LL << 58)) return -1;
        number = number * 10 + (*text - '0');
    }
    return number;
}

/// Whether the name of `variable`, NAME=VALUE, is among the first `count` of `variables`.
static int is_set(const char *variable, char **variables, size_t count) {
    const char *sign = strchr(variable, '=');
    if (sign == NULL) return 1;
    for (size_t index = 0; index < count; index++) {
        if (strncmp(variables[index], variable, (size_t)(sign - variable) + 1) == 0) return 1;
    }
    return 0;
}

int request_read(char *text, size_t length, struct request *request) {
    char *rest = text;
    size_t left = length;
    const long long grace = next_number(&rest, &left), memory = next_number(&rest, &left);
    const long long files = next_number(&rest, &left), processor = next_number(&rest, &left);
    const long long inherits = next_number(&rest, &left);
    request->directory = next_text(&rest, &left);
    request->log = next_text(&rest, &left);
    const long long count = next_number(&rest, &left);
    if (grace < 0 || memory < 0 || files < 0 || processor < 0 || inherits < 0 || count < 1) return EINVAL;
    if (count > max_words / 2) return E2BIG;
    request->grace_milliseconds = grace;
    request->memory_bytes = (unsigned long long)memory;
    request->file_bytes = (unsigned long long)files;
    request->processor_seconds = (unsigned long long)processor;

    size_t used = 0;
    request->command = words;
    for (; used < (size_t)count; used++) {
        if ((words[used] = next_text(&rest, &left)) == NULL) return EINVAL;
    }
    words[used++] = NULL;
    request->environment = words + used;
    size_t variables = 0;
    while (left > 0) {
        if (used + variables + 1 >= max_words) return E2BIG;
        if ((request->environment[variables++] = next_text(&rest, &left)) == NULL) return EINVAL;
    }
    const size_t own = variables;
    for (char **inherited = environ; inherits && inherited != NULL && *inherited != NULL; inherited++) {
        if (is_set(*inherited, request->environment, own)) continue;
        if (used + variables + 1 >= max_words) return E2BIG;
        request->environment[variables++] = *inherited;
    }
    request->environment[variables] = NULL;
    return 0;
}
