#include "record/storage.h"

#include "base/clock.h"
#include "base/invariant.h"
#include "base/page.h"
#include "record/segment_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LEAST_CLAIM = 16 * 1024, MOST_CLAIM = 1024 * 1024 };
#define RETRY_AFTER_NS NS_PER_SECOND

static void read_line(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd >= 0 ? read(fd, text, size - 1) : 0;
    if (fd >= 0)
        close(fd);
    if (length < 0)
        length = 0;
    text[length] = '\0';
    text[strcspn(text, "\n")] = '\0';
}

/* ---- layout ---- */

struct file_layout {
    struct segment_area areas[AREA_COUNT];
    uint64_t size;
};

/* `shift` halves every capacity that many times. */
static void lay_out(struct file_layout *layout, const struct storage_options *options,
                    unsigned shift)
{
    const uint64_t contexts = options->contexts, tasks = options->tasks;
    const struct {
        uint64_t item_size, capacity, least;
    } wanted[AREA_COUNT] = {
        [AREA_CONTEXTS] = {CTX_WORDS * 8, contexts, 64},
        [AREA_TASKS] = {TASK_WORDS * 8, tasks, 64},
        [AREA_WAITS] = {WAIT_WORDS * 8, tasks, 64},
        [AREA_OBJECTS] = {OBJ_WORDS * 8, tasks, 64},
        [AREA_TEXTS] = {SEGMENT_TEXT_SIZE, contexts, 64},
        [AREA_STACKS] = {8, UINT64_C(16) << 20, 4096},
        [AREA_MODULES] = {MODULE_WORDS * 8, 4096, 32},
        [AREA_RINGS] = {(RING_FIRST_EVENT + options->ring_events * EVENT_WORDS) * 8, tasks / 16, 4},
    };
    uint64_t offset = SEGMENT_HEADER_SIZE;
    for (int i = 0; i < AREA_COUNT; i++) {
        uint64_t capacity = wanted[i].capacity >> shift;
        if (capacity < wanted[i].least)
            capacity = wanted[i].least;
        invariant(offset % PAGE_BYTES == 0 && wanted[i].item_size > 0);
        layout->areas[i].offset = offset;
        layout->areas[i].item_size = wanted[i].item_size;
        layout->areas[i].capacity = capacity;
        offset += page_round_up(wanted[i].item_size * capacity);
    }
    layout->size = offset;
}

static uint64_t size_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return UINT64_MAX;
    return limit.rlim_cur;
}

/* Pages of addresses that the process has. */
static uint64_t pages_in_use(void)
{
    char text[64];
    read_line("/proc/self/statm", text, sizeof text);
    return strtoull(text, NULL, 10);
}

/* How many bytes of addresses recording may take: a small part of what a limit leaves. */
static uint64_t address_limit(void)
{
    enum { PART = 16 };
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return UINT64_MAX;
    uint64_t used = pages_in_use() * (uint64_t)sysconf(_SC_PAGESIZE);
    return limit.rlim_cur > used ? (limit.rlim_cur - used) / PART : 0;
}

/*
 * With what the recorder keeps beside it: lists of free slots, and of waits; see slots.c, waits.c.
 */
static uint64_t addresses_of(const struct file_layout *layout)
{
    uint64_t size = layout->size;
    for (int i = 0; i < AREA_COUNT; i++)
        if (i != AREA_STACKS && i != AREA_MODULES)
            size += layout->areas[i].capacity * sizeof(uint32_t);
    return size + 2 * layout->areas[AREA_TASKS].capacity * sizeof(uint32_t);
}

/* Where pages are larger than ours, the whole file can be read and written from the beginning. */
static bool can_protect(void)
{
    return sysconf(_SC_PAGESIZE) == (long)PAGE_BYTES;
}

/* Sets the file's size and maps it, halving the capacities until both are allowed. */
static int size_and_map(struct storage *storage, const struct storage_options *options,
                        struct file_layout *layout)
{
    invariant(!storage->base);
    enum { MOST_SHIFT = 20 };
    uint64_t limit = size_limit(), addresses = address_limit();
    int error = EFBIG;
    for (unsigned shift = 0; shift <= MOST_SHIFT; shift++) {
        lay_out(layout, options, shift);
        if (layout->size > limit)
            continue;
        if (addresses_of(layout) > addresses) {
            error = ENOMEM;
            continue;
        }
        if (ftruncate(storage->fd, (off_t)layout->size) != 0) {
            error = errno;
            continue;
        }
        void *base = mmap(NULL, layout->size, can_protect() ? PROT_NONE : PROT_READ | PROT_WRITE,
                          MAP_SHARED, storage->fd, 0);
        if (base != MAP_FAILED) {
            storage->base = base;
            storage->size = layout->size;
            return 0;
        }
        error = errno;
    }
    return error;
}

