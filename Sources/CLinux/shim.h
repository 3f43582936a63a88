#ifndef ATMOS_CLINUX_SHIM_H
#define ATMOS_CLINUX_SHIM_H

#include <errno.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

// glibc (from 2.34 on) has these, but declares them for _GNU_SOURCE alone, which Swift's Glibc module is built without.
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);

/// Has the child close every descriptor from `from` on.
static inline int spawn_actions_add_close_from(posix_spawn_file_actions_t *actions, int from) {
    return posix_spawn_file_actions_addclosefrom_np(actions, from);
}

/// Has the child change into `path`.
static inline int spawn_actions_add_chdir(posix_spawn_file_actions_t *actions, const char *path) {
    return posix_spawn_file_actions_addchdir_np(actions, path);
}

/// Has the child lead a session of its own (POSIX_SPAWN_SETSID).
static inline int spawn_attributes_set_session(posix_spawnattr_t *attributes) {
    return posix_spawnattr_setflags(attributes, 0x80);
}

/// Lowers a limit of another process of ours to `value`, for good. A limit that is lower already stays.
///
/// Returns 0, or an error number.
static inline int process_lower_limit(pid_t process, int resource, unsigned long long value) {
    unsigned long long limits[2]; // struct rlimit64: soft, hard
    if (syscall(SYS_prlimit64, process, resource, (void *)0, limits) != 0) return errno;
    if (limits[1] > value) limits[1] = value;
    limits[0] = limits[1];
    return syscall(SYS_prlimit64, process, resource, limits, (void *)0) == 0 ? 0 : errno;
}

/// Lowers the limit of a process's address space, in bytes.
static inline int process_limit_memory(pid_t process, unsigned long long bytes) {
    return process_lower_limit(process, RLIMIT_AS, bytes);
}

/// Lowers the limit of the files that a process writes, in bytes each.
static inline int process_limit_files(pid_t process, unsigned long long bytes) {
    return process_lower_limit(process, RLIMIT_FSIZE, bytes);
}

/// Has a process leave no core file.
static inline int process_limit_core(pid_t process) {
    return process_lower_limit(process, RLIMIT_CORE, 0);
}

#endif
