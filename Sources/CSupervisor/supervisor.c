// The supervisor's connection and its one command at a time.
#define _GNU_SOURCE
#include "supervisor.h"
#include "launch.h"
#include "remains.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { message_at_most = 1 << 18, last_wait_milliseconds = 10000, out_of_memory_milliseconds = 200 };

static char message[message_at_most];

/// The command that runs.
struct run {
    pid_t process;         // 0 when there is none
    int is_over;           // its own process has exited
    int status;            // with this
    int64_t kill_at;       // milliseconds; 0 for never
    int64_t give_up_at;    // milliseconds; when the last process should have ended long ago
    long long grace_milliseconds;
    int64_t processor_microseconds;
    long peak_kibibytes;
    long out_of_memory;
    unsigned long traces;
};

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/// Sends a word and numbers. Whether anybody hears it shows at the next reading.
static void say(int connection, const char *word, const int64_t *numbers, size_t count) {
    char line[256];
    size_t length = strlen(word);
    memcpy(line, word, length);
    for (size_t index = 0; index < count; index++) {
        char digits[24];
        size_t used = 0;
        uint64_t rest = numbers[index] < 0 ? 0 : (uint64_t)numbers[index];
        do {
            digits[used++] = (char)('0' + rest % 10);
            rest /= 10;
        } while (rest > 0);
        line[length++] = ' ';
        while (used > 0) line[length++] = digits[--used];
    }
    while (send(connection, line, length, MSG_NOSIGNAL) < 0 && errno == EINTR) continue;
}

static void begin(int connection, struct run *run, size_t length) {
    struct order order;
    const int error = length > sizeof message ? E2BIG : order_read(message + 1, length - 1, &order);
    struct launch_failure failure = {supervisor_step_order, error};
    memset(run, 0, sizeof *run);
    if (error == 0) {
        run->out_of_memory = remains_out_of_memory();
        run->traces = remains_traces();
        run->grace_milliseconds = order.grace_milliseconds;
        failure = launch(&order, &run->process);
    }
    if (failure.error != 0) {
        run->process = 0;
        say(connection, "failed", (int64_t[]){failure.step, failure.error}, 2);
    } else {
        say(connection, "started", (int64_t[]){run->process}, 1);
    }
}

/// Asks the command to end.
static void ask(struct run *run) {
    if (run->process == 0 || run->is_over || run->kill_at != 0) return;
    kill(-run->process, SIGTERM);
    run->kill_at = now() + run->grace_milliseconds;
}

/// Takes note of what has exited; true when nothing is left.
static int reap(struct run *run) {
    struct rusage usage;
    int status;
    pid_t process;
    while ((process = wait4(-1, &status, WNOHANG, &usage)) > 0) {
        if (run->process == 0) continue;
        run->processor_microseconds += ((int64_t)usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000
            + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
        if (usage.ru_maxrss > run->peak_kibibytes) run->peak_kibibytes = usage.ru_maxrss;
        if (process != run->process) continue;
        run->is_over = 1;
        run->status = status;
        run->give_up_at = now() + last_wait_milliseconds;
    }
    return process < 0 && errno == ECHILD;
}

static void report(int connection, struct run *run, int left) {
    const int signaled = WIFSIGNALED(run->status);
    const int64_t numbers[] = {
        signaled ? WTERMSIG(run->status) : WEXITSTATUS(run->status),
        run->processor_microseconds / 1000,
        run->peak_kibibytes,
        remains_out_of_memory() > run->out_of_memory,
        left,
        remains_traces() != run->traces,
    };
    run->process = 0;
    say(connection, signaled ? "ended signal" : "ended exit", numbers, sizeof numbers / sizeof *numbers);
}

/// Does what is due after something has happened or some time has gone by; returns how long the next wait may be.
static int proceed(int connection, struct run *run) {
    const int nothing_left = reap(run);
    if (run->process == 0) return -1;
    const int64_t time = now();
    const int is_container = getpid() == 1;
    if (run->is_over) {
        if (nothing_left || time >= run->give_up_at) {
            report(connection, run, !nothing_left);
            return -1;
        }
        remains_kill();
        return 1;
    }
    if (run->kill_at == 0 && is_container) {
        // Without the process that the kernel chose to end, the others may go on or wait for ever.
        if (remains_out_of_memory() > run->out_of_memory) ask(run);
        return out_of_memory_milliseconds;
    }
    if (run->kill_at == 0) return -1;
    if (time < run->kill_at) return (int)(run->kill_at - time);
    kill(-run->process, SIGKILL);
    run->kill_at = time + 100;
    return 100;
}

/// Hears what the worker says; false when it is gone.
static int hear(int connection, struct run *run) {
    const ssize_t length = recv(connection, message, sizeof message, MSG_TRUNC);
    if (length <= 0) return length < 0 && errno == EINTR;
    if (message[0] == 'R' && run->process == 0) begin(connection, run, (size_t)length);
    if (message[0] == 'T') ask(run);
    return 1;
}

/// Ends everything.
static void leave(struct run *run) {
    const int64_t deadline = now() + last_wait_milliseconds;
    if (run->process != 0 && !run->is_over) kill(-run->process, SIGKILL);
    while (!reap(run) && now() < deadline) {
        remains_kill();
        poll(NULL, 0, 1);
    }
}

/// Ignores what is meant for the worker, and has the exit of children as something to wait for.
static int prepare_signals(void) {
    sigset_t children;
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
    for (const int *ignored = (int[]){SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE, 0}; *ignored != 0; ignored++) {
        signal(*ignored, SIG_IGN);
    }
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    sigprocmask(SIG_SETMASK, &children, NULL);
    return signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
}

void supervisor_serve(int connection) {
    // Processes whose parents have ended become children of this one, so that none can hide.
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    // Nothing that runs as the same user can take this process over.
    prctl(PR_SET_DUMPABLE, 0);
    const int exits = prepare_signals();
    struct pollfd events[] = {{connection, POLLIN, 0}, {exits, POLLIN, 0}};
    struct run run = {0};
    say(connection, "ready", NULL, 0);
    for (;;) {
        const int wait = proceed(connection, &run);
        if (poll(events, 2, wait) < 0 && errno != EINTR) break;
        if (events[1].revents != 0) {
            struct signalfd_siginfo information;
            while (read(exits, &information, sizeof information) > 0) continue;
        }
        if (events[0].revents != 0 && !hear(connection, &run)) break;
    }
    leave(&run);
}

/// What remains of the worker that this process is a copy of: nothing but the connection.
static void become_supervisor(int connection) {
    prctl(PR_SET_NAME, "atmos-models");
    setsid();
    dup2(connection, 3);
    close_range(4, ~0U, 0);
    const int nowhere = open("/dev/null", O_RDWR);
    for (int stream = 0; stream < 3; stream++) dup2(nowhere, stream);
    if (nowhere > 3) close(nowhere);
    fcntl(3, F_SETFD, FD_CLOEXEC);
    if (chdir("/") != 0) _exit(1);
    supervisor_serve(3);
    _exit(0);
}

int supervisor_fork(pid_t *process) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return -1;
    sigset_t all, before;
    sigfillset(&all);
    // None of the worker's signal handlers runs in the copy.
    pthread_sigmask(SIG_SETMASK, &all, &before);
    *process = fork();
    if (*process == 0) become_supervisor(ends[1]);
    const int error = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(ends[1]);
    if (*process < 0) {
        close(ends[0]);
        errno = error;
        return -1;
    }
    return ends[0];
}
