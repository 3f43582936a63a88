#ifndef ATMOS_SUPERVISOR_H
#define ATMOS_SUPERVISOR_H

#include <sys/types.h>

// The supervisor is a process between a worker and a model. It starts one command after the other in the way and within
// the limits that it is told to, and it is done with one when nothing of it runs any more. When the worker's end of the
// connection closes, whatever closed it, everything ends.
//
// Beside a worker it is a fork of it. As the first process of a container it is a program of its own, linked statically,
// so that the container's image need not hold anything for its sake. It makes no use of memory that is allocated, nor of
// anything else that a fork of a process with many threads must not touch.
//
// The connection is a Unix socket of messages (SOCK_SEQPACKET). What the supervisor is told begins with a letter:
//   R  runs a command. Texts follow, each ended by a zero byte:
//        milliseconds between SIGTERM and SIGKILL
//        the most memory of each process in bytes; 0 for any
//        the most bytes of each file; 0 for any
//        the most seconds of processor time of each process; 0 for any
//        1 to inherit the supervisor's environment, 0 not to
//        the working directory; the name of the log in it, which exists
//        the number of words of the command; the words; then NAME=VALUE of the environment
//   T  ends the command: SIGTERM to its process group, and SIGKILL to everything when the time between is over.
//      Means nothing when there is none.
//
// What it says, in words:
//   ready                          once, at the beginning
//   started PID                    the command runs, as the leader of a session of its own
//   failed STEP ERRNO              it could not be started; STEP is one of enum supervisor_step
//   ended HOW N CPU PEAK OOM LEFT DIRTY
//                                  it is over. HOW N is `exit STATUS` or `signal NUMBER`; CPU is milliseconds of
//                                  processor time; PEAK the largest process in KiB; OOM whether the kernel ran out of
//                                  the memory that this container may have; LEFT the number of processes that could
//                                  not be ended; DIRTY whether a container is not as it was before

/// What a command's start failed at.
enum supervisor_step {
    supervisor_step_order = 1, // what was told made no sense, or was too much
    supervisor_step_fork = 2,
    supervisor_step_directory = 3,
    supervisor_step_log = 4,
    supervisor_step_limits = 5,
    supervisor_step_exec = 6,
};

/// Forks a supervisor.
///
/// Returns our end of the connection, which no child inherits, and puts its process number into `process`; or returns -1
/// and sets errno.
int supervisor_fork(pid_t *process);

/// Serves until the other end of `connection` closes. Returns when nothing runs any more.
void supervisor_serve(int connection);

#endif
