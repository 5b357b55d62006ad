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

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <time.h>
#include <unistd.h>

#define PAGE_MASK UINT64_C(4095)

struct entry {
    struct module module;
    struct module_identity identity;
    const ElfW(Dyn) * dynamic;
    uint64_t name_hash; /* of the loader's name, as path may depend on the working directory */
    bool seen;          /* in the present comparison */
    bool new;
    bool dependencies_marked;
};

/* Everything below, but for the generation, belongs to whoever holds the loader's lock. */
static struct entry entries[MODULES_MAX];
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

static uint64_t hash_text(const char *text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *text; text++)
        hash = (hash ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
    return hash;
}

/* ---- describing one module ---- */

static void copy_path(struct module *module, const char *path)
{
    snprintf(module->path, sizeof module->path, "%s", path);
}

static void describe_path(struct module *module, const char *name, bool is_main)
{
    if (is_main) {
        ssize_t length = readlink("/proc/self/exe", module->path, sizeof module->path - 1);
        module->path[length > 0 ? length : 0] = 0;
        return;
    }
    if (name[0] == '/' || !strchr(name, '/')) {
        copy_path(module, name);
        return;
    }
    /* Opened by a relative name. The working directory is most probably still the same. */
    char directory[SEGMENT_MODULE_PATH_BYTES];
    if (!getcwd(directory, sizeof directory) || directory[0] != '/') {
        copy_path(module, name);
        return;
    }
    size_t length = strlen(directory);
    if (length + 1 + strlen(name) >= sizeof module->path) {
        copy_path(module, name);
        return;
    }
    memcpy(module->path, directory, length);
    module->path[length] = '/';
    strcpy(module->path + length + 1, name);
}

static size_t align4(size_t size)
{
    return (size + 3) & ~(size_t)3;
}

static void describe_build_id(struct entry *entry, const char *notes, size_t size)
{
    struct module *module = &entry->module;
    while (size >= sizeof(ElfW(Nhdr))) {
        ElfW(Nhdr) note;
        memcpy(&note, notes, sizeof note);
        size_t name = sizeof note, text = name + align4(note.n_namesz);
        size_t next = text + align4(note.n_descsz);
        if (text > size || note.n_descsz > size - text)
            return;
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
            !memcmp(notes + name, "GNU", 4)) {
            size_t length = note.n_descsz;
            if (length > sizeof module->build_id)
                length = sizeof module->build_id;
            memcpy(module->build_id, notes + text, length);
            module->build_id_length = (uint32_t)length;
            entry->identity.build_id_at = (uint64_t)(uintptr_t)(notes + text);
            return;
        }
        if (next > size)
            return;
        notes += next;
        size -= next;
    }
}

/* The first page holds the ELF header, so that much is mapped of any module. */
static void describe_identity(struct entry *entry)
{
    struct module_identity *identity = &entry->identity;
    identity->begin = entry->module.begin;
    identity->end = entry->module.end;
    if (identity->build_id_at < identity->begin ||
        identity->build_id_at + sizeof identity->build_id > identity->begin + PAGE_MASK + 1)
        identity->build_id_at = 0;
    else
        memcpy(identity->build_id, (const void *)(uintptr_t)identity->build_id_at,
               sizeof identity->build_id);
}

/* All but path, number and generations: what the program headers say. */
static void describe_image(struct entry *entry, const struct dl_phdr_info *info)
{
    struct module *module = &entry->module;
    module->bias = info->dlpi_addr;
    module->begin = UINT64_MAX;
    for (unsigned i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        uint64_t begin = info->dlpi_addr + header->p_vaddr;
        uint64_t end = begin + header->p_memsz;
        const void *content = (const void *)(uintptr_t)begin;
        if (header->p_type == PT_LOAD) {
            if ((begin & ~PAGE_MASK) < module->begin)
                module->begin = begin & ~PAGE_MASK;
            if (((end + PAGE_MASK) & ~PAGE_MASK) > module->end)
                module->end = (end + PAGE_MASK) & ~PAGE_MASK;
        } else if (header->p_type == PT_NOTE && !module->build_id_length) {
            describe_build_id(entry, content, header->p_memsz);
        } else if (header->p_type == PT_GNU_EH_FRAME) {
            entry->identity.eh_frame_hdr = begin;
        } else if (header->p_type == PT_DYNAMIC) {
            entry->dynamic = content;
        }
    }
    describe_identity(entry);
}

