// The upper limit for LeaseQueue: the same scripts with the same arguments, called from C over hiredis, one call after the
// other. Of the replies it keeps only what the next call needs.
//
// Usage: queue-client SOCKET NAMESPACE CONSUMER OPERATION BATCH JOBS FIRST SCRIPT
//
//   OPERATION  enqueue   puts JOBS jobs with the ids from FIRST on into the queue
//              separate  leases a batch, then completes it
//              fused     completes a batch and leases the next in one call
//              extend    leases one batch, extends it again and again, and completes it
//              ceiling   like fused, but by redis-benchmark: SCRIPT finds the outcomes by itself
//   SCRIPT     files with the scripts: finish_and_lease; for enqueue its script; for extend finish_and_lease and extend
//
// Prints jobs, seconds, and seconds of CPU; with `ceiling` what redis-benchmark prints.
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { MAXIMUM_BATCH = 1000, KEY_COUNT = 21, ID_LENGTH = 32, PAYLOAD_LENGTH = 100 };

// Where the keys are in the list of finish_and_lease.lua, from 0.
enum { CONTROL, FINISHED, CONSUMERS, JOBS, WAKE, RATES, HELD, LEASES, READY_5 = 15 };

static redisContext *context;
static char keys[KEY_COUNT][256];
static const char *arguments[5 * MAXIMUM_BATCH + 64];
static size_t lengths[5 * MAXIMUM_BATCH + 64];
static int argument_count;

static char ids[MAXIMUM_BATCH][ID_LENGTH + 1];
static char tokens[MAXIMUM_BATCH][24];
static int held;
// The number of the last request; numbers are unique, like those of the library.
static long long request;

static void fail(const char *reason) {
    fprintf(stderr, "queue-client: %s\n", reason);
    exit(1);
}

static void add_bytes(const char *bytes, size_t length) {
    arguments[argument_count] = bytes;
    lengths[argument_count++] = length;
}

static void add(const char *text) { add_bytes(text, strlen(text)); }

static redisReply *call(void) {
    redisReply *reply = redisCommandArgv(context, argument_count, arguments, lengths);
    if (!reply) fail(context->errstr);
    if (reply->type == REDIS_REPLY_ERROR) fail(reply->str);
    return reply;
}

static char *load(const char *path) {
    FILE *file = fopen(path, "r");
    if (!file) fail("a script cannot be read");
    static char source[1 << 18];
    size_t length = fread(source, 1, sizeof source, file);
    fclose(file);
    argument_count = 0;
    add("SCRIPT");
    add("LOAD");
    add_bytes(source, length);
    redisReply *reply = call();
    char *digest = strdup(reply->str);
    freeReplyObject(reply);
    return digest;
}

// The keys of finish_and_lease.lua, as its head lists them.
static void name_keys(const char *space, const char *consumer) {
    const char *names[] = {"consumers", "jobs", "wake", "rates", "held", "leases", "delayed", "dead", "errors"};
    snprintf(keys[CONTROL], sizeof keys[0], "{%s}:control", space);
    snprintf(keys[FINISHED], sizeof keys[0], "{%s}:benchmark:finished:%s", space, consumer);
    for (int i = 0; i < 9; i++) snprintf(keys[CONSUMERS + i], sizeof keys[0], "{%s}:benchmark:%s", space, names[i]);
    for (int i = 0; i < 10; i++) snprintf(keys[11 + i], sizeof keys[0], "{%s}:benchmark:ready:%d", space, 9 - i);
}

// The arguments of a run of finish_and_lease.lua that ends `outcomes` leases, up to their ids, and leases `count` jobs.
static void begin_finish_and_lease(const char *digest, const char *consumer, const char *count, const char *outcomes) {
    static char kinds[MAXIMUM_BATCH];
    static char key_count[8], request_text[24];
    memset(kinds, 'c', sizeof kinds);
    snprintf(key_count, sizeof key_count, "%d", KEY_COUNT);
    snprintf(request_text, sizeof request_text, "%lld", ++request);
    argument_count = 0;
    add("EVALSHA");
    add(digest);
    add(key_count);
    for (int i = 0; i < KEY_COUNT; i++) add(keys[i]);
    const char *settings[] = {"benchmark", consumer, count, "600000", "3", "3", request_text, "1", "0", outcomes};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) add(settings[i]);
    add_bytes(kinds, held);
    add("0");
    add("0");
}

