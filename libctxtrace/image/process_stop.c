#include "base/array.h"
#include "base/clock.h"
#include "base/error.h"
#include "image/ended_clones.h"
#include "image/own_numbers.h"
#include "image/permission.h"
#include "image/process.h"
#include "image/process_clone.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool take_threads(struct image *image, const struct stopper_page *page,
                         const struct own_numbers *numbers)
{
    size_t count = page->count; /* a stopper whose clone has ended goes on by itself */
    free(image->threads);
    image->threads = calloc(count + 1, sizeof *image->threads);
    image->thread_count = 0;
    if (!image->threads)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (page->threads[i].gone)
            continue;
        struct image_thread *thread = &image->threads[image->thread_count++];
        *thread = page->threads[i].seen;
        thread->own_tid = own_numbers_of(numbers, thread->tid);
    }
    return true;
}

/* What a wait in the kernel that cannot be interrupted is for, if the kernel says so. */
static void explain_state(const struct image *image, int tid, char *text, size_t size)
{
    char path[64], name[64] = "";
    snprintf(path, sizeof path, "/proc/%d/task/%d/wchan", image->pid, tid);
    FILE *file = fopen(path, "re");
    if (file && fscanf(file, "%63[A-Za-z0-9_]", name) != 1)
        name[0] = '\0';
    if (file)
        fclose(file);
    if (strcmp(name, "0") == 0 || !name[0])
        snprintf(text, size, "it may be in an uninterruptible system call, or have no processor");
    else
        snprintf(text, size, "it waits in the kernel's %s()", name);
}

static bool explain(const struct image *image, enum stopper_result result, int number, int tid,
                    struct error *error)
{
    char state[128];
    switch (result) {
    case STOPPER_REFUSED:
        return permission_explain_stopping(image->pid, number, error);
    case STOPPER_LATE:
        if (!tid)
            return error_set(
                error,
                "process %d has more threads than could be stopped in the time that it "
                "may be stopped for (see --max-pause)",
                image->pid);
        explain_state(image, tid, state, sizeof state);
        return error_set(error, "thread %d of process %d did not stop in time (%s); try again", tid,
                         image->pid, state);
    case STOPPER_EXECUTES:
        return error_set(error,
                         "process %d was just starting another program (execve); look at it again",
                         image->pid);
    case STOPPER_ENDED:
        return error_set(error, "process %d has ended", image->pid);
    case STOPPER_AGAIN:
        return error_set(error,
                         "process %d makes threads faster than they can be stopped; try again",
                         image->pid);
    case STOPPER_FAILED:
        return error_set(error,
                         "cannot stop process %d: the process that was to do it could not be had: "
                         "%s",
                         image->pid, strerror(number));
    default:
        return error_set(error,
                         "cannot stop process %d: the process that was to do it was itself stopped "
                         "or killed; try again",
                         image->pid);
    }
}

/* ---- who is left asleep ---- */

static bool is_mover(const struct pause *pause, int tid)
{
    for (size_t i = 0; i < pause->mover_count; i++)
        if (pause->movers[i] == tid)
            return true;
    return pause->mover_count == PAUSE_MOVERS; /* there were more than could be noted */
}

static int by_number(const void *a, const void *b)
{
    const struct sleeper *one = a, *other = b;
    return (one->tid > other->tid) - (one->tid < other->tid);
}

/* Threads that are not noted, or not to be left asleep, are stopped like others. */
struct sleepers {
    struct sleeper *items;
    size_t count, capacity;
};

