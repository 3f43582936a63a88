// Starts the program of its own name with a loader and libraries that lie beside it, and with nothing of the machine's.
//
//     FOLDER/bin/NAME ARGUMENT…  →  FOLDER/lib/loader --library-path FOLDER/lib FOLDER/programs/NAME ARGUMENT…
//
// Linked statically, it runs in any root file system, an empty one included. What it says of the libraries it says in the
// loader's arguments, so that nothing of it reaches what the program starts in turn. ATMOS_CA_FILE tells the worker of the
// authorities that lie there too; like everything that begins with ATMOS_, models do not see it.

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

// FOLDER/TAIL, in memory of its own.
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
    // The cache of the machine's libraries names others than ours.
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
