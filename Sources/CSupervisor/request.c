// Reading an order.
#define _GNU_SOURCE
#include "launch.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { words_at_most = 1 << 15 };

// The words of the command, a null, the variables of the environment, a null.
static char *words[words_at_most];

/// The text at `*rest`, of which `*left` bytes are left, and moves on to the next; null when there is none.
static char *next_text(char **rest, size_t *left) {
    if (*left == 0) return NULL;
    char *text = *rest;
    const size_t size = strnlen(text, *left) + 1;
    if (size > *left) return NULL;
    *rest += size;
    *left -= size;
    return text;
}

/// A whole number from 0 on, or -1.
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

/// Whether `variable`, NAME=VALUE, is among the first `count` of `variables` with another value.
static int is_set(const char *variable, char **variables, size_t count) {
    const char *sign = strchr(variable, '=');
    if (sign == NULL) return 1;
    for (size_t index = 0; index < count; index++) {
        if (strncmp(variables[index], variable, (size_t)(sign - variable) + 1) == 0) return 1;
    }
    return 0;
}

int order_read(char *text, size_t length, struct order *order) {
    char *rest = text;
    size_t left = length;
    const long long grace = next_number(&rest, &left), memory = next_number(&rest, &left);
    const long long files = next_number(&rest, &left), processor = next_number(&rest, &left);
    const long long inherits = next_number(&rest, &left);
    order->directory = next_text(&rest, &left);
    order->log = next_text(&rest, &left);
    const long long count = next_number(&rest, &left);
    if (grace < 0 || memory < 0 || files < 0 || processor < 0 || inherits < 0 || count < 1) return EINVAL;
    if (count > words_at_most / 2) return E2BIG;
    order->grace_milliseconds = grace;
    order->memory_bytes = (unsigned long long)memory;
    order->file_bytes = (unsigned long long)files;
    order->processor_seconds = (unsigned long long)processor;

    size_t used = 0;
    order->command = words;
    for (; used < (size_t)count; used++) {
        if ((words[used] = next_text(&rest, &left)) == NULL) return EINVAL;
    }
    words[used++] = NULL;
    order->environment = words + used;
    size_t variables = 0;
    while (left > 0) {
        if (used + variables + 1 >= words_at_most) return E2BIG;
        if ((order->environment[variables++] = next_text(&rest, &left)) == NULL) return EINVAL;
    }
    const size_t own = variables;
    for (char **inherited = environ; inherits && inherited != NULL && *inherited != NULL; inherited++) {
        if (is_set(*inherited, order->environment, own)) continue;
        if (used + variables + 1 >= words_at_most) return E2BIG;
        order->environment[variables++] = *inherited;
    }
    order->environment[variables] = NULL;
    return 0;
}
