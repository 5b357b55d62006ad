/* The recorder's life: starting, stopping, threads that come and go, fork. */
#include "record/lifecycle.h"

#include "base/clock.h"
#include "record/capture.h"
#include "record/clock.h"
#include "record/ending.h"
#include "record/environment.h"
#include "record/events.h"
#include "record/forbidden.h"
#include "record/open_waits.h"
#include "record/own_task.h"
#include "record/segment_directory.h"
#include "record/stacks.h"
#include "record/uninstrumented.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/single_threaded.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FIRST_ID = 16 };

__thread struct recorder_thread *recorder_thread_pointer __attribute__((tls_model("initial-exec")));
static pthread_key_t exit_key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct lock start_lock;
static uint64_t (*count_contexts)(void);
/*
 * Whether recording is wanted, since when, and how many other threads there were then, in words
 * that a forked child inherits.
 */
static bool is_wanted;
static int64_t wanted_ns;
static uint64_t wanted_tasks;

const char *recorder_path(void)
{
    return recording() ? recorder.path : NULL;
}

void recorder_count_contexts_with(uint64_t (*count)(void))
{
    count_contexts = count;
}

/* ---- threads ---- */

static void detach(void *argument)
{
    struct recorder_thread *thread = argument;
    if (recording() && thread->epoch == recorder_epoch()) {
        thread->busy = true;
        waits_detach(thread);
        tasks_detach(thread);
        rings_detach(thread);
        for (int area = 0; area < AREA_COUNT; area++)
            slots_give_back(&recorder.stocks[area], &thread->caches[area]);
    }
    recorder_thread_pointer = NULL;
    lock_take(&recorder.threads_lock);
    thread->next = recorder.spare_threads;
    recorder.spare_threads = thread;
    lock_release(&recorder.threads_lock);
}

/* With the lock held. From the kernel: this can be reached from inside the program's allocator. */
static void make_spare_threads(void)
{
    enum { AT_ONCE = 64 };
    struct recorder_thread *made = mmap(NULL, AT_ONCE * sizeof *made, PROT_READ | PROT_WRITE,
                                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = AT_ONCE; made != MAP_FAILED && i > 0; i--) {
        made[i - 1].next = recorder.spare_threads;
        recorder.spare_threads = &made[i - 1];
    }
}

static struct recorder_thread *take_spare(void)
{
    lock_take(&recorder.threads_lock);
    if (!recorder.spare_threads)
        make_spare_threads();
    struct recorder_thread *thread = recorder.spare_threads;
    if (thread)
        recorder.spare_threads = thread->next;
    lock_release(&recorder.threads_lock);
    return thread;
}

/* Gives the calling thread its state for the present recording. */
static struct recorder_thread *attach(struct recorder_thread *thread)
{
    if (!thread)
        thread = take_spare();
    if (!thread)
        return NULL;
    /* A child that was forked from a thread of the library's own is the program's main thread. */
    bool internal = recorder_thread_pointer && thread->internal && gettid() != getpid();
    clear_words(thread, sizeof *thread);
    thread->internal = internal;
    thread->busy = true;
    thread->epoch = recorder_epoch();
    recorder_thread_pointer = thread;
    pthread_setspecific(exit_key, thread);
    tasks_attach(thread);
    return thread;
}

struct recorder_thread *recorder_enter_slow(void)
{
    struct recorder_thread *thread = recorder_thread_pointer;
    if (thread && thread->busy && thread->epoch == recorder_epoch()) {
        recorder_lost(LOSS_CHANGES, LOSS_INTERRUPTED);
        return NULL;
    }
    int saved = errno;
    thread = attach(thread);
    if (!thread)
        recorder_lost(LOSS_CHANGES, LOSS_NO_MEMORY);
    errno = saved;
    return thread;
}

/* ---- starting and stopping ---- */

/* The program may have taken all keys that there are. */
static int exit_key_error;

