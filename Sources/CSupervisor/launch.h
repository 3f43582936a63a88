#ifndef ATMOS_SUPERVISOR_LAUNCH_H
#define ATMOS_SUPERVISOR_LAUNCH_H

#include <sys/types.h>

/// A command to run, as a worker tells it.
struct order {
    long long grace_milliseconds;
    unsigned long long memory_bytes;
    unsigned long long file_bytes;
    unsigned long long processor_seconds;
    const char *directory;
    const char *log;
    char **command;
    char **environment;
};

/// What a start failed at, and why; `error` is 0 for a start that did not fail.
struct launch_failure {
    int step;
    int error;
};

/// Reads an order. The texts stay where they are, in `text`, which ends with a zero byte.
///
/// Returns 0, or an error number.
int order_read(char *text, size_t length, struct order *order);

/// Starts the command in a session of its own. The kernel ends it when this process dies.
struct launch_failure launch(const struct order *order, pid_t *process);

#endif