/* ---- header ---- */

static void read_command(char *text, size_t size)
{
    int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    ssize_t length = fd >= 0 ? read(fd, text, size - 1) : 0;
    if (fd >= 0)
        close(fd);
    if (length < 0)
        length = 0;
    while (length > 0 && text[length - 1] == '\0')
        length--;
    for (ssize_t i = 0; i < length; i++)
        if (text[i] == '\0')
            text[i] = ' ';
    text[length] = '\0';
}

static uint64_t inode_of(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 ? status.st_ino : 0;
}

/* What the time namespace adds to the monotonic clock; 0 where there are none. */
static int64_t namespace_offset_ns(void)
{
    char line[128];
    long long seconds = 0, nanoseconds = 0;
    read_line("/proc/self/timens_offsets", line, sizeof line);
    if (sscanf(line, "monotonic %lld %lld", &seconds, &nanoseconds) != 2)
        return 0;
    return seconds * NS_PER_SECOND + nanoseconds;
}

static void write_clocks(struct segment_header *header, int64_t started_ns)
{
    header->made_ns = now_ns();
    header->started_ns = started_ns ? started_ns : header->made_ns;
    header->realtime_offset_ns = realtime_ns() - header->made_ns;
    header->boottime_offset_ns = clock_ns(CLOCK_BOOTTIME) - header->made_ns;
    header->namespace_offset_ns = namespace_offset_ns();
}

/*
 * Held until the last mapping of this open file is gone; see "Liveness" in segment/format.h. File
 * systems that know no such locks leave the feature out. It is one for reading, since for a moment
 * the file is open twice, and never without a lock once it has a name.
 */
static bool hold_lock(int fd)
{
    struct flock whole = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
    return fcntl(fd, F_OFD_SETLK, &whole) == 0;
}

static void write_header(struct storage *storage, const struct storage_options *options,
                         const struct file_layout *layout)
{
    invariant(storage->size == layout->size);
    struct segment_header *header = storage->header =
        (struct segment_header *)(void *)storage->base;
    header->version = SEGMENT_VERSION;
    header->byte_order = SEGMENT_BYTE_ORDER;
    header->header_size = SEGMENT_HEADER_SIZE;
    header->file_size = layout->size;
    header->optional_features = hold_lock(storage->fd) ? SEGMENT_HAS_LOCK : 0;
    header->area_count = AREA_COUNT;
    header->recorder = SEGMENT_BY_LIBRARY;
    header->pid = getpid();
    header->forked_from = options->forked_from;
    header->process_start_time = segment_process_start_time(getpid());
    header->pid_namespace = inode_of("/proc/self/ns/pid");
    header->time_namespace = inode_of("/proc/self/ns/time");
    write_clocks(header, options->started_ns);
    header->ring_events = options->ring_events;
    header->unrecorded_contexts = options->unrecorded_contexts;
    header->unrecorded_tasks = options->unrecorded_tasks;
    memcpy(header->areas, layout->areas, sizeof layout->areas);
    read_line("/proc/sys/kernel/random/boot_id", header->boot_id, sizeof header->boot_id);
    ssize_t length = readlink("/proc/self/exe", header->executable, sizeof header->executable - 1);
    header->executable[length > 0 ? length : 0] = '\0';
    read_command(header->command, sizeof header->command);
    atomic_store_explicit(&header->magic, SEGMENT_MAGIC, memory_order_release);
}

/* ---- the descriptor ---- */

/*
 * The descriptor stays open, so that space can be claimed also when the program has given up its
 * rights or its root directory. But it is the program's to close, on purpose or with all others,
 * and then its number becomes some file of the program's: nothing is done by the number unless it
 * is the segment. Kept out of the way, where a program does not expect one.
 */
enum { USUAL_LIMIT = 1024, OUT_OF_THE_WAY = 64 };

static int move_away(int fd)
{
    struct rlimit limit;
    int least = STDERR_FILENO + 1;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur > 4 * OUT_OF_THE_WAY)
        least = (int)(limit.rlim_cur < USUAL_LIMIT ? limit.rlim_cur : USUAL_LIMIT) - OUT_OF_THE_WAY;
    int moved = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, least);
    if (moved < 0 && fd >= 0 && fd <= STDERR_FILENO) /* 0 to 2 are the program's in any case */
        moved = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    else if (moved < 0)
        return fd;
    syscall(SYS_close, fd);
    return moved;
}

static bool is_the_segment(const struct storage *storage, int fd)
{
    struct stat found;
    return fd >= 0 && fstat(fd, &found) == 0 && found.st_dev == storage->device &&
           found.st_ino == storage->inode;
}