static void make_exit_key(void)
{
    exit_key_error = pthread_key_create(&exit_key, detach);
}

/*
 * What must be found out again in every forked child, in a page of its own that is wiped there.
 * Made before the program has threads; without such a page recording cannot be switched on.
 */
struct wiped {
    _Atomic uint32_t state;
    _Atomic int failure; /* why recording could not begin; 0 */
};

static struct wiped *wiped;

static void make_state_word(void)
{
    if (recorder_state != &recorder_always_off)
        return; /* recording was started before our constructor ran */
    long page = sysconf(_SC_PAGESIZE);
    void *memory =
        mmap(NULL, (size_t)page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return;
    if (madvise(memory, (size_t)page, MADV_WIPEONFORK) != 0) {
        munmap(memory, (size_t)page);
        return;
    }
    wiped = memory;
    atomic_store(&wiped->state, RECORDER_OFF);
    recorder_state = &wiped->state;
}

static void set_state(enum recorder_state state)
{
    invariant(recorder_state != &recorder_always_off);
    atomic_store_explicit(recorder_state, state, memory_order_release);
}

static bool open_stocks(void)
{
    for (int area = 0; area < AREA_COUNT; area++)
        if (!slots_open(&recorder.stocks[area], recorder.storage.header->areas[area].capacity))
            return false;
    return waits_open(&recorder.waits, recorder.storage.header->areas[AREA_WAITS].capacity,
                      recorder.storage.header->areas[AREA_TASKS].capacity);
}

/* What a recording has mapped. */
struct mappings {
    struct storage storage;
    struct slot_stock stocks[AREA_COUNT];
    struct open_waits waits;
};

static struct mappings present_mappings(void)
{
    struct mappings present = {.storage = recorder.storage, .waits = recorder.waits};
    memcpy(present.stocks, recorder.stocks, sizeof present.stocks);
    return present;
}

static void give_back(struct mappings *mappings)
{
    for (int area = 0; mappings->storage.header && area < AREA_COUNT; area++)
        slots_close(&mappings->stocks[area], mappings->storage.header->areas[area].capacity);
    waits_close(&mappings->waits);
    storage_close(&mappings->storage);
}

static uint64_t power_of_two(uint64_t at_least)
{
    uint64_t power = 1;
    while (power < at_least)
        power *= 2;
    return power;
}

/* What came before this recording. */
struct before {
    uint64_t contexts, tasks; /* that are not recorded */
    int32_t forked_from;
    int64_t started_ns;
};

static int begin(const struct before *before)
{
    struct storage_options options = {
        .contexts = environment_number("CTXTRACE_CONTEXTS"),
        .tasks = environment_number("CTXTRACE_TASKS"),
        .ring_events = power_of_two(environment_number("CTXTRACE_EVENTS")),
        .forked_from = before->forked_from,
        .unrecorded_contexts = before->contexts,
        .unrecorded_tasks = before->tasks,
        .started_ns = before->started_ns,
    };
    invariant((options.ring_events & (options.ring_events - 1)) == 0 && options.ring_events);
    struct storage storage;
    int error = storage_open(&storage, &options, recorder.path, sizeof recorder.path);
    if (error)
        return error;
    recorder.storage = storage;
    memset(recorder.stocks, 0, sizeof recorder.stocks);
    recorder.waits = (struct open_waits){0};
    recorder.ring_mask = options.ring_events - 1;
    recorder.max_frames = (uint32_t)environment_number("CTXTRACE_FRAMES");
    atomic_store(&recorder.next_id, FIRST_ID);
    atomic_store(&recorder.next_text_generation, 1);
    lock_reset(&recorder.threads_lock);
    lock_reset(&recorder.roots_lock);
    lock_reset(&recorder.ends_lock);
    if (!open_stocks()) {
        struct mappings half = present_mappings();
        give_back(&half);
        unlink(recorder.path);
        return ENOMEM;
    }
    stacks_reset();
    atomic_fetch_add_explicit(&recorder.epoch, 1, memory_order_relaxed);
    invariant(recorder_epoch() != 0); /* 0 is no recording */
    recorder.pid = getpid();
    recorder.sealed = false;
    recorder.keep = environment_flag("CTXTRACE_KEEP");
    return 0;
}

/* Threads of this process, the calling one not counted. Without the program's allocator. */
static uint64_t other_threads(void)
{
    char entries[4096];
    uint64_t count = 0;
    int fd = open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    long length;
    while (fd >= 0 && (length = syscall(SYS_getdents64, fd, entries, sizeof entries)) > 0)
        for (long at = 0; at < length;) {
            const struct dirent64 *entry = (const struct dirent64 *)(const void *)(entries + at);
            count += entry->d_name[0] != '.';
            at += entry->d_reclen;
        }
    if (fd >= 0)
        close(fd);
    return count ? count - 1 : 0;
}

/* 0: it can be switched on. */
static int prepare(void)
{
    if (getauxval(AT_SECURE))
        return EPERM;
    pthread_once(&once, make_exit_key);
    make_state_word();
    if (exit_key_error)
        return exit_key_error;
    return recorder_state == &recorder_always_off ? ENOSYS : 0;
}

static bool is_begun(void)
{
    return recorder_epoch() != 0 && recorder.pid == getpid();
}

/* Of a process that does not record yet: the first recording, or that of a forked child. */
static int begin_here(bool is_forked)
{
    if (!is_forked && segment_directory_is_in_use())
        return EALREADY; /* another copy of the library records: one is enough */
    clock_prepare();
    struct before before = {.contexts = count_contexts ? count_contexts() : 0};
    if (is_forked)
        before.forked_from = recorder.pid;
    else {
        /*
         * Those made since would not have been recorded earlier either: they did nothing to record.
         */
        before.tasks = is_wanted ? wanted_tasks : other_threads();
        before.started_ns = wanted_ns;
    }
    return begin(&before);
}

int recorder_want(void)
{
    int saved = errno, cancelable;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancelable);
    lock_take(&start_lock);
    int error = prepare();
    if (!error && (is_begun() || is_wanted))
        error = EALREADY;
    if (!error) {
        recorder.pid = getpid();
        wanted_ns = now_ns();
        wanted_tasks = __libc_single_threaded ? 0 : other_threads();
        is_wanted = true;
        set_state(RECORDER_UNDECIDED);
    }
    lock_release(&start_lock);
    if (!error)
        ending_clean_up_after_exec();
    pthread_setcancelstate(cancelable, NULL);
    errno = saved;
    return error;
}

