/*
 * A core file holds what the program could write, as PT_LOAD segments, and as notes the registers
 * of each thread (NT_PRSTATUS), the auxiliary vector (NT_AUXV) and which files were mapped where
 * (NT_FILE). What was read-only is usually not in it, and is taken from the executable, which has
 * to be the same build.
 */
#include "base/array.h"
#include "base/error.h"
#include "base/invariant.h"
#include "base/page.h"
#include "base/sorted.h"
#include "image/decompress.h"
#include "image/executable_kind.h"
#include "image/image.h"
#include "image/processor.h"
#include "image/regular_file.h"

#include <elf.h>
#include <errno.h>
#include <gelf.h>
#include <libelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/procfs.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_FILES 65536
#define MAX_NOTES (UINT64_C(1) << 30) /* some kilobytes for each thread */

#define MAX_MAPPINGS 64 /* of the executable; a linker makes five or six */

/* Bytes of memory and where they are kept. */
struct piece {
    uint64_t start, end;
    int descriptor;
    uint64_t offset;
    bool writable;
};

struct mapped_file {
    uint64_t start, end, offset;
    const char *path; /* in the note */
};

struct core_state {
    int descriptor;
    Elf *elf;
    uint64_t size;
    struct piece *pieces; /* by start, none overlap */
    size_t count, capacity;
    struct mapped_file *files;
    size_t file_count;
    char *file_note; /* a copy, NUL-terminated */
    uint64_t program_headers;
    bool truncated;
};

static void close_state(void *state)
{
    struct core_state *core = state;
    if (core->elf)
        elf_end(core->elf);
    if (core->descriptor >= 0)
        close(core->descriptor);
    free(core->pieces);
    free(core->files);
    free(core->file_note);
    free(core);
}

/* ---- memory ---- */

static const struct piece *piece_at(const struct core_state *core, uint64_t address)
{
    size_t place = SORTED_FIRST(i, 0, core->count, core->pieces[i].end > address);
    return place < core->count && core->pieces[place].start <= address ? &core->pieces[place]
                                                                       : NULL;
}

static size_t read_range(const struct core_state *core, const struct memory_range *range,
                         char *local)
{
    uint64_t at = range->start;
    while (at < range->end) {
        const struct piece *piece = piece_at(core, at);
        if (!piece)
            break;
        invariant(piece->start <= at && at < piece->end);
        uint64_t size = (range->end < piece->end ? range->end : piece->end) - at;
        ssize_t got = pread(piece->descriptor, local + (at - range->start), size,
                            (off_t)(piece->offset + (at - piece->start)));
        if (got <= 0)
            break;
        at += (uint64_t)got;
    }
    return (size_t)(at - range->start);
}

static void fetch(void *state, const struct memory_range *ranges, void *const *local, size_t *read,
                  size_t count)
{
    for (size_t i = 0; i < count; i++)
        read[i] = read_range(state, &ranges[i], local[i]);
}

static const struct memory_backend backend = {.fetch = fetch};

static bool add_piece(struct core_state *core, const struct piece *piece)
{
    if (piece->start >= piece->end)
        return true;
    if (!ARRAY_ROOM(core->pieces, core->capacity, core->count + 1))
        return false;
    core->pieces[core->count++] = *piece;
    return true;
}

static int by_start(const void *a, const void *b)
{
    const struct piece *left = a, *right = b;
    return (left->start > right->start) - (left->start < right->start);
}

static void sort_pieces(struct core_state *core)
{
    if (core->count)
        qsort(core->pieces, core->count, sizeof *core->pieces, by_start);
    for (size_t i = 1; i < core->count; i++) /* a damaged core can have overlapping ones */
        if (core->pieces[i].start < core->pieces[i - 1].end)
            core->pieces[i - 1].end = core->pieces[i].start;
    invariant(SORTED_ALL(i, core->count, core->pieces[i - 1].end <= core->pieces[i].start));
}

