#ifndef ATMOS_SUPERVISOR_LAUNCH_H
#define ATMOS_SUPERVISOR_LAUNCH_H

#include <sys/types.h>

/// A worker's request to run a command.
struct request {
    long long grace_milliseconds;
    unsigned long long memory_bytes;
    unsigned long long file_bytes;
    unsigned long long processor_seconds;
    const char *directory;
    const char *log;
    char **command;
    char **environment;
};

/// The step at which a start failed, and its error number; `error` is 0 for success.
struct launch_failure {
    int step;
    int error;
};

/// Reads a request. The texts are not copied: they stay in `text`, which ends with a zero byte.
///
/// Returns 0 or an error number.
int request_read(char *text, size_t length, struct request *request);

/// Starts the command in a separate session. The kernel ends it when this process dies.
struct launch_failure launch(const struct request *request, pid_t *process);

#endif