static bool have_descriptor(struct storage *storage)
{
    if (is_the_segment(storage, storage->fd))
        return true;
    storage->fd = (int)syscall(SYS_openat, AT_FDCWD, storage->path,
                               O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (storage->fd >= 0 && !is_the_segment(storage, storage->fd)) {
        syscall(SYS_close, storage->fd);
        storage->fd = -1;
    }
    storage->fd = move_away(storage->fd);
    return storage->fd >= 0;
}

/* ---- space ---- */

static int write_zeros(int fd, off_t offset, off_t length)
{
    static const char zeros[PAGE_BYTES];
    while (length > 0) {
        size_t part = length < (off_t)sizeof zeros ? (size_t)length : sizeof zeros;
        long written = syscall(SYS_pwrite64, fd, zeros, part, offset);
        if (written <= 0)
            return -1;
        offset += written;
        length -= written;
    }
    return 0;
}

/*
 * From `offset` to `end`; nothing behind `unused` has been written to yet. Bare system calls,
 * because those of the C library are cancellation points, and locks are held here.
 */
static bool allocate(struct storage *storage, uint64_t offset, uint64_t unused, uint64_t end)
{
    invariant(offset <= unused && unused <= end && end <= storage->size);
    if (!have_descriptor(storage))
        return false;
    long failed;
    do
        failed = syscall(SYS_fallocate, storage->fd, FALLOC_FL_KEEP_SIZE, offset, end - offset);
    while (failed && errno == EINTR);
    if (failed && (errno == EOPNOTSUPP || errno == ENOSYS))
        failed = write_zeros(storage->fd, (off_t)unused, (off_t)(end - unused));
    return failed == 0;
}

/* From the page of `offset` to that before `end`, of the file. */
static bool make_accessible(const struct storage *storage, uint64_t offset, uint64_t end)
{
    uint64_t from = page_round_down(offset);
    invariant(offset <= end && end <= storage->size);
    if (!can_protect())
        return true;
    end = page_round_up(end);
    return mprotect(storage->base + from, end - from, PROT_READ | PROT_WRITE) == 0;
}

static uint64_t in_limits(uint64_t value, uint64_t least, uint64_t most)
{
    invariant(least <= most);
    return value < least ? least : value < most ? value : most;
}

/* Claims what is needed and, if there is room, as much again as there was. */
static bool claim_more(struct storage *storage, enum segment_area_kind kind, uint64_t items)
{
    const struct segment_area *area = &storage->header->areas[kind];
    invariant(items > atomic_load(&storage->claimed[kind]) && items <= area->capacity);
    uint64_t size = area->item_size, end = area->capacity * size;
    uint64_t have = atomic_load(&storage->claimed[kind]) * size;
    /* A page that is claimed already may be claimed again. */
    uint64_t from = page_round_down(have);
    uint64_t needed = items * size;
    uint64_t generous = have + in_limits(have, LEAST_CLAIM, MOST_CLAIM);
    uint64_t wanted = generous > needed ? generous : needed;
    wanted = wanted < end ? wanted : end;
    const uint64_t offset = area->offset;
    if (!allocate(storage, offset + from, offset + have, offset + wanted)) {
        wanted = needed;
        if (!allocate(storage, offset + from, offset + have, offset + wanted))
            return false;
    }
    if (!make_accessible(storage, offset + from, offset + wanted))
        return false;
    invariant(wanted / size >= items && wanted <= end);
    atomic_store_explicit(&storage->claimed[kind], wanted / size, memory_order_release);
    return true;
}

static bool claim_locked(struct storage *storage, enum segment_area_kind kind, uint64_t items)
{
    struct segment_area *area = &storage->header->areas[kind];
    if (items > area->capacity)
        return false;
    if (items > atomic_load(&storage->claimed[kind])) {
        if (storage->sealed)
            return false;
        int64_t now = now_ns();
        if (storage->refused_ns[kind] && now - storage->refused_ns[kind] < RETRY_AFTER_NS)
            return false;
        if (!claim_more(storage, kind, items)) {
            storage->refused_ns[kind] = now;
            return false;
        }
        storage->refused_ns[kind] = 0;
    }
    invariant(items <= atomic_load(&storage->claimed[kind]));
    if (items > atomic_load_explicit(&area->used, memory_order_relaxed))
        atomic_store_explicit(&area->used, items, memory_order_release);
    return true;
}

bool storage_claim(struct storage *storage, enum segment_area_kind kind, uint64_t items)
{
    int saved = errno, cancelable;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancelable);
    lock_take(&storage->claim_lock);
    bool claimed = claim_locked(storage, kind, items);
    lock_release(&storage->claim_lock);
    pthread_setcancelstate(cancelable, NULL);
    errno = saved;
    return claimed;
}