/* ---- which modules are never unloaded ---- */

static uint64_t dynamic_value(const struct entry *entry, int64_t tag)
{
    if (!entry->dynamic)
        return 0;
    for (const ElfW(Dyn) *item = entry->dynamic; item->d_tag != DT_NULL; item++) {
        if (item->d_tag == tag)
            return item->d_un.d_val;
    }
    return 0;
}

static const char *dynamic_strings(const struct entry *entry)
{
    uint64_t strings = dynamic_value(entry, DT_STRTAB);
    if (!strings)
        return NULL;
    /* The loader relocates this pointer in place, except where the section is read-only. */
    if (strings < entry->module.begin)
        strings += entry->module.bias;
    return (const char *)(uintptr_t)strings;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool is_called(const struct entry *entry, const char *needed)
{
    uint64_t soname = dynamic_value(entry, DT_SONAME);
    const char *strings = dynamic_strings(entry);
    if (soname && strings && !strcmp(strings + soname, needed))
        return true;
    return !strcmp(base_name(entry->module.path), base_name(needed));
}

/* What a module needs was loaded with it, so of several with the name it is the first. */
static void mark_permanent(const char *needed)
{
    for (uint32_t i = 0; i < entry_count; i++) {
        if (!is_called(&entries[i], needed))
            continue;
        entries[i].identity.permanent = true;
        return;
    }
}

static void mark_dependencies(struct entry *entry)
{
    entry->dependencies_marked = true;
    const char *strings = dynamic_strings(entry);
    if (!strings)
        return;
    for (const ElfW(Dyn) *item = entry->dynamic; item->d_tag != DT_NULL; item++) {
        if (item->d_tag == DT_NEEDED)
            mark_permanent(strings + item->d_un.d_val);
    }
}

static bool mark_dependencies_of_permanent(void)
{
    bool marked = false;
    for (uint32_t i = 0; i < entry_count; i++) {
        if (!entries[i].identity.permanent || entries[i].dependencies_marked)
            continue;
        mark_dependencies(&entries[i]);
        marked = true;
    }
    return marked;
}

/* The main program, the kernel's own, what says so itself, and we: while this code runs, its own
 * library is loaded, and if that is loaded anew it starts with an empty table. */
static bool is_permanent_root(const struct entry *entry, uint32_t index)
{
    uint64_t self = (uint64_t)(uintptr_t)&entries;
    uint64_t vdso = getauxval(AT_SYSINFO_EHDR);
    return index == 0 || (dynamic_value(entry, DT_FLAGS_1) & DF_1_NODELETE) ||
           (entry->module.begin <= self && self < entry->module.end) ||
           (entry->module.begin <= vdso && vdso < entry->module.end);
}

/* ---- comparing the table with the loader's list ---- */

static bool same_module(const struct entry *entry, const struct entry *other)
{
    const struct module *a = &entry->module, *b = &other->module;
    if (a->begin != b->begin || a->end != b->end || a->bias != b->bias ||
        entry->name_hash != other->name_hash || a->build_id_length != b->build_id_length ||
        memcmp(a->build_id, b->build_id, sizeof a->build_id) != 0)
        return false;
    /* Without a build id, a file of the same name may have other contents when loaded again. */
    return a->build_id_length || entry->identity.permanent || !unloads_changed;
}

static struct entry *find_same(const struct entry *wanted)
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
    struct entry *next = &entries[entry_count]; /* made in place: it is too large for the stack */
    bool full = entry_count == MODULES_MAX;
    static struct entry spare;
    if (full)
        next = &spare;
    memset(next, 0, sizeof *next);
    next->name_hash = hash_text(info->dlpi_name ? info->dlpi_name : "");
    describe_image(next, info);
    if (next->module.begin >= next->module.end)
        return 0;
    struct entry *known = find_same(next);
    if (known) {
        known->seen = true;
        return 0;
    }
    if (full) {
        atomic_fetch_add_explicit(&lost, 1, memory_order_relaxed);
        return 0;
    }
    describe_path(&next->module, info->dlpi_name ? info->dlpi_name : "", last_number == 0);
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

static void find_permanent(bool first)
{
    for (uint32_t i = 0; i < entry_count; i++) {
        if (entries[i].new &&is_permanent_root(&entries[i], i))
            entries[i].identity.permanent = true;
    }
    /* What the main program needs was all there before anything ran. Later modules are at most
     * permanent by their own word. */
    if (!first)
        return;
    while (mark_dependencies_of_permanent())
        continue;
}

static bool conclude_comparison(uint64_t next_generation)
{
    bool changed = false;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < entry_count; i++) {
        struct entry *entry = &entries[i];
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
    entry_count = kept;
    return changed;
}

/* ---- the table as others may read it at any time ---- */

/* Words of an identity. A number of the table's states, odd while it is being written, is what
 * readers compare before and after. */
enum { WORDS_PER_IDENTITY = 8 };
static _Atomic uint64_t published[MODULES_MAX][WORDS_PER_IDENTITY];
static _Atomic uint32_t published_count;
static _Atomic uint64_t published_state;

static void publish(void)
{
    uint64_t state = atomic_load_explicit(&published_state, memory_order_relaxed);
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

static void refresh_locked(const struct dl_phdr_info *info)
{
    uint64_t generation = atomic_load_explicit(&current_generation, memory_order_relaxed);
    if (generation && info->dlpi_adds == loads_seen && info->dlpi_subs == unloads_seen)
        return;
    unloads_changed = info->dlpi_subs != unloads_seen;
    expected = 0;
    dl_iterate_phdr(compare_one, NULL);
    find_permanent(generation == 0);
    if (conclude_comparison(generation + 1)) {
        publish();
        atomic_store_explicit(&current_generation, generation + 1, memory_order_release);
    }
    loads_seen = info->dlpi_adds;
    unloads_seen = info->dlpi_subs;
}

/* ---- the doors ---- */

/* The loader's lock is recursive, so it does not keep a signal handler out of what it interrupted;
 * this does. */
static _Thread_local bool inside __attribute__((tls_model("initial-exec")));

/* Threads that are inside a look, and that are forking. Each side announces itself before
 * it looks for the other. A look gives up; a fork waits, but not for ever, as the looking
 * thread may itself wait for the loader's lock. */
static _Atomic uint32_t looking;
static _Atomic uint32_t forking;
static _Thread_local bool forks __attribute__((tls_model("initial-exec")));

enum { FORK_WAITS = 200, FORK_WAIT_NS = 500000 };

static void before_fork(void)
{
    int saved_errno = errno;
    atomic_fetch_add(&forking, 1);
    forks = true;
    for (int i = 0; i < FORK_WAITS && atomic_load(&looking); i++)
        nanosleep(&(struct timespec){.tv_nsec = FORK_WAIT_NS}, NULL);
    errno = saved_errno;
}

static void after_fork_in_parent(void)
{
    forks = false;
    atomic_fetch_sub(&forking, 1);
}

static void after_fork_in_child(void)
{
    forks = false;
    atomic_store(&forking, 0);
    atomic_store(&looking, inside ? 1 : 0);
}

__attribute__((constructor)) static void watch_forks(void)
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
    refresh_locked(info);
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
    refresh_locked(info); /* the one who listened until now hears of what changed until now */
    listener = listening->listener;
    listener_argument = listening->argument;
    for (uint32_t i = 0; i < entry_count; i++)
        report(&entries[i].module);
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