// Ends what is held and leases `count` jobs.
static void finish_and_lease(const char *digest, const char *consumer, int count) {
    char count_text[16], held_text[16];
    snprintf(count_text, sizeof count_text, "%d", count);
    snprintf(held_text, sizeof held_text, "%d", held);
    begin_finish_and_lease(digest, consumer, count_text, held_text);
    for (int i = 0; i < held; i++) add_bytes(ids[i], ID_LENGTH);
    for (int i = 0; i < held; i++) add(tokens[i]);
    redisReply *reply = call();
    held = (reply->elements - 4) / 2;
    long long token = held ? atoll(reply->element[3]->str) : 0;
    for (int i = 0; i < held; i++) {
        memcpy(ids[i], reply->element[4 + 2 * i]->str, ID_LENGTH);
        snprintf(tokens[i], sizeof tokens[i], "%016lld", token + i);
    }
    freeReplyObject(reply);
}

static void extend(const char *digest, const char *consumer) {
    char held_text[16];
    snprintf(held_text, sizeof held_text, "%d", held);
    argument_count = 0;
    const char *head[] = {"EVALSHA",   digest,   "4", keys[CONTROL], keys[HELD], keys[LEASES], keys[CONSUMERS],
                          "benchmark", consumer, "0", "600000",      held_text};
    for (size_t i = 0; i < sizeof head / sizeof *head; i++) add(head[i]);
    for (int i = 0; i < held; i++) add_bytes(ids[i], ID_LENGTH);
    for (int i = 0; i < held; i++) add(tokens[i]);
    freeReplyObject(call());
}

static void enqueue(const char *digest, int batch, long first) {
    static char payload[PAYLOAD_LENGTH];
    memset(payload, 'x', sizeof payload);
    argument_count = 0;
    const char *head[] = {"EVALSHA",   digest,      "5",           keys[CONTROL], keys[JOBS],
                          keys[WAKE], keys[RATES], keys[READY_5], "benchmark",   "-1"};
    for (size_t i = 0; i < sizeof head / sizeof *head; i++) add(head[i]);
    for (int i = 0; i < batch; i++) {
        snprintf(ids[i], sizeof ids[i], "%0*ld", ID_LENGTH, first + i);
        add("5");
        add("5");
        add("0");
        add_bytes(ids[i], ID_LENGTH);
        add_bytes(payload, sizeof payload);
    }
    freeReplyObject(call());
}

static void run_redis_benchmark(const char *socket, const char *digest, const char *consumer, int batch, long jobs) {
    char count_text[16], calls[24];
    snprintf(count_text, sizeof count_text, "%d", batch);
    snprintf(calls, sizeof calls, "%ld", jobs / batch);
    held = batch;
    begin_finish_and_lease(digest, consumer, count_text, "0");
    const char *command[KEY_COUNT + 32] = {"redis-benchmark", "-s", socket, "-c", "1", "-n", calls, "--csv"};
    int count = 8;
    for (int i = 0; i < argument_count; i++) command[count++] = strndup(arguments[i], lengths[i]);
    command[count] = NULL;
    execvp(command[0], (char *const *)command);
    fail("redis-benchmark cannot be run");
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

static double cpu_seconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_utime.tv_sec + usage.ru_utime.tv_usec / 1e6 + usage.ru_stime.tv_sec + usage.ru_stime.tv_usec / 1e6;
}

int main(int count, char **words) {
    if (count < 9) fail("see the head of queue-client.c for the arguments");
    const char *consumer = words[3], *operation = words[4];
    int batch = atoi(words[5]);
    long jobs = atol(words[6]), first = atol(words[7]), done = 0;
    if (batch < 1 || batch > MAXIMUM_BATCH) fail("a batch has 1 to 1000 jobs");
    name_keys(words[2], consumer);
    // Numbers that no other client has: clients are children of one process, so their own numbers differ.
    request = (long long)getpid() << 24;
    context = redisConnectUnix(words[1]);
    if (!context || context->err) fail("there is no server at this socket");
    char *script = load(words[8]), *second = count > 9 ? load(words[9]) : NULL;

    if (!strcmp(operation, "ceiling")) run_redis_benchmark(words[1], script, consumer, batch, jobs);
    if (!strcmp(operation, "fused") || !strcmp(operation, "extend")) finish_and_lease(script, consumer, batch);
    double start = seconds(), cpu = cpu_seconds();
    for (; done < jobs; done += batch) {
        if (!strcmp(operation, "enqueue")) {
            enqueue(script, batch, first + done);
        } else if (!strcmp(operation, "extend") && second) {
            extend(second, consumer);
        } else if (!strcmp(operation, "separate")) {
            finish_and_lease(script, consumer, batch);
            finish_and_lease(script, consumer, 0);
        } else {
            finish_and_lease(script, consumer, done + batch < jobs ? batch : 0);
        }
    }
    printf("%ld %.6f %.6f\n", done, seconds() - start, cpu_seconds() - cpu);
    if (held) finish_and_lease(script, consumer, 0);
    return 0;
}