static void claim_ahead(struct storage *storage)
{
    static const uint64_t ahead[AREA_COUNT] = {
        [AREA_CONTEXTS] = 1024, [AREA_TASKS] = 1024, [AREA_WAITS] = 1024,
        [AREA_OBJECTS] = 256,   [AREA_TEXTS] = 512,  [AREA_STACKS] = 16 * 1024,
        [AREA_MODULES] = 64,    [AREA_RINGS] = 32};
    for (int kind = 0; kind < AREA_COUNT; kind++) {
        const struct segment_area *area = &storage->header->areas[kind];
        uint64_t items = atomic_load(&area->used) + ahead[kind];
        items = items < area->capacity ? items : area->capacity;
        if (items > atomic_load(&storage->claimed[kind]))
            claim_more(storage, kind, items);
    }
}

void storage_seal(struct storage *storage, bool sealed)
{
    lock_take(&storage->claim_lock);
    if (sealed && !storage->sealed)
        claim_ahead(storage);
    storage->sealed = sealed;
    lock_release(&storage->claim_lock);
}

/* ---- opening ---- */

void storage_close(struct storage *storage)
{
    if (storage->base)
        munmap(storage->base, storage->size);
    if (is_the_segment(storage, storage->fd))
        close(storage->fd);
    storage->base = NULL;
    storage->header = NULL;
    storage->fd = -1;
}

/* Nothing but the header has been made accessible yet. */
static bool map_again(struct storage *storage, int fd)
{
    invariant(storage->header && storage->size >= SEGMENT_HEADER_SIZE);
    void *base =
        mmap(storage->base, storage->size, can_protect() ? PROT_NONE : PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_FIXED, fd, 0);
    return base != MAP_FAILED && make_accessible(storage, 0, SEGMENT_HEADER_SIZE);
}

/* From here on others see it. 0 or an error number. */
static int give_name(struct storage *storage, char *path, size_t path_size)
{
    int named = segment_directory_name_file(storage->fd, path, path_size), unnamed = storage->fd;
    if (named < 0)
        return errno;
    bool locked = storage->header->optional_features & SEGMENT_HAS_LOCK;
    if (!is_the_segment(storage, named) || (locked && !hold_lock(named)) ||
        !map_again(storage, named)) {
        int error = errno ? errno : EIO;
        unlink(path);
        close(named);
        return error;
    }
    storage->fd = move_away(named);
    if (is_the_segment(storage, unnamed))
        close(unnamed);
    return 0;
}

static int open_file(struct storage *storage, bool *is_named, char *path, size_t path_size)
{
    struct stat made;
    storage->fd = move_away(segment_directory_create_file(is_named, path, path_size));
    if (storage->fd < 0 || fstat(storage->fd, &made) != 0)
        return errno;
    storage->path = path;
    storage->device = made.st_dev;
    storage->inode = made.st_ino;
    return 0;
}

static void find_items(struct storage *storage, const struct file_layout *layout)
{
    for (int kind = 0; kind < AREA_COUNT; kind++) {
        const struct segment_area *area = &layout->areas[kind];
        invariant(area->item_size % sizeof(segment_word) == 0);
        storage->items[kind] = (segment_word *)(void *)(storage->base + area->offset);
        storage->item_words[kind] = (uint32_t)(area->item_size / sizeof(segment_word));
    }
}

static int make_segment(struct storage *storage, const struct storage_options *options)
{
    struct file_layout layout = {0};
    int error = size_and_map(storage, options, &layout);
    if (error)
        return error;
    if (!allocate(storage, 0, 0, SEGMENT_HEADER_SIZE) ||
        !make_accessible(storage, 0, SEGMENT_HEADER_SIZE))
        return errno ? errno : ENOSPC;
    write_header(storage, options, &layout);
    find_items(storage, &layout);
    return 0;
}

/*
 * `named`: under its name from the beginning. Says whether it was a name that could not be given.
 */
static int open_storage(struct storage *storage, const struct storage_options *options, bool named,
                        bool *lacks_name, char *path, size_t path_size)
{
    *lacks_name = false;
    memset(storage, 0, sizeof *storage);
    lock_reset(&storage->claim_lock);
    int error = open_file(storage, &named, path, path_size);
    if (error)
        return error;
    error = make_segment(storage, options);
    if (!error && !named) {
        error = give_name(storage, path, path_size);
        *lacks_name = error != 0;
    }
    if (error) {
        storage_close(storage);
        if (named)
            unlink(path);
    }
    return error;
}

int storage_open(struct storage *storage, const struct storage_options *options, char *path,
                 size_t path_size)
{
    bool lacks_name;
    int error = open_storage(storage, options, false, &lacks_name, path, path_size);
    return lacks_name ? open_storage(storage, options, true, &lacks_name, path, path_size) : error;
}
