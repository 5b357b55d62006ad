#include "segment/file.h"

#include "base/error.h"
#include "base/invariant.h"
#include "image/seen_path.h"
#include "segment/header_v1.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* More than any program records, and little enough for every multiplication below. */
#define MOST_ITEMS     (UINT64_C(1) << 27)
#define MOST_WORDS     (UINT64_C(1) << 32) /* of the stacks' arena */
#define MOST_ITEM_SIZE (UINT64_C(1) << 26)

/* What one item of each area has at least: the words that version 1 had. */
static const uint64_t least_item_size[AREA_COUNT] = {
    [AREA_CONTEXTS] = CTX_WORDS * 8,   [AREA_TASKS] = TASK_RESERVED_1 * 8,
    [AREA_WAITS] = WAIT_FLAGS * 8,     [AREA_OBJECTS] = (OBJ_LAST_TASK + 1) * 8,
    [AREA_TEXTS] = TEXT_WORDS * 8,     [AREA_STACKS] = 8,
    [AREA_MODULES] = MODULE_WORDS * 8, [AREA_RINGS] = RING_FIRST_EVENT * 8,
};

static const char *const area_names[AREA_COUNT] = {
    [AREA_CONTEXTS] = "contexts", [AREA_TASKS] = "tasks",       [AREA_WAITS] = "waits",
    [AREA_OBJECTS] = "objects",   [AREA_TEXTS] = "texts",       [AREA_STACKS] = "stacks",
    [AREA_MODULES] = "modules",   [AREA_RINGS] = "event rings",
};

bool segment_has_magic(const void *head, size_t size)
{
    uint64_t magic = 0;
    if (size < sizeof magic)
        return false;
    memcpy(&magic, head, sizeof magic);
    return magic == SEGMENT_MAGIC || magic == __builtin_bswap64(SEGMENT_MAGIC);
}

size_t segment_file_read(const struct segment_file *file, uint64_t offset, void *out, size_t size)
{
    char *bytes = out;
    size_t got = 0;
    while (got < size) {
        ssize_t part = pread(file->descriptor, bytes + got, size - got, (off_t)(offset + got));
        if (part < 0 && errno == EINTR)
            continue;
        if (part <= 0)
            break;
        got += (size_t)part;
    }
    invariant(got <= size);
    memset(bytes + got, 0, size - got);
    return got;
}

/* ---- checking ---- */

static bool check_area(const struct segment_file *file, unsigned kind, uint64_t file_size,
                       const char *path, struct error *error)
{
    const struct segment_area *area = &file->header.areas[kind];
    uint64_t most = kind == AREA_STACKS ? MOST_WORDS : MOST_ITEMS;
    if (area->item_size < least_item_size[kind] || area->item_size % 8 != 0 ||
        area->item_size > MOST_ITEM_SIZE || area->capacity > most || area->offset % 8 != 0 ||
        area->offset < file->header.header_size ||
        (kind == AREA_STACKS && area->item_size != sizeof(uint64_t)))
        return error_set(error, "%s is damaged: its area of %s cannot be as its header says", path,
                         area_names[kind]);
    if (area->offset > file_size || area->capacity * area->item_size > file_size - area->offset)
        return error_set(
            error,
            "%s has been cut short: its area of %s does not fit in its %llu bytes; copy "
            "it again, as a whole",
            path, area_names[kind], (unsigned long long)file_size);
    return true;
}

static bool check_rings(const struct segment_file *file, const char *path, struct error *error)
{
    uint64_t events = file->header.ring_events;
    if (events > MOST_ITEM_SIZE / (EVENT_WORDS * 8) ||
        (RING_FIRST_EVENT + events * EVENT_WORDS) * 8 > file->header.areas[AREA_RINGS].item_size)
        return error_set(error, "%s is damaged: its event rings cannot be as its header says",
                         path);
    return true;
}

/*
 * A later header of this version may be larger: what is behind ours is not known, and not needed.
 */
static bool header_size_is_sound(const struct segment_header *header)
{
    if (header->version == SEGMENT_V1)
        return header->header_size == SEGMENT_V1_HEADER_SIZE;
    return header->header_size >= SEGMENT_HEADER_SIZE && header->header_size % 4096 == 0;
}

static bool check_version(const struct segment_header *header, const char *path,
                          struct error *error)
{
    if (header->version != SEGMENT_VERSION && header->version != SEGMENT_V1)
        return error_set(
            error,
            "%s has version %u of the format, and this program reads versions 1 to %d: use "
            "the ctxtrace that the recorded program was linked with",
            path, header->version, SEGMENT_VERSION);
    if (header->required_features & ~SEGMENT_KNOWN_REQUIRED_FEATURES)
        return error_set(
            error,
            "%s has features that this program does not know (0x%llx), and would be read "
            "wrongly: use the ctxtrace that the recorded program was linked with, or a "
            "later one",
            path, (unsigned long long)header->required_features);
    return true;
}

