/* The recorder's life: starting, stopping, threads that come and go, fork. */
#include "record/recorder.h"

#include "record/capture.h"
#include "record/clock.h"
#include "record/environment.h"
#include "record/segment_directory.h"
#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

enum { FIRST_ID = 16, ID_BLOCK = 64 };

struct recorder recorder;

static _Atomic uint32_t always_off = RECORDER_OFF;
_Atomic uint32_t *recorder_state = &always_off;

static __thread struct recorder_thread *thread_pointer __attribute__((tls_model("initial-exec")));
static pthread_key_t exit_key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t start_mutex = PTHREAD_MUTEX_INITIALIZER;
static uint64_t (*count_contexts)(void);
/* Whether recording is on, in words that a forked child inherits. */
static bool is_wanted;

void recorder_lost(enum segment_loss loss, enum segment_loss_reason reason)
{
    atomic_fetch_add_explicit(&recorder.storage.header->losses[loss][reason], 1,
                              memory_order_relaxed);
}

enum segment_loss_reason recorder_why_no_slot(enum segment_area_kind area)
{
    const struct segment_area *it = &recorder.storage.header->areas[area];
    if (atomic_load(&it->used) >= it->capacity)
        return LOSS_FULL;
    return atomic_load_explicit(&recorder.sealed, memory_order_relaxed) ? LOSS_FORBIDDEN
                                                                        : LOSS_NO_SPACE;
}

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
    thread_pointer = NULL;
    pthread_mutex_lock(&recorder.threads_mutex);
    thread->next = recorder.spare_threads;
    recorder.spare_threads = thread;
    pthread_mutex_unlock(&recorder.threads_mutex);
}

