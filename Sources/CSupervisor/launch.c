// Starts a command.
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

/// Lowers a limit permanently. A lower limit stays unchanged.
static int lower_limit(int resource, rlim_t soft, rlim_t hard) {
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0) return -1;
    if (limit.rlim_max > hard) limit.rlim_max = hard;
    limit.rlim_cur = soft < limit.rlim_max ? soft : limit.rlim_max;
    return setrlimit(resource, &limit);
}

static int lower_limits(const struct request *request) {
    const unsigned long long memory = request->memory_bytes, files = request->file_bytes;
    const unsigned long long seconds = request->processor_seconds;
    if (lower_limit(RLIMIT_CORE, 0, 0) != 0) return -1;
    if (memory > 0 && lower_limit(RLIMIT_AS, memory, memory) != 0) return -1;
    if (files > 0 && lower_limit(RLIMIT_FSIZE, files, files) != 0) return -1;
    // SIGXCPU first, SIGKILL five seconds later.
    return seconds > 0 ? lower_limit(RLIMIT_CPU, seconds, seconds + 5) : 0;
}

/// Makes the kernel kill the command rather than the worker if memory runs out. Failures are ignored.
static void prefer_for_oom_kill(void) {
    const int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (file < 0) return;
    if (write(file, "800", 3) < 0) { /* unchanged */
    }
    close(file);
}

/// Connects standard input to /dev/null, and standard output and standard error to the log.
static int connect_streams(const char *log) {
    const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null < 0) return -1;
    const int file = open(log, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
    if (file < 0) return -1;
    return dup2(null, 0) < 0 || dup2(file, 1) < 0 || dup2(file, 2) < 0 ? -1 : 0;
}

/// Resets signals to the defaults that programs expect.
static void restore_signals(void) {
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

// After vfork the child shares this memory until it executes the command, while the parent waits: the child reports its
// failure here. Not local variables, because compilers drop writes to those before `_exit`.
static volatile int failed_step, failed_error;

struct launch_failure launch(const struct request *request, pid_t *process) {
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
        prefer_for_oom_kill();
        if (chdir(request->directory) != 0) {
            failed_step = supervisor_step_directory;
        } else if (connect_streams(request->log) != 0) {
            failed_step = supervisor_step_log;
        } else if (lower_limits(request) != 0) {
            failed_step = supervisor_step_limits;
        } else {
            execvpe(request->command[0], request->command, request->environment);
            failed_step = supervisor_step_exec;
        }
        failed_error = errno;
        _exit(127);
    }
    *process = child;
    if (failed_error != 0) waitpid(child, NULL, 0);
    return (struct launch_failure){failed_step, failed_error};
}