static bool check_header(struct segment_file *file, uint64_t file_size, const char *path,
                         struct error *error)
{
    const struct segment_header *header = &file->header;
    uint64_t magic = header->magic;
    if (magic == 0 && file_size >= SEGMENT_HEADER_SIZE)
        return error_set(
            error,
            "%s is a segment that was not finished: its program ended, or has not come "
            "further yet, while it made it",
            path);
    if (!segment_has_magic(&magic, sizeof magic))
        return error_set(error, "%s is not a segment: it does not begin as one", path);
    if (magic != SEGMENT_MAGIC || header->byte_order != SEGMENT_BYTE_ORDER)
        return error_set(
            error, "%s was written on a machine with another byte order; look at it there", path);
    if (!check_version(header, path, error))
        return false;
    if (!header_size_is_sound(header) || header->area_count < AREA_COUNT ||
        header->area_count > SEGMENT_MOST_AREAS)
        return error_set(error,
                         "%s is damaged: its header has a size of %llu bytes and %u areas, which "
                         "cannot be",
                         path, (unsigned long long)header->header_size, header->area_count);
    for (unsigned kind = 0; kind < AREA_COUNT; kind++) {
        if (!check_area(file, kind, file_size, path, error))
            return false;
    }
    return check_rings(file, path, error);
}

/* ---- the header ---- */

static void take_used(struct segment_file *file)
{
    for (unsigned kind = 0; kind < AREA_COUNT; kind++) {
        const struct segment_area *area = &file->header.areas[kind];
        struct area_range *range = &file->areas[kind];
        uint64_t used = area->used;
        range->used = used < range->capacity ? used : range->capacity;
    }
}

static void end_texts(struct segment_header *header)
{
    header->boot_id[sizeof header->boot_id - 1] = '\0';
    header->executable[sizeof header->executable - 1] = '\0';
    header->command[sizeof header->command - 1] = '\0';
}

/* The header in today's terms; false if the file is shorter than a header. */
static bool fetch_header(const struct segment_file *file, struct segment_header *header)
{
    union {
        struct segment_header today;
        struct segment_header_v1 v1;
    } raw;
    if (segment_file_read(file, 0, &raw, sizeof raw) < sizeof raw.v1)
        return false;
    if (raw.today.version == SEGMENT_V1 && raw.today.byte_order == SEGMENT_BYTE_ORDER)
        segment_header_from_v1(header, &raw.v1);
    else
        *header = raw.today;
    end_texts(header);
    return true;
}

static bool read_header(struct segment_file *file, const char *path, struct error *error)
{
    struct stat status;
    if (fstat(file->descriptor, &status) != 0)
        return error_set(error, "cannot read %s: %s", path, strerror(errno));
    if (!S_ISREG(status.st_mode))
        return error_set(error, "%s is not a regular file", path);
    if (!fetch_header(file, &file->header))
        return error_set(error, "%s is not a segment: it is too short", path);
    if (!check_header(file, (uint64_t)status.st_size, path, error))
        return false;
    file->device = status.st_dev;
    file->inode = status.st_ino;
    file->says_bounds = file->header.version != SEGMENT_V1;
    for (unsigned kind = 0; kind < AREA_COUNT; kind++) {
        const struct segment_area *area = &file->header.areas[kind];
        file->areas[kind] = (struct area_range){
            .offset = area->offset, .item_size = area->item_size, .capacity = area->capacity};
    }
    take_used(file);
    return true;
}

bool segment_file_open(struct segment_file *file, const char *path, struct error *error)
{
    *file = (struct segment_file){0};
    file->descriptor =
        seen_path_open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file->descriptor < 0) {
        if (errno == ELOOP)
            return error_set(error,
                             "%s is a symbolic link, and those are not followed: name the segment "
                             "itself",
                             path);
        if (errno == EACCES)
            return error_set(error,
                             "no permission to read %s: a segment is readable by the user whose "
                             "program wrote it, and by root",
                             path);
        return error_set(error, "cannot open %s: %s", path, strerror(errno));
    }
    if (read_header(file, path, error))
        return true;
    close(file->descriptor);
    file->descriptor = -1;
    return false;
}

void segment_file_close(struct segment_file *file)
{
    if (file->descriptor >= 0)
        close(file->descriptor);
    file->descriptor = -1;
}

bool segment_file_refresh(struct segment_file *file)
{
    struct segment_header fresh;
    if (!fetch_header(file, &fresh))
        return false;
    /* Geometry was checked and copied at opening; what the header says of it now is not used. */
    file->header = fresh;
    take_used(file);
    return true;
}

uint64_t segment_lost(const struct segment_header *header, enum loss kind)
{
    invariant(kind < LOSS_COUNT);
    uint64_t lost = 0;
    for (int reason = 0; reason < LOSS_REASON_ROOM; reason++)
        lost += header->losses[kind][reason];
    return lost;
}