static struct recorder_thread *spare_or_new(void)
{
    pthread_mutex_lock(&recorder.threads_mutex);
    struct recorder_thread *thread = recorder.spare_threads;
    if (thread)
        recorder.spare_threads = thread->next;
    pthread_mutex_unlock(&recorder.threads_mutex);
    if (thread)
        return thread;
    /* From the kernel: this can be reached from inside the program's allocator. */
    thread = mmap(NULL, sizeof *thread, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return thread == MAP_FAILED ? NULL : thread;
}

/* Gives the calling thread its state for the present recording. */
static struct recorder_thread *attach(struct recorder_thread *thread)
{
    if (!thread)
        thread = spare_or_new();
    if (!thread)
        return NULL;
    /* A child that was forked from a thread of the library's own is the program's main thread. */
    bool internal = thread_pointer && thread->internal && gettid() != getpid();
    memset(thread, 0, sizeof *thread);
    thread->internal = internal;
    thread->busy = true;
    thread->epoch = recorder_epoch();
    thread_pointer = thread;
    pthread_setspecific(exit_key, thread);
    rings_attach(thread);
    tasks_attach(thread);
    return thread;
}

struct recorder_thread *recorder_enter(void)
{
    if (!recording())
        return NULL;
    struct recorder_thread *thread = thread_pointer;
    if (__builtin_expect(thread != NULL && !thread->busy && thread->epoch == recorder_epoch(), 1)) {
        thread->busy = true;
        atomic_signal_fence(memory_order_acquire);
        return thread;
    }
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
 * The state word in a page of its own that is wiped in every forked child. Made before the program
 * has threads; without such a page recording cannot be switched on.
 */
static void make_state_word(void)
{
    if (recorder_state != &always_off)
        return; /* recording was started before our constructor ran */
    long page = sysconf(_SC_PAGESIZE);
    void *word =
        mmap(NULL, (size_t)page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (word == MAP_FAILED)
        return;
    if (madvise(word, (size_t)page, MADV_WIPEONFORK) != 0) {
        munmap(word, (size_t)page);
        return;
    }
    *(_Atomic uint32_t *)word = RECORDER_OFF;
    recorder_state = word;
}

static void set_state(enum recorder_state state)
{
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

static uint64_t power_of_two(uint64_t at_least)
{
    uint64_t power = 1;
    while (power < at_least)
        power *= 2;
    return power;
}

static int begin(uint64_t unrecorded_contexts, uint64_t unrecorded_tasks, int32_t forked_from)
{
    struct storage_options options = {
        .contexts = environment_number("CTXTRACE_CONTEXTS"),
        .tasks = environment_number("CTXTRACE_TASKS"),
        .ring_events = power_of_two(environment_number("CTXTRACE_EVENTS")),
        .forked_from = forked_from,
        .unrecorded_contexts = unrecorded_contexts,
        .unrecorded_tasks = unrecorded_tasks,
    };
    struct storage storage;
    int error = storage_open(&storage, &options, recorder.path, sizeof recorder.path);
    if (error)
        return error;
    recorder.storage = storage;
    recorder.ring_mask = options.ring_events - 1;
    recorder.max_frames = (uint32_t)environment_number("CTXTRACE_FRAMES");
    atomic_store(&recorder.next_id, FIRST_ID);
    atomic_store(&recorder.next_text_generation, 1);
    pthread_mutex_init(&recorder.threads_mutex, NULL);
    pthread_mutex_init(&recorder.roots_mutex, NULL);
    pthread_mutex_init(&recorder.ends_mutex, NULL);
    if (!open_stocks()) {
        storage_close(&recorder.storage);
        unlink(recorder.path);
        return ENOMEM;
    }
    stacks_reset();
    atomic_fetch_add_explicit(&recorder.epoch, 1, memory_order_relaxed);
    recorder.pid = getpid();
    recorder.sealed = false;
    return 0;
}

/* Threads of this process, the calling one not counted. */
static uint64_t other_threads(void)
{
    DIR *tasks = opendir("/proc/self/task");
    uint64_t count = 0;
    for (struct dirent *entry; tasks && (entry = readdir(tasks));)
        count += entry->d_name[0] != '.';
    if (tasks)
        closedir(tasks);
    return count ? count - 1 : 0;
}

int recorder_start(uint64_t unrecorded_contexts)
{
    if (getauxval(AT_SECURE))
        return EPERM;
    int saved = errno, cancelable;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancelable);
    pthread_once(&once, make_exit_key);
    clock_prepare();
    pthread_mutex_lock(&start_mutex);
    int error = 0;
    make_state_word();
    if (exit_key_error)
        error = exit_key_error;
    else if (recorder_epoch() != 0 && recorder.pid == getpid())
        error = EALREADY;
    else if (recorder_state == &always_off)
        error = ENOSYS;
    else if (segment_directory_is_in_use())
        error = EALREADY; /* another copy of the library records: one is enough */
    else
        error = begin(unrecorded_contexts, other_threads(), 0);
    if (!error) {
        is_wanted = true;
        set_state(RECORDER_ON);
    }
    pthread_mutex_unlock(&start_mutex);
    pthread_setcancelstate(cancelable, NULL);
    errno = saved;
    return error;
}

void recorder_stop(void)
{
    if (!recording())
        return;
    atomic_store(&recorder.storage.header->stopped_ns, (uint64_t)clock_system());
    is_wanted = false;
    set_state(RECORDER_OFF);
}

/*
 * Who reads a clock by system calls must not record any more, for every record has a time. Children
 * would have to make a file.
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

/* A forked child meets the wiped word: it begins a segment of its own, with nothing of its
 * parent's. */
static bool begin_in_child(void)
{
    if (!is_wanted) {
        set_state(RECORDER_OFF);
        return false;
    }
    int saved = errno, cancelable;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancelable);
    int32_t parent = recorder.pid;
    struct storage inherited = recorder.storage;
    struct slot_stock inherited_stocks[AREA_COUNT];
    memcpy(inherited_stocks, recorder.stocks, sizeof inherited_stocks);
    struct open_waits inherited_waits = recorder.waits;
    struct recorder_thread *thread = thread_pointer;
    bool interrupted = thread && thread->busy;
    recorder.spare_threads = NULL; /* perhaps torn; a few kilobytes are given up */
    pthread_mutex_init(&start_mutex, NULL);
    bool begun = begin(count_contexts ? count_contexts() : 0, 0, parent) == 0;
    set_state(begun ? RECORDER_ON : RECORDER_OFF);
    /* A recording call that the fork interrupted will go on in the old mapping; then leave it. */
    if (!interrupted) {
        for (int area = 0; area < AREA_COUNT; area++)
            slots_close(&inherited_stocks[area], inherited.header->areas[area].capacity);
        waits_close(&inherited_waits);
        storage_close(&inherited);
    }
    pthread_setcancelstate(cancelable, NULL);
    errno = saved;
    return begun;
}

bool recorder_decide(void)
{
    static _Atomic pid_t decider;
    uint32_t state = RECORDER_UNDECIDED;
    if (atomic_compare_exchange_strong(recorder_state, &state, RECORDER_DECIDING)) {
        atomic_store(&decider, gettid());
        return begin_in_child();
    }
    while (state == RECORDER_DECIDING) {
        if (atomic_load(&decider) == gettid())
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
    if (environment_flag("CTXTRACE")) {
        int error = recorder_start(0);
        if (error != EALREADY)
            segment_directory_say_if_taken(error ? NULL : recorder.path);
    }
    errno = saved;
}

static bool slot_is_alive(enum segment_area_kind area, uint32_t index)
{
    const segment_word *slot = recorder_slot(area, index);
    if (word_get(slot, 1) == 0)
        return false;
    if (area == AREA_CONTEXTS)
        return (word_get(slot, CTX_KIND_AND_STATE) & 0xff) > SEGMENT_TODO;
    uint64_t kind = word_get(slot, TASK_THREAD_AND_STATE) >> 32 & 0xff;
    return kind != SEGMENT_MAIN && kind != SEGMENT_CALLBACK;
}

static bool anything_alive(void)
{
    static const enum segment_area_kind areas[] = {AREA_CONTEXTS, AREA_TASKS};
    for (size_t i = 0; i < sizeof areas / sizeof *areas; i++) {
        uint64_t used = atomic_load(&recorder.storage.header->areas[areas[i]].used);
        for (uint32_t index = 0; index < used; index++)
            if (slot_is_alive(areas[i], index))
                return true;
    }
    return false;
}

/* Runs after the program's own exit handlers. An exit with nothing left alive removes the segment.
 */
__attribute__((destructor)) static void end_with_program(void)
{
    if (recorder_state == &always_off || atomic_load(recorder_state) != RECORDER_ON ||
        recorder.pid != getpid())
        return;
    atomic_store(&recorder.storage.header->ended_ns, (uint64_t)clock_system());
    atomic_store(&recorder.storage.header->end, SEGMENT_EXIT);
    if (!recorder.sealed && !environment_flag("CTXTRACE_KEEP") && !anything_alive())
        unlink(recorder.path);
}

/* ---- slots and ids ---- */

segment_word *recorder_slot(enum segment_area_kind area, uint32_t index)
{
    const struct segment_area *a = &recorder.storage.header->areas[area];
    return (segment_word *)(void *)(recorder.storage.base + a->offset + index * a->item_size);
}

uint64_t recorder_new_id(struct recorder_thread *thread)
{
    if (thread->next_id == thread->last_id) {
        thread->next_id =
            atomic_fetch_add_explicit(&recorder.next_id, ID_BLOCK, memory_order_relaxed);
        thread->last_id = thread->next_id + ID_BLOCK;
    }
    return thread->next_id++;
}

bool recorder_take_slot(struct recorder_thread *thread, enum segment_area_kind area,
                        enum segment_loss loss, struct record_slot *slot)
{
    uint32_t index;
    if (!slots_take(&recorder.stocks[area], &thread->caches[area], &recorder.storage, area,
                    &index)) {
        recorder_lost(loss, recorder_why_no_slot(area));
        return false;
    }
    *slot = (struct record_slot){recorder_new_id(thread), index, recorder_epoch()};
    return true;
}

void recorder_free_slot(struct recorder_thread *thread, enum segment_area_kind area,
                        struct record_slot *slot)
{
    segment_word *words = recorder_slot(area, slot->index);
    uint64_t sequence = slot_begin(words);
    word_set(words, 1, 0);
    slot_end(words, sequence);
    slots_free(&recorder.stocks[area], &thread->caches[area], slot->index);
    slot->id = 0;
}

bool record_slot_is_current(const struct record_slot *slot)
{
    return recording() && record_slot_epoch(slot) == recorder_epoch() && slot->id;
}

uint32_t record_epoch(void)
{
    return recording() ? recorder_epoch() : 0;
}

uint64_t record_slot_id(const struct record_slot *slot)
{
    return record_slot_epoch(slot) == recorder_epoch() ? slot->id : 0;
}
