#ifndef ATMOS_SUPERVISOR_CLEANUP_H
#define ATMOS_SUPERVISOR_CLEANUP_H

/// Sends SIGKILL to the processes that commands of this process have left.
///
/// They are children of this process, which adopts every process whose parent has ended. Each call reaches one
/// generation; in the first process of a container it reaches all processes.
void kill_descendants(void);

/// The number of processes that the kernel has killed because this container ran out of memory; 0 if it is unknown.
long count_oom_kills(void);

/// A number that changes when a command leaves something in this container for the next one: files in `/dev`, shared
/// memory, semaphores, message queues. 0 outside of a container, because other programs of a machine use these, too.
unsigned long container_fingerprint(void);

#endif