static bool add_segments(struct core_state *core)
{
    size_t count;
    if (elf_getphdrnum(core->elf, &count) != 0)
        return true;
    for (size_t i = 0; i < count; i++) {
        GElf_Phdr header;
        if (!gelf_getphdr(core->elf, (int)i, &header) || header.p_type != PT_LOAD)
            continue;
        uint64_t size = header.p_filesz;
        if (header.p_offset > core->size || size > core->size - header.p_offset) {
            core->truncated = true;
            size = header.p_offset < core->size ? core->size - header.p_offset : 0;
        }
        if (header.p_vaddr + size < header.p_vaddr)
            continue;
        const struct piece piece = {header.p_vaddr, header.p_vaddr + size, core->descriptor,
                                    header.p_offset, header.p_flags & PF_W};
        if (!add_piece(core, &piece))
            return false;
    }
    sort_pieces(core);
    return true;
}

/* Adds what the core lacks of a mapping of the executable, as far as the file has pages of it. */
static bool add_missing(struct core_state *core, const struct mapped_file *file, int descriptor,
                        uint64_t file_size)
{
    size_t known = core->count;
    uint64_t at = file->start, end = file->end;
    if (at >= end || file->offset >= file_size)
        return true;
    uint64_t in_file = page_round_up(file_size - file->offset);
    if (end - at > in_file)
        end = at + in_file;
    /* The pieces lie in order and do not overlap. */
    for (size_t i = 0; i <= known && at < end; i++) {
        const struct piece *piece = i < known ? &core->pieces[i] : NULL;
        if (piece && piece->end <= at)
            continue;
        uint64_t until = piece && piece->start < end ? piece->start : end;
        const struct piece missing = {at, until, descriptor, file->offset + (at - file->start),
                                      false};
        uint64_t behind = piece ? piece->end : end;
        if (!add_piece(core, &missing))
            return false;
        at = behind;
    }
    sort_pieces(core);
    return true;
}

/* ---- notes ---- */

static bool add_thread(struct image *image, const char *bytes, size_t size)
{
    struct elf_prstatus status;
    struct user_regs_struct registers;
    if (size < sizeof status)
        return true;
    memcpy(&status, bytes, sizeof status);
    memcpy(&registers, &status.pr_reg, sizeof registers);
    if (!ARRAY_ROOM(image->threads, image->thread_capacity, image->thread_count + 1))
        return false;
    struct image_thread *thread = &image->threads[image->thread_count++];
    *thread = (struct image_thread){.tid = status.pr_pid, .own_tid = status.pr_pid};
    processor_see(&registers, thread);
    return true;
}

static void read_auxv(struct core_state *core, const char *bytes, size_t size)
{
    for (size_t at = 0; at + 16 <= size; at += 16) {
        uint64_t entry[2];
        memcpy(entry, bytes + at, 16);
        if (entry[0] == AT_PHDR)
            core->program_headers = entry[1];
    }
}

/* Words: count, page size; count triples of start, end, offset in pages; then count names. */
static bool read_files(struct core_state *core, const char *bytes, size_t size)
{
    uint64_t count, page;
    if (core->file_note || size < 16)
        return true;
    memcpy(&count, bytes, 8);
    memcpy(&page, bytes + 8, 8);
    if (count > MAX_FILES || size - 16 < count * 24 || !page)
        return true;
    core->file_note = malloc(size + 1);
    core->files = calloc(count + 1, sizeof *core->files);
    if (!core->file_note || !core->files)
        return false;
    memcpy(core->file_note, bytes, size);
    core->file_note[size] = '\0';
    const char *name = core->file_note + 16 + count * 24, *end = core->file_note + size;
    for (uint64_t i = 0; i < count && name < end; i++) {
        uint64_t words[3];
        memcpy(words, bytes + 16 + i * 24, 24);
        core->files[core->file_count++] =
            (struct mapped_file){words[0], words[1], words[2] * page, name};
        name += strlen(name) + 1;
    }
    return true;
}

