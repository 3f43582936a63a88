// The supervisor's connection and its commands, one at a time.
#define _GNU_SOURCE
#include "supervisor.h"
#include "launch.h"
#include "cleanup.h"

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

enum { max_message_bytes = 1 << 18, max_exit_wait_milliseconds = 10000, oom_poll_milliseconds = 200 };

static char message[max_message_bytes];

/// The running command.
struct run {
    pid_t process;      // 0 if there is none
    int has_exited;     // its main process has exited
    int status;         // the status of that
    int64_t kill_at;    // milliseconds; 0 for never
    int64_t give_up_at; // milliseconds; processes that are left by then cannot be ended
    long long grace_milliseconds;
    int64_t processor_microseconds;
    long peak_kibibytes;
    long oom_kills;            // at the start
    unsigned long fingerprint; // of the container at the start
};

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/// Sends a word and numbers. If the worker has ended, the next read fails.
static void reply(int connection, const char *word, const int64_t *numbers, size_t count) {
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

/// Starts the command of the request in `message`.
static void start(int connection, struct run *run, size_t length) {
    struct request request;
    const int error = length > sizeof message ? E2BIG : request_read(message + 1, length - 1, &request);
    struct launch_failure failure = {supervisor_step_request, error};
    memset(run, 0, sizeof *run);
    if (error == 0) {
        run->oom_kills = count_oom_kills();
        run->fingerprint = container_fingerprint();
        run->grace_milliseconds = request.grace_milliseconds;
        failure = launch(&request, &run->process);
    }
    if (failure.error != 0) {
        run->process = 0;
        reply(connection, "failed", (int64_t[]){failure.step, failure.error}, 2);
    } else {
        reply(connection, "started", (int64_t[]){run->process}, 1);
    }
}

/// Sends SIGTERM to the command; SIGKILL follows after the grace.
static void terminate(struct run *run) {
    if (run->process == 0 || run->has_exited || run->kill_at != 0) return;
    kill(-run->process, SIGTERM);
    run->kill_at = now() + run->grace_milliseconds;
}

/// Collects exited children; returns true if none is left.
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
        run->has_exited = 1;
        run->status = status;
        run->give_up_at = now() + max_exit_wait_milliseconds;
    }
    return process < 0 && errno == ECHILD;
}

static void report_end(int connection, struct run *run, int has_survivors) {
    const int signaled = WIFSIGNALED(run->status);
    const int64_t numbers[] = {
        signaled ? WTERMSIG(run->status) : WEXITSTATUS(run->status),
        run->processor_microseconds / 1000,
        run->peak_kibibytes,
        count_oom_kills() > run->oom_kills,
        has_survivors,
        container_fingerprint() != run->fingerprint,
    };
    run->process = 0;
    reply(connection, signaled ? "ended signal" : "ended exit", numbers, sizeof numbers / sizeof *numbers);
}

/// Does everything that is due after an event or a wait. Returns the longest next wait in milliseconds, -1 for any.
static int advance(int connection, struct run *run) {
    const int is_complete = reap(run);
    if (run->process == 0) return -1;
    const int64_t time = now();
    const int is_container = getpid() == 1;
    if (run->has_exited) {
        if (is_complete || time >= run->give_up_at) {
            report_end(connection, run, !is_complete);
            return -1;
        }
        kill_descendants();
        return 1;
    }
    if (run->kill_at == 0 && is_container) {
        // Without the process that the kernel killed, the others may continue or wait for ever.
        if (count_oom_kills() > run->oom_kills) terminate(run);
        return oom_poll_milliseconds;
    }
    if (run->kill_at == 0) return -1;
    if (time < run->kill_at) return (int)(run->kill_at - time);
    kill(-run->process, SIGKILL);
    run->kill_at = time + 100;
    return 100;
}

/// Receives a request; returns false if the worker has ended.
static int receive(int connection, struct run *run) {
    const ssize_t length = recv(connection, message, sizeof message, MSG_TRUNC);
    if (length <= 0) return length < 0 && errno == EINTR;
    if (message[0] == 'R' && run->process == 0) start(connection, run, (size_t)length);
    if (message[0] == 'T') terminate(run);
    return 1;
}

/// Ends all processes.
static void shut_down(struct run *run) {
    const int64_t deadline = now() + max_exit_wait_milliseconds;
    if (run->process != 0 && !run->has_exited) kill(-run->process, SIGKILL);
    while (!reap(run) && now() < deadline) {
        kill_descendants();
        poll(NULL, 0, 1);
    }
}

/// Ignores signals for the worker, and returns a file descriptor that reports exits of children.
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
    // Processes whose parents have ended become children of this one, so that it can end all of them.
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    // Other processes of the same user cannot take control of this one.
    prctl(PR_SET_DUMPABLE, 0);
    const int exits = prepare_signals();
    struct pollfd events[] = {{connection, POLLIN, 0}, {exits, POLLIN, 0}};
    struct run run = {0};
    reply(connection, "ready", NULL, 0);
    for (;;) {
        const int wait = advance(connection, &run);
        if (poll(events, 2, wait) < 0 && errno != EINTR) break;
        if (events[1].revents != 0) {
            struct signalfd_siginfo information;
            while (read(exits, &information, sizeof information) > 0) continue;
        }
        if (events[0].revents != 0 && !receive(connection, &run)) break;
    }
    shut_down(&run);
}

/// Turns this copy of the worker into a supervisor: closes everything except the connection.
static void become_supervisor(int connection) {
    prctl(PR_SET_NAME, "atmos-models");
    setsid();
    dup2(connection, 3);
    close_range(4, ~0U, 0);
    const int null = open("/dev/null", O_RDWR);
    for (int stream = 0; stream < 3; stream++) dup2(null, stream);
    if (null > 3) close(null);
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
    // The worker's signal handlers must not run in the copy.
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
