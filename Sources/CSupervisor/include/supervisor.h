#ifndef ATMOS_SUPERVISOR_H
#define ATMOS_SUPERVISOR_H

#include <sys/types.h>

// The supervisor is a process between a worker and a model. It runs one command after the other as requested and within
// limits. A command is over when no process of it is left. When the worker's end of the connection closes, for any
// reason, everything ends.
//
// For a worker's processes it is a fork of the worker. In a container it is the first process, a separate, statically
// linked program, so that the image need not contain anything for it. It uses no allocated memory, nor anything else
// that a fork of a multi-threaded process must not touch.
//
// The connection is a Unix socket of messages (SOCK_SEQPACKET). Requests begin with a letter:
//   R  runs a command. Texts follow, each ended by a zero byte:
//        milliseconds between SIGTERM and SIGKILL
//        limit of each process's memory in bytes; 0 for none
//        limit of each file's size in bytes; 0 for none
//        limit of each process's processor time in seconds; 0 for none
//        1 to inherit the supervisor's environment, otherwise 0
//        the working directory; the name of the existing log in it
//        the number of words of the command; the words; then NAME=VALUE of the environment
//   T  terminates the command: SIGTERM to its process group, and after the time above SIGKILL to all its processes.
//      Has no effect if no command runs.
//
// Replies, in words:
//   ready                          once, at the beginning
//   started PID                    the command runs, as the leader of a separate session
//   failed STEP ERRNO              it could not be started; STEP is one of enum supervisor_step
//   ended HOW N CPU PEAK OOM SURVIVORS CONTAMINATED
//                                  it is over. HOW N is `exit STATUS` or `signal NUMBER`; CPU is milliseconds of
//                                  processor time; PEAK the largest process in KiB; OOM whether the kernel killed a
//                                  process because this container ran out of memory; SURVIVORS whether processes could
//                                  not be ended; CONTAMINATED whether the container has changed

/// The step at which the start of a command failed.
enum supervisor_step {
    supervisor_step_request = 1, // the request was invalid or too large
    supervisor_step_fork = 2,
    supervisor_step_directory = 3,
    supervisor_step_log = 4,
    supervisor_step_limits = 5,
    supervisor_step_exec = 6,
};

/// Forks a supervisor.
///
/// Returns the worker's end of the connection, which no child inherits, and stores the process ID in `process`. Returns
/// -1 and sets errno on failure.
int supervisor_fork(pid_t *process);

/// Serves until the other end of `connection` closes. Returns when no process is left.
void supervisor_serve(int connection);

#endif