static bool read_process(struct image *image, const char *bytes, size_t size)
{
    struct elf_prpsinfo info;
    if (size < sizeof info)
        return true;
    memcpy(&info, bytes, sizeof info);
    image->pid = info.pr_pid;
    free(image->command);
    image->command = strndup(info.pr_psargs, sizeof info.pr_psargs);
    size_t length = image->command ? strlen(image->command) : 0;
    while (length && image->command[length - 1] == ' ')
        image->command[--length] = '\0';
    return image->command != NULL;
}

static bool read_note(struct image *image, struct core_state *core, unsigned type,
                      const char *bytes, size_t size)
{
    if (processor_is_vector_note(type)) { /* of the thread before */
        if (image->thread_count)
            processor_vectors(bytes, size, image->threads[image->thread_count - 1].vectors);
        return true;
    }
    switch (type) {
    case NT_PRSTATUS:
        return add_thread(image, bytes, size);
    case NT_AUXV:
        read_auxv(core, bytes, size);
        return true;
    case NT_FILE:
        return read_files(core, bytes, size);
    case NT_PRPSINFO:
        return read_process(image, bytes, size);
    default:
        return true;
    }
}

static bool read_notes(struct image *image, struct core_state *core)
{
    size_t count;
    uint64_t room = MAX_NOTES;
    if (elf_getphdrnum(core->elf, &count) != 0)
        return true;
    for (size_t i = 0; i < count; i++) {
        GElf_Phdr header;
        if (!gelf_getphdr(core->elf, (int)i, &header) || header.p_type != PT_NOTE ||
            header.p_filesz > room)
            continue;
        room -= header.p_filesz;
        Elf_Data *data =
            elf_getdata_rawchunk(core->elf, (int64_t)header.p_offset, header.p_filesz, ELF_T_NHDR);
        size_t offset = 0, next, name, text;
        GElf_Nhdr note;
        while (data && (next = gelf_getnote(data, offset, &note, &name, &text)) > 0) {
            if (!read_note(image, core, note.n_type, (const char *)data->d_buf + text,
                           note.n_descsz))
                return false;
            offset = next;
        }
    }
    return true;
}

/* ---- the executable ---- */

static const struct mapped_file *executable_mapping(const struct core_state *core)
{
    for (size_t i = 0; i < core->file_count; i++)
        if (core->program_headers >= core->files[i].start &&
            core->program_headers < core->files[i].end)
            return &core->files[i];
    return NULL;
}

/* Is the build id that the core's copy of the program headers leads to that of the file? */
static bool same_build(struct image *image)
{
    unsigned char id[ELF_BUILD_ID_SIZE];
    size_t length = elf_file_build_id(image->executable, id);
    struct elf_range segment;
    if (!length || !elf_file_segment(image->executable, 0, &segment))
        return true;
    /* The first page, with the headers and the notes, is dumped by default. */
    uint64_t start = segment.address + image->bias;
    const unsigned char *page = memory_at(image->memory, start, PAGE_BYTES);
    if (!page || memcmp(page, ELFMAG, SELFMAG) != 0)
        return true;
    unsigned char in_file[PAGE_BYTES];
    ssize_t got = pread(elf_file_descriptor(image->executable), in_file, PAGE_BYTES, 0);
    for (ssize_t at = 0; at + (ssize_t)length <= got; at++)
        if (memcmp(in_file + at, id, length) == 0)
            return memcmp(page + at, id, length) == 0;
    return true; /* the notes are elsewhere, and cannot be compared */
}

static bool describe_regions(struct image *image, const struct core_state *core)
{
    memory_begin_regions(image->memory);
    for (size_t i = 0; i < core->count; i++)
        memory_add_region(image->memory, core->pieces[i].start, core->pieces[i].end,
                          core->pieces[i].writable);
    return memory_end_regions(image->memory);
}

static bool add_mappings(struct core_state *core, const char *path, int descriptor)
{
    struct stat status;
    size_t added = 0;
    if (fstat(descriptor, &status) != 0)
        return true;
    for (size_t i = 0; i < core->file_count && added < MAX_MAPPINGS; i++) {
        if (strcmp(core->files[i].path, path) != 0)
            continue;
        if (!add_missing(core, &core->files[i], descriptor, (uint64_t)status.st_size))
            return false;
        added++;
    }
    return true;
}

