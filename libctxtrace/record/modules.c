/*
 * How a look works: dl_iterate_phdr is called once, and its callback does all work at the first
 * module that it is called for, with the loader's lock held, and stops the iteration. When the
 * loader's counters have moved since the last look, it first compares the table with the loader's
 * list in a second dl_iterate_phdr, nested in the first.
 *
 * The counters only grow, and every change of the list changes one of them while the loader holds
 * the lock. So while they are equal to what the last look saw, the table is the loader's list.
 */
#include "record/modules.h"

#include "base/clock.h"
#include "base/invariant.h"
#include "record/modules_describe.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Everything below, but for the generation, belongs to whoever holds the loader's lock. */
static struct module_entry entries[MODULES_MAX];
static uint32_t entry_count;
static uint32_t last_number;
static uint64_t loads_seen, unloads_seen;
static bool unloads_changed; /* in the present comparison */
static uint32_t expected;    /* index that the next module of the list probably has */
static modules_listener *listener;
static void *listener_argument;

static _Atomic uint64_t current_generation;
static _Atomic uint64_t unloaded;
static _Atomic uint64_t lost;

uint64_t modules_generation(void)
{
    return atomic_load_explicit(&current_generation, memory_order_acquire);
}

uint64_t modules_unloaded(void)
{
    return atomic_load_explicit(&unloaded, memory_order_acquire);
}

uint64_t modules_lost(void)
{
    return atomic_load_explicit(&lost, memory_order_relaxed);
}

/* ---- comparing the table with the loader's list ---- */

static bool same_module(const struct module_entry *entry, const struct module_entry *other)
{
    const struct module *a = &entry->module, *b = &other->module;
    if (a->begin != b->begin || a->end != b->end || a->bias != b->bias ||
        entry->name_hash != other->name_hash || a->build_id_length != b->build_id_length ||
        memcmp(a->build_id, b->build_id, sizeof a->build_id) != 0)
        return false;
    /* Without a build id, a file of the same name may have other contents when loaded again. */
    return a->build_id_length || entry->identity.permanent || !unloads_changed;
}

static struct module_entry *find_same(const struct module_entry *wanted)
{
    for (uint32_t i = 0; i < entry_count; i++) {
        uint32_t index = expected + i;
        if (index >= entry_count)
            index -= entry_count;
        if (entries[index].seen || !same_module(&entries[index], wanted))
            continue;
        expected = index + 1;
        return &entries[index];
    }
    return NULL;
}

static int compare_one(struct dl_phdr_info *info, size_t size, void *argument)
{
    (void)size;
    (void)argument;
    struct module_entry *next =
        &entries[entry_count]; /* made in place: it is too large for the stack */
    bool full = entry_count == MODULES_MAX;
    static struct module_entry spare;
    if (full)
        next = &spare;
    module_describe(next, info);
    if (next->module.begin >= next->module.end)
        return 0;
    struct module_entry *known = find_same(next);
    if (known) {
        known->seen = true;
        return 0;
    }
    if (full) {
        atomic_fetch_add_explicit(&lost, 1, memory_order_relaxed);
        return 0;
    }
    module_describe_path(&next->module, info->dlpi_name ? info->dlpi_name : "", last_number == 0);
    next->module.number = ++last_number;
    next->seen = next->new = true;
    entry_count++;
    return 0;
}

static void report(const struct module *module)
{
    if (listener)
        listener(module, listener_argument);
}

static bool conclude_comparison(uint64_t next_generation)
{
    bool changed = false;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < entry_count; i++) {
        struct module_entry *entry = &entries[i];
        if (!entry->seen) {
            entry->module.unloaded = next_generation;
            atomic_fetch_add_explicit(&unloaded, 1, memory_order_release);
            report(&entry->module);
            changed = true;
            continue;
        }
        if (entry->new) {
            entry->module.loaded = next_generation;
            report(&entry->module);
            changed = true;
        }
        entry->seen = entry->new = false;
        if (kept != i)
            entries[kept] = *entry;
        kept++;
    }
    invariant(kept <= entry_count && entry_count <= MODULES_MAX);
    entry_count = kept;
    return changed;
}

/* ---- the table as others may read it at any time ---- */

/*
 * Words of an identity. A number of the table's states, odd while it is being written, is what
 * readers compare before and after.
 */
enum { WORDS_PER_IDENTITY = 8 };
static _Atomic uint64_t published[MODULES_MAX][WORDS_PER_IDENTITY];
static _Atomic uint32_t published_count;
static _Atomic uint64_t published_state;

