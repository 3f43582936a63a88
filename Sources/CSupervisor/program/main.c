// The supervisor as a program: the first process of a container.
//
// Usage: model-supervisor SOCKET
//
// Connects to the worker's Unix socket and serves it. Exits with 0 when the worker has ended.
#define _GNU_SOURCE
#include "supervisor.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

int main(int count, char **arguments) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (count != 2 || strlen(arguments[1]) >= sizeof address.sun_path) {
        fprintf(stderr, "usage: model-supervisor SOCKET\n");
        return 64;
    }
    strcpy(address.sun_path, arguments[1]);
    const int connection = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (connection < 0 || connect(connection, (struct sockaddr *)&address, sizeof address) != 0) {
        perror("model-supervisor: cannot reach the worker");
        return 69;
    }
    supervisor_serve(connection);
    return 0;
}