static bool add_executable(struct image *image, struct core_state *core, const char *executable,
                           const char *core_path, struct error *error)
{
    const struct mapped_file *mapping = executable_mapping(core);
    if (!mapping && !executable)
        return error_set(error,
                         "%s does not name its executable; is it the core of a Linux program?",
                         core_path);
    image->path = strdup(executable ? executable : mapping->path);
    if (!image->path)
        return error_no_memory(error);
    if (access(image->path, R_OK) != 0)
        return error_set(error,
                         "cannot open %s, the executable that left %s: %s; if it is elsewhere now, "
                         "put its path into CTXTRACE_EXECUTABLE",
                         image->path, core_path, strerror(errno));
    image->executable = elf_file_open(image->path, image->path, error);
    if (!image->executable)
        return false;
    image->bias = core->program_headers
                      ? core->program_headers - elf_file_program_headers(image->executable)
                      : 0;
    if (!describe_regions(image, core))
        return error_no_memory(error);
    if (!same_build(image))
        return error_set(
            error,
            "%s is not the build that left %s; put the path of the executable that did "
            "into CTXTRACE_EXECUTABLE",
            image->path, core_path);
    if (mapping && !add_mappings(core, mapping->path, elf_file_descriptor(image->executable)))
        return error_no_memory(error);
    return describe_regions(image, core) || error_no_memory(error);
}

/* A compressed core gives its place to the plain one; a plain one stays. */
static bool decompress(struct core_state *core, const char *path, struct error *error)
{
    unsigned char head[4];
    ssize_t got = pread(core->descriptor, head, sizeof head, 0);
    if (got <= 0 || !decompress_knows(head, (size_t)got))
        return true;
    int plain = decompress_core(core->descriptor, path, &core->truncated, error);
    if (plain < 0)
        return false;
    close(core->descriptor);
    core->descriptor = plain;
    return true;
}

static bool open_core(struct image *image, struct core_state *core, const char *path,
                      struct error *error)
{
    struct stat status;
    GElf_Ehdr header;
    core->descriptor = regular_file_open(path, &status);
    if (core->descriptor < 0)
        return error_set(error, "cannot open %s: %s", path, regular_file_error(errno));
    if (!decompress(core, path, error) || fstat(core->descriptor, &status) != 0)
        return false;
    core->size = (uint64_t)status.st_size;
    /* Read, not mapped: a core may still be written, or be cut short by a full disk. */
    elf_version(EV_CURRENT);
    core->elf = elf_begin(core->descriptor, ELF_C_READ, NULL);
    if (!core->elf || !gelf_getehdr(core->elf, &header) || header.e_type != ET_CORE)
        return error_set(error, "%s is not a core file", path);
    if (!executable_machine_check(header.e_ident[EI_CLASS] == ELFCLASS64 ? 64 : 32,
                                  header.e_machine, path, error))
        return false;
    if (!add_segments(core) || !read_notes(image, core))
        return error_no_memory(error);
    if (!core->count || !image->thread_count)
        return error_set(error, "%s holds no memory or no threads; it is damaged or cut short",
                         path);
    image->truncated = core->truncated;
    return true;
}

struct image *image_open_core(const char *path, const char *executable, struct error *error)
{
    struct image *image = calloc(1, sizeof *image);
    struct core_state *core = calloc(1, sizeof *core);
    if (!image || !core) {
        error_no_memory(error);
        free(image);
        free(core);
        return NULL;
    }
    core->descriptor = -1;
    image->started_ns = INT64_MIN;
    image->state = core;
    image->close_state = close_state;
    image->command = strdup("");
    image->memory = memory_new(&backend, core);
    if (!image->command || !image->memory)
        error_no_memory(error);
    else if (open_core(image, core, path, error) &&
             add_executable(image, core, executable, path, error))
        return image;
    image_close(image);
    return NULL;
}