static void publish(void)
{
    uint64_t state = atomic_load_explicit(&published_state, memory_order_relaxed);
    invariant(state % 2 == 0);
    atomic_store_explicit(&published_state, state + 1, memory_order_relaxed);
    for (uint32_t i = 0; i < entry_count; i++) {
        const struct module_identity *identity = &entries[i].identity;
        uint64_t words[WORDS_PER_IDENTITY] = {identity->begin,        identity->end,
                                              identity->eh_frame_hdr, identity->build_id_at,
                                              identity->build_id[0],  identity->build_id[1],
                                              identity->build_id[2],  identity->permanent};
        for (unsigned k = 0; k < WORDS_PER_IDENTITY; k++)
            atomic_store_explicit(&published[i][k], words[k], memory_order_release);
    }
    atomic_store_explicit(&published_count, entry_count, memory_order_release);
    atomic_store_explicit(&published_state, state + 2, memory_order_release);
}

static void read_published(uint32_t index, struct module_identity *identity)
{
    uint64_t words[WORDS_PER_IDENTITY];
    for (unsigned k = 0; k < WORDS_PER_IDENTITY; k++)
        words[k] = atomic_load_explicit(&published[index][k], memory_order_acquire);
    *identity = (struct module_identity){.begin = words[0],
                                         .end = words[1],
                                         .eh_frame_hdr = words[2],
                                         .build_id_at = words[3],
                                         .build_id = {words[4], words[5], words[6]},
                                         .permanent = words[7] != 0};
}

static bool find_published(uint64_t begin, struct module_identity *identity)
{
    uint64_t state = atomic_load_explicit(&published_state, memory_order_acquire);
    uint32_t count = atomic_load_explicit(&published_count, memory_order_acquire);
    bool found = false;
    for (uint32_t i = 0; i < count && !found; i++) {
        if (atomic_load_explicit(&published[i][0], memory_order_acquire) != begin)
            continue;
        read_published(i, identity);
        found = true;
    }
    return found && !(state & 1) &&
           atomic_load_explicit(&published_state, memory_order_relaxed) == state;
}

/*
 * Is somebody at the table, and therefore holds the loader's lock? That lock orders what its
 * holders do; this says so once more, for ThreadSanitizer, which does not know it.
 */
static _Atomic bool holding;
static _Thread_local bool holds __attribute__((tls_model("initial-exec")));

static void enter_table(void)
{
    invariant(!holds);
    (void)atomic_exchange_explicit(&holding, true, memory_order_acq_rel);
    holds = true;
}

static void leave_table(void)
{
    invariant(holds);
    holds = false;
    atomic_store_explicit(&holding, false, memory_order_release);
}

static void refresh_locked(const struct dl_phdr_info *info)
{
    invariant(holds);
    uint64_t generation = atomic_load_explicit(&current_generation, memory_order_relaxed);
    if (generation && info->dlpi_adds == loads_seen && info->dlpi_subs == unloads_seen)
        return;
    unloads_changed = info->dlpi_subs != unloads_seen;
    expected = 0;
    dl_iterate_phdr(compare_one, NULL);
    modules_mark_permanent(entries, entry_count, generation == 0);
    if (conclude_comparison(generation + 1)) {
        publish();
        atomic_store_explicit(&current_generation, generation + 1, memory_order_release);
    }
    loads_seen = info->dlpi_adds;
    unloads_seen = info->dlpi_subs;
}

/* ---- the doors ---- */

/*
 * The loader's lock is recursive, so it does not keep a signal handler out of what it interrupted;
 * this does.
 */
static _Thread_local bool inside __attribute__((tls_model("initial-exec")));

/*
 * Threads that are inside a look, and that are forking. Each side announces itself before it looks
 * for the other. A look gives up; a fork waits. It waits for whoever holds the loader's lock as
 * long as that takes, since the child would wait for ever; the holder waits for nobody, though it
 * may have to wait for a processor. For others it does not wait for ever: they may wait for that
 * lock, and it may be the forking thread that has it. Nor for the look that it interrupted itself.
 */
static _Atomic uint32_t looking;
static _Atomic uint32_t forking;
static _Thread_local bool forks __attribute__((tls_model("initial-exec")));

enum { FORK_WAITS = 200 };
#define FORK_WAIT_NS (500 * NS_PER_US)

static void before_fork(void)
{
    int saved_errno = errno;
    atomic_fetch_add(&forking, 1);
    forks = true;
    for (int i = 0; atomic_load(&looking) && i < FORK_WAITS; i += inside || !atomic_load(&holding))
        /* nanosleep() would be a cancellation point. */
        syscall(SYS_nanosleep, &(struct timespec){.tv_nsec = FORK_WAIT_NS}, NULL);
    errno = saved_errno;
}

static void after_fork_in_parent(void)
{
    invariant(forks && atomic_load(&forking) > 0);
    forks = false;
    atomic_fetch_sub(&forking, 1);
}