/* Where it is wanted already, it begins now. */
int recorder_start(void)
{
    int saved = errno, cancelable;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancelable);
    lock_take(&start_lock);
    int error = prepare();
    bool was_wanted = is_wanted;
    if (!error && is_begun())
        error = EALREADY;
    else if (!error && !was_wanted)
        error = begin_here(false);
    if (!error && !was_wanted) {
        is_wanted = true;
        set_state(RECORDER_ON);
    }
    lock_release(&start_lock);
    if (!error && was_wanted)
        error = recording() ? EALREADY : recorder_failure();
    pthread_setcancelstate(cancelable, NULL);
    errno = saved;
    return error;
}

int recorder_failure(void)
{
    return wiped ? atomic_load(&wiped->failure) : 0;
}

void recorder_stop(void)
{
    if (!recording())
        return;
    atomic_store(&recorder.storage.header->stopped_ns, (uint64_t)now_ns());
    is_wanted = false;
    set_state(RECORDER_OFF);
}

/*
 * A program that reads the clock by system calls must not record any more, for every record has a
 * time. Children would have to make a file.
 */
void recorder_seal(void)
{
    if (!recording())
        return;
    int saved = errno, cancelable;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancelable);
    if (!clock_needs_no_call())
        recorder_stop();
    else
        storage_seal(&recorder.storage, true);
    capture_seal(true);
    is_wanted = false;
    recorder.sealed = true;
    pthread_setcancelstate(cancelable, NULL);
    errno = saved;
}

