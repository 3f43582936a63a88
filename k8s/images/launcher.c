// Starts the program of the same name with the bundled loader and libraries, independent of the system's.
//
//     FOLDER/bin/NAME ARGUMENT…  →  FOLDER/lib/loader --library-path FOLDER/lib FOLDER/programs/NAME ARGUMENT…
//
// Linked statically, it runs in any root file system, even an empty one. The library path is an argument of the loader, so
// that child processes do not inherit it. ATMOS_CA_FILE names the bundled authorities for the worker; models do not see
// it, like all variables that begin with ATMOS_.

#define _GNU_SOURCE
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void fail(const char *what) {
    perror(what);
    exit(127);
}

// FOLDER/TAIL, in allocated memory.
static char *path(const char *folder, const char *tail) {
    char *text = NULL;
    if (asprintf(&text, "%s/%s", folder, tail) < 0) fail("launcher: out of memory");
    return text;
}

int main(int count, char **arguments) {
    char own[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", own, sizeof own - 1);
    if (length < 0) fail("launcher: /proc/self/exe");
    own[length] = 0;

    char *name = strrchr(own, '/');
    *name++ = 0;
    char *end = strrchr(own, '/');
    if (end == NULL) fail("launcher: it must lie in a folder bin");
    *end = 0;
    setenv("ATMOS_CA_FILE", path(own, "ca-certificates.crt"), 0);

    char **call = calloc((size_t)count + 8, sizeof *call);
    if (call == NULL) fail("launcher: out of memory");
    int n = 0;
    call[n++] = path(own, "lib/loader");
    // The system's library cache names other libraries.
    call[n++] = "--inhibit-cache";
    call[n++] = "--library-path";
    call[n++] = path(own, "lib");
    call[n++] = "--argv0";
    call[n++] = count > 0 ? arguments[0] : name;
    call[n++] = path(own, path("programs", name));
    for (int i = 1; i < count; i++) call[n++] = arguments[i];
    execv(call[0], call);
    fail(call[0]);
}