static void after_fork_in_child(void)
{
    forks = false;
    atomic_store(&forking, 0);
    atomic_store(&looking, inside ? 1 : 0);
    atomic_store(&holding, holds);
}

void modules_watch_forks(void)
{
    pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

static bool begin_look(void)
{
    if (inside)
        return false;
    atomic_fetch_add(&looking, 1);
    if (atomic_load(&forking) && !forks) {
        atomic_fetch_sub(&looking, 1);
        return false;
    }
    inside = true;
    atomic_signal_fence(memory_order_seq_cst);
    return true;
}

static void end_look(void)
{
    invariant(inside && atomic_load(&looking) > 0);
    atomic_signal_fence(memory_order_seq_cst);
    inside = false;
    atomic_fetch_sub(&looking, 1);
}

static bool iterate(int (*callback)(struct dl_phdr_info *, size_t, void *), void *argument)
{
    int saved_errno = errno;
    if (!begin_look())
        return false;
    dl_iterate_phdr(callback, argument);
    end_look();
    errno = saved_errno;
    return true;
}

static int refresh_callback(struct dl_phdr_info *info, size_t size, void *argument)
{
    (void)size;
    (void)argument;
    enter_table();
    refresh_locked(info);
    leave_table();
    return 1;
}

uint64_t modules_refresh(void)
{
    return iterate(refresh_callback, NULL) ? modules_generation() : 0;
}

struct search {
    uint64_t address;
    bool found;
    struct module *module; /* a copy goes to each of these two that is not NULL */
    struct module_identity *identity;
};

static int find_callback(struct dl_phdr_info *info, size_t size, void *argument)
{
    (void)size;
    struct search *search = argument;
    enter_table();
    refresh_locked(info);
    for (uint32_t i = 0; i < entry_count; i++) {
        const struct module *module = &entries[i].module;
        if (search->address < module->begin || search->address >= module->end)
            continue;
        search->found = true;
        if (search->module)
            *search->module = entries[i].module;
        if (search->identity)
            *search->identity = entries[i].identity;
        break;
    }
    leave_table();
    return 1;
}

uint64_t modules_find(uint64_t address, struct module *found)
{
    struct search search = {.address = address, .module = found};
    found->number = 0;
    return iterate(find_callback, &search) ? modules_generation() : 0;
}

struct listening {
    modules_listener *listener;
    void *argument;
};

static int listen_callback(struct dl_phdr_info *info, size_t size, void *argument)
{
    (void)size;
    const struct listening *listening = argument;
    enter_table();
    refresh_locked(info); /* the one who listened until now hears of what changed until now */
    listener = listening->listener;
    listener_argument = listening->argument;
    for (uint32_t i = 0; i < entry_count; i++)
        report(&entries[i].module);
    leave_table();
    return 1;
}

bool modules_listen(modules_listener *new_listener, void *argument)
{
    struct listening listening = {.listener = new_listener, .argument = argument};
    return iterate(listen_callback, &listening);
}

/* ---- without a lock ---- */

static bool has_build_id(const struct module_identity *identity)
{
    return identity->build_id_at && !memcmp((const void *)(uintptr_t)identity->build_id_at,
                                            identity->build_id, sizeof identity->build_id);
}

#ifdef DLFO_STRUCT_HAS_EH_DBASE

bool module_is_live(const struct module_identity *identity, uint64_t address)
{
    struct dl_find_object object;
    return _dl_find_object((void *)(uintptr_t)address, &object) == 0 &&
           (uint64_t)(uintptr_t)object.dlfo_map_start == identity->begin &&
           (uint64_t)(uintptr_t)object.dlfo_eh_frame == identity->eh_frame_hdr &&
           has_build_id(identity);
}

static bool identify_at_once(uint64_t address, struct module_identity *identity)
{
    struct dl_find_object object;
    if (_dl_find_object((void *)(uintptr_t)address, &object) != 0 ||
        !find_published((uint64_t)(uintptr_t)object.dlfo_map_start, identity) ||
        (uint64_t)(uintptr_t)object.dlfo_eh_frame != identity->eh_frame_hdr)
        return false;
    return identity->permanent || has_build_id(identity);
}

#else

static bool identify_at_once(uint64_t address, struct module_identity *identity)
{
    (void)address;
    (void)identity;
    return false;
}

bool module_is_live(const struct module_identity *identity, uint64_t address)
{
    struct module_identity present;
    return modules_identify(address, &present) && present.begin == identity->begin &&
           present.eh_frame_hdr == identity->eh_frame_hdr && has_build_id(identity);
}

#endif

bool modules_identify(uint64_t address, struct module_identity *identity)
{
    if (identify_at_once(address, identity))
        return true;
    struct search search = {.address = address, .identity = identity};
    return iterate(find_callback, &search) && search.found;
}
