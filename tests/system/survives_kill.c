/*
 * A busy program is killed with SIGKILL at random moments, some hundred times. What its segment
 * says afterwards must equal a tally that the program keeps in a second shared page, apart from
 * what was being done at that very moment.
 *
 * usage: survives_kill ROUNDS            the test
 *        survives_kill busy TALLY-FILE   the program that is killed (started by the test)
 */
#include "base/error.h"
#include "inspect/source.h"

#include <ctxtrace/ctxtrace.h>

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 4, PLACES = 64, READY = 0x600d };
enum state { EMPTY, OPEN, ENDED };

/* What the program says of one of its contexts. While `busy` is 1 nothing is certain. */
struct place {
    _Atomic uint32_t busy, state, generation, code;
};

struct tally {
    _Atomic uint32_t ready, operations;
    struct place places[THREADS][PLACES];
};

static _Noreturn void die(const char *what)
{
    perror(what);
    exit(2);
}

static struct tally *map_tally(const char *path, int flags)
{
    int fd = open(path, flags | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0 || (flags && ftruncate(fd, sizeof(struct tally)) != 0))
        die(path);
    struct tally *tally = mmap(NULL, sizeof *tally, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (tally == MAP_FAILED)
        die("mmap");
    close(fd);
    return tally;
}

/* ---- the program that is killed ---- */

struct worker {
    struct tally *tally;
    ctxt_t *parent;
    unsigned number;
};

static void change(struct worker *worker, unsigned at, ctxt_t **context, unsigned random)
{
    struct place *place = &worker->tally->places[worker->number][at];
    atomic_store(&place->busy, 1);
    switch (atomic_load(&place->state)) {
    case EMPTY: {
        unsigned generation = atomic_fetch_add(&place->generation, 1) + 1;
        ctxt_t *parent = random & 1 ? worker->parent : ctxt_background();
        *context = random & 2 ? ctxt_with_timeout(parent, CTXT_HOUR) : ctxt_with_cancel(parent);
        ctxt_set_name(*context, "p %u %u %u", worker->number, at, generation);
        atomic_store(&place->state, OPEN);
        break;
    }
    case OPEN:
        atomic_store(&place->code, random);
        ctxt_cancel_cause(*context, (int)random, "random %u", random);
        atomic_store(&place->state, ENDED);
        break;
    default:
        ctxt_unref(*context);
        atomic_store(&place->state, EMPTY);
        break;
    }
    atomic_store(&place->busy, 0);
    atomic_fetch_add(&worker->tally->operations, 1);
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    ctxt_t *contexts[PLACES] = {0};
    unsigned random = worker->number * 7919 + 1;
    for (;;) {
        random = random * 1664525 + 1013904223;
        change(worker, random >> 8 & (PLACES - 1), &contexts[random >> 8 & (PLACES - 1)],
               random >> 16 & 0xff);
    }
    return NULL;
}

static int be_busy(const char *path)
{
    struct tally *tally = map_tally(path, 0);
    ctxt_t *parent = ctxt_with_cancel(ctxt_background());
    static struct worker workers[THREADS];
    pthread_t thread;
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){tally, parent, i};
        if (pthread_create(&thread, NULL, work, &workers[i]) != 0)
            return 2;
    }
    atomic_store(&tally->ready, READY);
    pause();
    return 0;
}

/* ---- the test ---- */

static char directory[] = "/tmp/ctxtrace-kill-XXXXXX";
static char segment[4096];

static bool find_segment(void)
{
    DIR *entries = opendir(directory);
    bool found = false;
    for (struct dirent *entry; entries && (entry = readdir(entries));) {
        if (!strstr(entry->d_name, ".ctxt"))
            continue;
        snprintf(segment, sizeof segment, "%s/%s", directory, entry->d_name);
        found = true;
    }
    if (entries)
        closedir(entries);
    return found;
}

static unsigned wrong(const char *what, unsigned thread, unsigned at)
{
    fprintf(stderr, "survives_kill: context %u of thread %u: %s\n", at, thread, what);
    return 1;
}

/* The contexts of the snapshot, by the place that their names tell. */
typedef const struct snapshot_context *found_places[THREADS][PLACES];

static unsigned sort_out(const struct snapshot *snapshot, found_places found)
{
    unsigned faults = 0;
    memset(found, 0, sizeof(found_places));
    for (uint32_t i = 0; i < snapshot->context_count; i++) {
        const struct snapshot_context *context = &snapshot->contexts[i];
        unsigned thread, at, generation;
        if (sscanf(snapshot_text(snapshot, context->name), "p %u %u %u", &thread, &at,
                   &generation) != 3)
            continue;
        if (found[thread][at])
            faults += wrong("is in the segment twice", thread, at);
        found[thread][at] = context;
    }
    return faults;
}

