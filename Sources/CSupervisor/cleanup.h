#ifndef ATMOS_SUPERVISOR_REMAINS_H
#define ATMOS_SUPERVISOR_REMAINS_H

/// Ends every process that the commands of this process have left behind.
///
/// They are its children, however they came about: it adopts those whose parents have ended. Each call reaches one
/// generation, or as the first process of a container all of them.
void remains_kill(void);

/// How often the kernel ended a process because this container ran out of memory; 0 where that cannot be told.
long remains_out_of_memory(void);

/// A number that changes when a command leaves anything in this container for the next one: files in `/dev`, shared
/// memory, semaphores, message queues. 0 outside of a container: what a machine holds is not a command's alone.
unsigned long remains_traces(void);

#endif