void recorder_unseal(void)
{
    if (!recording() || !recorder.sealed)
        return;
    storage_seal(&recorder.storage, false);
    capture_seal(false);
    recorder.sealed = false;
    is_wanted = true;
}

static _Atomic bool makes_threads;

void recorder_makes_threads(void)
{
    atomic_store_explicit(&makes_threads, true, memory_order_relaxed);
}

/*
 * A filter of system calls is inherited and cannot be taken off, so that once is enough for a
 * process and its children. (One that comes later is seen coming, or not at all.)
 */
static enum permission look_for_filter(void)
{
    static enum permission known = NOT_ASKED;
    static bool has_looked;
    bool may_ask = atomic_load(&makes_threads);
    if (known == NOT_ASKED && (!has_looked || may_ask))
        known = forbidden_look(may_ask);
    has_looked = true;
    return known;
}

/*
 * With the first thing that there is to record. A forked child meets the wiped word: it begins a
 * segment of its own, with nothing of its parent's.
 */
static bool begin_when_needed(void)
{
    invariant(atomic_load(recorder_state) == RECORDER_DECIDING);
    if (!is_wanted) {
        set_state(RECORDER_OFF);
        return false;
    }
    int saved = errno, cancelable;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancelable);
    bool is_forked = recorder.pid != getpid();
    struct mappings inherited = present_mappings();
    struct recorder_thread *thread = recorder_thread_pointer;
    bool interrupted = thread && thread->busy;
    if (is_forked) {
        recorder.spare_threads = NULL; /* perhaps torn; a few kilobytes are given up */
        slots_forget_large_caches();
        if (!interrupted)
            capture_begin_in_child();
        lock_reset(&start_lock);
    }
    enum permission permission = look_for_filter();
    if (permission == NOT_ASKED) {
        set_state(RECORDER_UNDECIDED);
        pthread_setcancelstate(cancelable, NULL);
        errno = saved;
        return false;
    }
    int error = permission == FORBIDDEN ? EOPNOTSUPP : begin_here(is_forked);
    atomic_store(&wiped->failure, error);
    set_state(error ? RECORDER_OFF : RECORDER_ON);
    if (!is_forked && error != EALREADY && environment_flag("CTXTRACE"))
        segment_directory_say_if_taken(error ? NULL : recorder.path);
    /* A recording call that the fork interrupted will go on in the old mapping; then leave it. */
    if (is_forked && !interrupted)
        give_back(&inherited);
    pthread_setcancelstate(cancelable, NULL);
    errno = saved;
    return !error;
}

bool recorder_decide(void)
{
    static _Atomic pthread_t decider;
    uint32_t state = RECORDER_UNDECIDED;
    if (atomic_compare_exchange_strong(recorder_state, &state, RECORDER_DECIDING)) {
        atomic_store(&decider, pthread_self());
        return begin_when_needed();
    }
    while (state == RECORDER_DECIDING) {
        if (pthread_equal(atomic_load(&decider), pthread_self()))
            return false; /* called from within, by the program's allocator say */
        sched_yield();
        state = atomic_load_explicit(recorder_state, memory_order_acquire);
    }
    return state == RECORDER_ON;
}

/* ---- the beginning and the end of the program ---- */

__attribute__((constructor)) static void start_with_program(void)
{
    int saved = errno;
    make_state_word();
    if (environment_flag("CTXTRACE"))
        recorder_want();
    if (is_wanted && environment_flag("CTXTRACE_AT_ONCE"))
        recording();
    errno = saved;
}

bool record_slot_is_current(const struct record_slot *slot)
{
    return recording() && record_slot_epoch(slot) == recorder_epoch() && slot->id;
}

uint32_t record_epoch(void)
{
    return recording() ? recorder_epoch() : 0;
}