static unsigned check_place(const struct snapshot *snapshot, struct place *place,
                            const struct snapshot_context *context, unsigned thread, unsigned at)
{
    char name[64];
    snprintf(name, sizeof name, "p %u %u %u", thread, at, atomic_load(&place->generation));
    if (atomic_load(&place->busy))
        return 0;
    enum state state = atomic_load(&place->state);
    if (state == EMPTY)
        return context ? wrong("was released, but is in the segment", thread, at) : 0;
    if (!context)
        return wrong("is not in the segment", thread, at);
    if (strcmp(snapshot_text(snapshot, context->name), name) != 0)
        return wrong("is an older one", thread, at);
    if (state == OPEN)
        return context->state != CONTEXT_OPEN ? wrong("is open, but has ended", thread, at) : 0;
    if (context->state != CONTEXT_CANCELED || context->ended_by != ENDED_BY_OWN_CANCEL)
        return wrong("was cancelled, but is not", thread, at);
    if (context->cause_code != (int)atomic_load(&place->code))
        return wrong("has another cause", thread, at);
    snprintf(name, sizeof name, "random %u", atomic_load(&place->code));
    return strcmp(snapshot_text(snapshot, context->cause_text), name) != 0
               ? wrong("has another cause's text", thread, at)
               : 0;
}

static unsigned compare(struct tally *tally)
{
    struct error error;
    struct session *session = session_open(segment, NULL, &error);
    struct snapshot *snapshot = session ? session_take(session, &error) : NULL;
    if (!snapshot) {
        fprintf(stderr, "survives_kill: %s\n", error.sentence);
        exit(1);
    }
    found_places found;
    unsigned faults = sort_out(snapshot, found);
    for (unsigned thread = 0; thread < THREADS; thread++)
        for (unsigned at = 0; at < PLACES; at++)
            faults +=
                check_place(snapshot, &tally->places[thread][at], found[thread][at], thread, at);
    if (snapshot->program.state != PROGRAM_DEAD)
        faults += wrong("its program is said to be alive", 0, 0);
    snapshot_free(snapshot);
    session_close(session);
    return faults;
}

static pid_t start(const char *self, const char *tally_path)
{
    pid_t pid = fork();
    if (pid < 0)
        die("fork");
    if (pid > 0)
        return pid;
    setenv("CTXTRACE", "1", 1);
    setenv("CTXTRACE_DIR", directory, 1);
    execl(self, self, "busy", tally_path, (char *)NULL);
    _exit(127);
}

static void sleep_ns(long ns)
{
    struct timespec time = {0, ns};
    nanosleep(&time, NULL);
}

static unsigned one_round(const char *self, const char *tally_path, unsigned round,
                          uint64_t *operations)
{
    struct tally *tally = map_tally(tally_path, O_CREAT | O_TRUNC);
    pid_t pid = start(self, tally_path);
    for (int i = 0; i < 10000 && atomic_load(&tally->ready) != READY; i++)
        sleep_ns(1000000);
    if (atomic_load(&tally->ready) != READY) {
        fprintf(stderr, "survives_kill: the busy program did not start\n");
        exit(2);
    }
    sleep_ns((long)(round * 7919u % 10000) * 1000);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    unsigned faults = find_segment() ? compare(tally) : wrong("there is no segment", 0, 0);
    *operations += atomic_load(&tally->operations);
    munmap(tally, sizeof *tally);
    unlink(segment);
    return faults;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "busy") == 0)
        return be_busy(argv[2]);
    if (argc != 2) {
        fprintf(stderr, "usage: survives_kill ROUNDS\n");
        return 2;
    }
    if (!mkdtemp(directory))
        die(directory);
    char self[4096], tally_path[4096];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    self[length > 0 ? length : 0] = '\0';
    snprintf(tally_path, sizeof tally_path, "%s/tally", directory);
    unsigned faults = 0, rounds = (unsigned)atoi(argv[1]);
    uint64_t operations = 0;
    for (unsigned round = 0; round < rounds; round++)
        faults += one_round(self, tally_path, round, &operations);
    unlink(tally_path);
    rmdir(directory);
    printf("%u kills in the middle of %llu operations, %u faults\n", rounds,
           (unsigned long long)operations, faults);
    return faults ? 1 : 0;
}
