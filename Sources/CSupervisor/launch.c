// Starting a command.
#define _GNU_SOURCE
#include "launch.h"
#include "supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/// Lowers a limit for good. A limit that is lower already stays.
static int lower_limit(int resource, rlim_t soft, rlim_t hard) {
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0) return -1;
    if (limit.rlim_max > hard) limit.rlim_max = hard;
    limit.rlim_cur = soft < limit.rlim_max ? soft : limit.rlim_max;
    return setrlimit(resource, &limit);
}

static int lower_limits(const struct order *order) {
    const unsigned long long memory = order->memory_bytes, files = order->file_bytes;
    const unsigned long long seconds = order->processor_seconds;
    if (lower_limit(RLIMIT_CORE, 0, 0) != 0) return -1;
    if (memory > 0 && lower_limit(RLIMIT_AS, memory, memory) != 0) return -1;
    if (files > 0 && lower_limit(RLIMIT_FSIZE, files, files) != 0) return -1;
    // SIGXCPU first, SIGKILL later.
    return seconds > 0 ? lower_limit(RLIMIT_CPU, seconds, seconds + 5) : 0;
}

/// Has the kernel choose the command, not the worker, when memory runs out. Not worth failing for.
static void offer_to_kernel(void) {
    const int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (file < 0) return;
    if (write(file, "800", 3) < 0) { /* it stays as it is */
    }
    close(file);
}

/// Standard input from nowhere, standard output and standard error into the log.
static int connect_streams(const char *log) {
    const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing < 0) return -1;
    const int file = open(log, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
    if (file < 0) return -1;
    return dup2(nothing, 0) < 0 || dup2(file, 1) < 0 || dup2(file, 2) < 0 ? -1 : 0;
}

/// The signals as a program expects them.
static void restore_signals(void) {
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

// A child has our memory until it becomes the command, while we wait: what it writes here, we read. Not a local variable,
// whose last values before `_exit` compilers take for useless.
static volatile int failed_step, failed_error;

struct launch_failure launch(const struct order *order, pid_t *process) {
    failed_step = 0;
    failed_error = 0;
    const pid_t supervisor = getpid();
    const pid_t child = vfork();
    if (child < 0) return (struct launch_failure){supervisor_step_fork, errno};
    if (child == 0) {
        setsid();
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != supervisor) _exit(127);
        restore_signals();
        offer_to_kernel();
        if (chdir(order->directory) != 0) {
            failed_step = supervisor_step_directory;
        } else if (connect_streams(order->log) != 0) {
            failed_step = supervisor_step_log;
        } else if (lower_limits(order) != 0) {
            failed_step = supervisor_step_limits;
        } else {
            execvpe(order->command[0], order->command, order->environment);
            failed_step = supervisor_step_exec;
        }
        failed_error = errno;
        _exit(127);
    }
    *process = child;
    if (failed_error != 0) waitpid(child, NULL, 0);
    return (struct launch_failure){failed_step, failed_error};
}
