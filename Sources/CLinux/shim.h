#ifndef ATMOS_CLINUX_SHIM_H
#define ATMOS_CLINUX_SHIM_H

#include <spawn.h>

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

#endif