/* Before anything is stopped, as it takes a while where there are many threads. */
static struct sleepers find_sleepers(const struct image *image, const struct pause *pause)
{
    struct sleepers sleepers = {0};
    int directory = image->directory;
    int tasks = openat(directory, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = tasks >= 0 ? fdopendir(tasks) : NULL;
    const struct dirent *entry;
    while (list && (entry = readdir(list)) &&
           ARRAY_ROOM(sleepers.items, sleepers.capacity, sleepers.count + 1)) {
        struct sleeper *sleeper = &sleepers.items[sleepers.count];
        int tid = atoi(entry->d_name);
        if (tid <= 0)
            continue;
        if (sleeper_read(tasks, directory, tid, sleeper)) {
            sleeper->takes_eintr = pause->takes_eintr && pause->takes_eintr(pause->state, sleeper);
            sleeper->is_left = !sleeper->takes_eintr && !is_mover(pause, tid);
        }
        sleepers.count += sleeper->at_ns != 0;
    }
    if (list)
        closedir(list);
    else if (tasks >= 0)
        close(tasks);
    if (sleepers.count)
        qsort(sleepers.items, sleepers.count, sizeof *sleepers.items, by_number);
    return sleepers;
}

static void note_movers(const struct stopper_page *page, struct pause *pause)
{
    for (size_t i = 0; i < page->count && pause->mover_count < PAUSE_MOVERS; i++)
        if (page->threads[i].moved)
            pause->movers[pause->mover_count++] = page->threads[i].tid;
}

/* ---- stopping and resuming ---- */

/* A stopper that was killed has not said when; at the latest the kernel's timer did it. */
static int64_t time_of(const struct stopper_page *page, int64_t limit_ns)
{
    int64_t latest_ns = limit_ns + stopper_grace_ns(limit_ns);
    int64_t took_ns = (page->ended_ns ? page->ended_ns : now_ns()) - page->began_ns;
    return page->ended_ns || took_ns < latest_ns ? took_ns : latest_ns;
}

static struct restarts restarts_of(const struct stopper_page *page, int64_t took_ns)
{
    struct restarts restarts = {0};
    for (size_t i = 0; i < page->count; i++)
        call_restart_count(&page->threads[i].restart, page->began_ns, page->began_ns + took_ns,
                           &restarts);
    return restarts;
}

static void note_stop(struct image *image, const struct stopper_page *page, int64_t took_ns)
{
    const struct restarts restarts = restarts_of(page, took_ns);
    intervention_done(&image->stops, image->pid, "stopped", took_ns, &restarts);
}

/* The stop that it was cloned in has been noted; then there was one to take note of its end. */
static void note_clone(struct image *image, const struct stopper_page *page)
{
    const struct restarts none = {0};
    intervention_done(&image->clones, image->pid, "cloned", page->child_ns, &none);
    if (page->visit_ns)
        note_stop(image, page, page->visit_ns);
}

static void end_stop(struct image *image, struct pause *pause)
{
    struct stopper *stopper = image->stopper;
    image->stopper = NULL;
    int64_t took_ns = pause->took_ns; /* of one for a clone, which is over */
    process_read_itself(image);
    pause->end = STOP_NONE;
    pause->took_ns = 0;
    if (!stopper)
        return;
    const struct stopper_page *page = stopper_page(stopper);
    pause->end = stopper_end(stopper);
    if (page->child) {
        pause->took_ns = took_ns;
        note_clone(image, page);
    } else if (page->began_ns) {
        pause->took_ns = time_of(page, pause->limit_ns);
        note_stop(image, page, pause->took_ns);
    }
    if (pause->end == STOP_MOVED && !page->child)
        note_movers(page, pause);
    stopper_free(stopper);
}

#define MANY_THREADS    200
#define STOPPED_EACH_NS (10 * NS_PER_US) /* on a machine that has nothing else to do */

static void note_times(struct image *image, struct pause *pause)
{
    const struct stopper_page *page = image->stopper ? stopper_page(image->stopper) : NULL;
    pause->began_ns = page && page->began_ns ? page->began_ns : now_ns();
    pause->until_ns = page ? page->until_ns : pause->began_ns;
    pause->end = STOP_NONE;
    pause->cloned = page && page->child;
    pause->obstacle = page ? page->obstacle : INJECT_CLEAR;
    pause->call_error = page ? page->call_error : 0;
    if (page && page->count && page->stopped_ns)
        image->stopped_each_ns = (page->stopped_ns - page->began_ns) / (int64_t)page->count;
}

/* The directory has a link for each thread, and two more. */
int64_t process_estimate_ns(const struct image *image)
{
    struct stat tasks;
    int64_t each_ns = image->stopped_each_ns;
    if (fstatat(image->directory, "task", &tasks, 0) != 0 || tasks.st_nlink <= 2)
        return 0;
    /* A single measurement of few threads says more of the machine's load than of them. */
    if (each_ns < STOPPED_EACH_NS || tasks.st_nlink < MANY_THREADS)
        each_ns = STOPPED_EACH_NS;
    return ((int64_t)tasks.st_nlink - 2) * (each_ns + STOPPER_LET_GO_ONE_NS);
}

/* Whether all were held until it had cloned itself is known already, and who was not. */
static void note_end_of_cloning(struct image *image, struct pause *pause)
{
    const struct stopper_page *page = stopper_page(image->stopper);
    pause->took_ns = time_of(page, pause->limit_ns);
    note_stop(image, page, pause->took_ns);
    pause->end = (enum stop_end)page->end;
    if (pause->end == STOP_MOVED)
        note_movers(page, pause);
}

bool process_stop(struct image *image, struct pause *pause, struct error *error)
{
    int number = 0;
    if (image->stopper)
        return error_set(error, "process %d is stopped already", image->pid);
    if (!intervention_allowed("the program is not stopped", error))
        return false;
    struct own_numbers numbers;
    own_numbers_find(&numbers, image->directory);
    struct sleepers sleepers = find_sleepers(image, pause);
    int zombies[ENDED_CLONES];
    size_t zombie_count = pause->place ? ended_clones_find(image->directory, zombies) : 0;
    const struct stop_request request = {.pid = image->pid,
                                         .directory = image->directory,
                                         .sleepers = sleepers.items,
                                         .sleeper_count = sleepers.count,
                                         .place = pause->place,
                                         .child_limit_ns = pause->clone_limit_ns,
                                         .zombies = zombies,
                                         .zombie_count = zombie_count,
                                         .limit_ns = pause->limit_ns,
                                         .patience_ns = pause->patience_ns ? pause->patience_ns
                                                                           : pause->limit_ns / 2};
    enum stopper_result result = stopper_begin(&request, &image->stopper, &number);
    note_times(image, pause);
    bool taken =
        result == STOPPER_STOPPED && take_threads(image, stopper_page(image->stopper), &numbers);
    own_numbers_free(&numbers);
    free(sleepers.items);
    if (taken && pause->cloned)
        note_end_of_cloning(image, pause);
    if (taken && (!pause->cloned || process_read_clone(image, stopper_page(image->stopper)->child)))
        return true;
    int tid = image->stopper ? stopper_page(image->stopper)->tid : 0;
    end_stop(image, pause);
    if (taken)
        return error_set(error, "the clone of process %d cannot be read", image->pid);
    if (result == STOPPER_STOPPED)
        return error_no_memory(error);
    return explain(image, result, number, tid, error);
}

void process_resume(struct image *image, struct pause *pause)
{
    struct pause ignored = {.limit_ns = 0};
    if (image->stopper)
        end_stop(image, pause ? pause : &ignored);
}

struct image_thread *process_take_threads(struct image *image)
{
    struct image_thread *threads = image->threads;
    image->threads = NULL;
    image->thread_count = image->thread_capacity = 0;
    return threads;
}

const char *process_end_text(enum stop_end end)
{
    switch (end) {
    case STOP_LIMIT:
        return "the program was let go before everything had been read, as it may not be stopped "
               "for longer";
    case STOP_MOVED:
        return "threads that were left asleep in system calls, so as not to be disturbed, did not "
               "stay asleep";
    case STOP_CLONE_ENDED:
        return "its clone, which was read, ended before everything had been read";
    case STOP_TARGET_ENDED:
        return "threads of the program were killed while they were stopped";
    default:
        return "what stopped the program was itself stopped or killed";
    }
}

static void set_glances(size_t count, enum glance value, enum glance *glances)
{
    for (size_t i = 0; i < count; i++)
        glances[i] = value;
}

void process_glance(struct image *image, const int *tids, size_t count, int64_t patience_ns,
                    enum glance *glances, struct image_thread *threads)
{
    struct stopper *stopper;
    struct error ignored;
    int number;
    struct restarts restarts = {0};
    int64_t began_ns = now_ns(), took_ns;
    set_glances(count, GLANCE_FAILED, glances);
    if (!count || !intervention_allowed("no thread is stopped", &ignored))
        return;
    const struct stop_request request = {.pid = image->pid,
                                         .directory = image->directory,
                                         .tids = tids,
                                         .tid_count = count,
                                         .limit_ns = patience_ns * (int64_t)count,
                                         .patience_ns = patience_ns};
    enum stopper_result result = stopper_begin(&request, &stopper, &number);
    if (result == STOPPER_ENDED)
        set_glances(count, GLANCE_GONE, glances);
    for (size_t i = 0; result == STOPPER_STOPPED && i < count; i++) {
        const struct stopper_thread *thread = &stopper_page(stopper)->threads[i];
        glances[i] = (enum glance)thread->glance;
        threads[i] = thread->seen;
    }
    took_ns = now_ns() - began_ns;
    if (stopper) {
        restarts = restarts_of(stopper_page(stopper), took_ns);
        stopper_end(stopper);
    }
    stopper_free(stopper);
    intervention_done(&image->thread_stops, image->pid, "stopped thread by thread", took_ns,
                      &restarts);
}
