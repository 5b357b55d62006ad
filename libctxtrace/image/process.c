#include "image/process.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/page.h"
#include "image/permission.h"
#include "image/process_clone.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define PAGE_PRESENT (UINT64_C(3) << 62) /* or in swap; see proc_pid_pagemap(5) */

/* ---- memory ---- */

/* One call for each range, where the call for many is not to be had. */
static void fetch_one_by_one(int file, const struct memory_range *ranges, void *const *local,
                             size_t *read, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ssize_t got =
            pread(file, local[i], ranges[i].end - ranges[i].start, (off_t)ranges[i].start);
        read[i] = got < 0 ? 0 : (size_t)got;
    }
}

/* Seccomp filters of containers forbid the call; the file was opened under the same checks. */
static bool is_forbidden(int number)
{
    return number == EPERM || number == ENOSYS || number == EACCES;
}

static void fetch(void *state, const struct memory_range *ranges, void *const *local, size_t *read,
                  size_t count)
{
    struct process_state *process = state;
    size_t next = 0;
    /* process_vm_readv() would give the clone a page of its own for each that it reads. */
    if (process->clone >= 0) {
        fetch_one_by_one(process->clone_memory, ranges, local, read, count);
        return;
    }
    if (process->must_seek) {
        fetch_one_by_one(process->memory, ranges, local, read, count);
        return;
    }
    while (next < count) {
        struct iovec here[64], there[64];
        size_t some = count - next < 64 ? count - next : 64;
        for (size_t i = 0; i < some; i++) {
            size_t length = ranges[next + i].end - ranges[next + i].start;
            here[i] = (struct iovec){local[next + i], length};
            /* An address of the other process: never followed here. */
            there[i] = (struct iovec){(void *)(uintptr_t)ranges[next + i].start, length};
        }
        ssize_t got = process_vm_readv(process->pid, here, some, there, some, 0);
        if (got < 0 && is_forbidden(errno)) {
            process->must_seek = true;
            fetch_one_by_one(process->memory, ranges + next, local + next, read + next,
                             count - next);
            return;
        }
        size_t left = got < 0 ? 0 : (size_t)got, done = 0;
        while (done < some && left >= here[done].iov_len) {
            read[next + done] = here[done].iov_len;
            left -= here[done++].iov_len;
        }
        if (done < some) {
            read[next + done] = left;
            done++; /* this one holds what cannot be read; go on behind it */
        }
        next += done;
    }
}

static void presence(void *state, uint64_t start, size_t pages, bool *there)
{
    const struct process_state *process = state;
    uint64_t entries[512];
    int pagemap = process->clone >= 0 ? process->clone_pagemap : process->pagemap;
    while (pages && pagemap >= 0) {
        size_t some = pages < 512 ? pages : 512;
        ssize_t got = pread(pagemap, entries, some * 8, (off_t)(start / PAGE_BYTES * 8));
        if (got <= 0)
            return;
        for (size_t i = 0; i < (size_t)got / 8; i++)
            *there++ = (entries[i] & PAGE_PRESENT) != 0;
        start += (size_t)got / 8 * PAGE_BYTES;
        pages -= (size_t)got / 8;
    }
}

static const struct memory_backend backend = {.fetch = fetch, .presence = presence};

/* Mappings whose reading fails or, for devices, could do something. */
static bool is_readable_mapping(const char *permissions, const char *name)
{
    if (permissions[0] != 'r')
        return false;
    if (strncmp(name, "[vvar", 5) == 0 || strncmp(name, "[vsyscall", 9) == 0)
        return false;
    return strncmp(name, "/dev/", 5) != 0 || strncmp(name, "/dev/zero", 9) == 0 ||
           strncmp(name, "/dev/shm/", 9) == 0;
}

struct mapping_line {
    uint64_t start, end;
    char permissions[5];
    bool readable;
};

static bool parse_mapping(const char *line, struct mapping_line *mapping)
{
    int name = 0;
    if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %*s %*s %*s %n", &mapping->start, &mapping->end,
               mapping->permissions, &name) < 3)
        return false;
    mapping->readable = is_readable_mapping(mapping->permissions, name ? line + name : "");
    return true;
}

static void add_mapping(struct image *image, const struct mapping_line *mapping)
{
    if (mapping->readable)
        memory_add_region(image->memory, mapping->start, mapping->end,
                          mapping->permissions[1] == 'w');
}

static size_t read_maps(struct image *image, FILE *maps)
{
    char line[4352];
    struct mapping_line mapping;
    size_t mappings = 0;
    for (; fgets(line, sizeof line, maps); mappings++)
        if (parse_mapping(line, &mapping))
            add_mapping(image, &mapping);
    return mappings;
}

/*
 * Of a clone: what it shares with the process is that of now and not of then, and what it was to
 * find wiped (the flag "wf") is not what the process has. Neither is read, so that what is missing
 * is missed. What it was not to have it has not.
 */
static size_t read_smaps(struct image *image, FILE *smaps)
{
    char line[4352];
    struct mapping_line mapping = {0}, next;
    size_t mappings = 0;
    while (fgets(line, sizeof line, smaps)) {
        if (parse_mapping(line, &next)) {
            add_mapping(image, &mapping);
            mapping = next;
            mapping.readable &= mapping.permissions[3] == 'p';
            mappings++;
        } else if (strncmp(line, "VmFlags:", 8) == 0 && strstr(line, " wf")) {
            mapping.readable = false;
        }
    }
    add_mapping(image, &mapping);
    return mappings;
}

static bool read_mappings(struct image *image, struct error *error)
{
    const struct process_state *process = image->state;
    bool is_clone = process->clone >= 0;
    int descriptor = openat(is_clone ? process->clone : image->directory,
                            is_clone ? "smaps" : "maps", O_RDONLY | O_CLOEXEC);
    FILE *maps = descriptor >= 0 ? fdopen(descriptor, "r") : NULL;
    if (!maps) {
        if (descriptor >= 0)
            close(descriptor);
        return error_set(error, "process %d has ended", image->pid);
    }
    memory_begin_regions(image->memory);
    size_t mappings = is_clone ? read_smaps(image, maps) : read_maps(image, maps);
    fclose(maps);
    if (!memory_end_regions(image->memory))
        return error_set(error, "out of memory while looking at process %d", image->pid);
    if (!mappings)
        return error_set(error, "process %d has ended", image->pid);
    return true;
}

/* ---- what /proc tells ---- */

static char *read_small_file(int directory, const char *name, size_t *length)
{
    int descriptor = openat(directory, name, O_RDONLY | O_CLOEXEC);
    char *text = malloc(65536);
    ssize_t got = descriptor >= 0 && text ? read(descriptor, text, 65535) : -1;
    int number = errno;
    if (descriptor >= 0)
        close(descriptor);
    if (got < 0) {
        free(text);
        errno = number;
        return NULL;
    }
    text[got] = '\0';
    *length = (size_t)got;
    return text;
}

static char *command_line(int directory)
{
    size_t length;
    char *text = read_small_file(directory, "cmdline", &length);
    if (!text)
        return strdup("");
    while (length && !text[length - 1])
        length--;
    for (size_t i = 0; i < length; i++)
        if (!text[i])
            text[i] = ' ';
    return text;
}

static int64_t start_time(int directory)
{
    size_t length;
    char *text = read_small_file(directory, "stat", &length);
    char *end_of_name = text ? strrchr(text, ')') : NULL;
    unsigned long long ticks;
    /* Field 22, counted from the state that follows the name in field 3. */
    bool found =
        end_of_name && sscanf(end_of_name + 1,
                              " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d"
                              " %*d %*d %llu",
                              &ticks) == 1;
    free(text);
    return found ? (int64_t)(ticks *
                             ((uint64_t)NS_PER_SECOND / (unsigned long long)sysconf(_SC_CLK_TCK)))
                 : INT64_MIN;
}

static uint64_t load_bias(struct image *image)
{
    uint64_t in_file = elf_file_program_headers(image->executable);
    size_t length;
    char *auxv = read_small_file(image->directory, "auxv", &length);
    uint64_t bias = 0;
    for (size_t at = 0; auxv && at + 16 <= length; at += 16) {
        uint64_t entry[2];
        memcpy(entry, auxv + at, 16);
        if (entry[0] == 3) /* AT_PHDR */
            bias = entry[1] - in_file;
    }
    free(auxv);
    return bias;
}

static bool open_memory(struct process_state *process, struct error *error)
{
    process->memory = openat(process->image->directory, "mem", O_RDONLY | O_CLOEXEC);
    if (process->memory >= 0)
        return true;
    if (errno == ENOENT || errno == ESRCH)
        return error_set(error, "there is no process %d", process->pid);
    return permission_explain_reading(process->pid, error);
}

static void close_state(void *state)
{
    struct process_state *process = state;
    process_resume(process->image, NULL);
    if (process->image->directory >= 0)
        close(process->image->directory);
    if (process->memory >= 0)
        close(process->memory);
    if (process->pagemap >= 0)
        close(process->pagemap);
    free(process);
}

static bool open_executable(struct image *image, struct error *error)
{
    char path[64], name[4096];
    int directory = image->directory;
    ssize_t length = readlinkat(directory, "exe", name, sizeof name - 1);
    if (length < 0)
        return error_set(error, "process %d has no executable to look at: %s", image->pid,
                         strerror(errno));
    name[length] = '\0';
    image->path = strdup(name);
    /* Through /proc: the very file, also when it was replaced or lies in a container. */
    snprintf(path, sizeof path, "/proc/self/fd/%d/exe", directory);
    image->executable = elf_file_open(path, name, error);
    return image->executable != NULL;
}

/*
 * The memory file is that of the program that ran when it was opened: nothing comes out of it once
 * that has made room for another.
 */
static bool has_its_memory(const struct process_state *process)
{
    unsigned char byte;
    return !process->witness || pread(process->memory, &byte, 1, (off_t)process->witness) == 1;
}

static void choose_witness(struct image *image)
{
    struct process_state *process = image->state;
    process->witness = image->bias + elf_file_program_headers(image->executable);
    if (!has_its_memory(process))
        process->witness = 0;
}

struct image *image_open_process(int pid, struct error *error)
{
    struct image *image = calloc(1, sizeof *image);
    struct process_state *process = calloc(1, sizeof *process);
    if (!image || !process) {
        error_no_memory(error);
        free(image);
        free(process);
        return NULL;
    }
    char path[64];
    snprintf(path, sizeof path, "/proc/%d", pid);
    int directory = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    *process = (struct process_state){.pid = pid,
                                      .pagemap = openat(directory, "pagemap", O_RDONLY | O_CLOEXEC),
                                      .image = image,
                                      .memory = -1,
                                      .clone = -1,
                                      .clone_memory = -1,
                                      .clone_pagemap = -1};
    image->pid = pid;
    image->live = true;
    image->directory = directory;
    image->state = process;
    image->close_state = close_state;
    image->command = command_line(directory);
    image->started_ns = start_time(directory);
    image->memory = memory_new(&backend, process);
    bool good = directory >= 0 || error_set(error, "there is no process %d", pid);
    good = good && ((image->memory && image->command) || error_no_memory(error));
    if (good && open_memory(process, error) && open_executable(image, error) &&
        read_mappings(image, error)) {
        image->bias = load_bias(image);
        choose_witness(image);
        if (image_is_same(image, error))
            return image;
    }
    image_close(image);
    return NULL;
}

bool image_refresh(struct image *image, struct error *error)
{
    if (!image->live)
        return true;
    return image_is_same(image, error) && read_mappings(image, error);
}

bool image_is_same(const struct image *image, struct error *error)
{
    struct stat task;
    if (!image->live)
        return true;
    if (fstatat(image->directory, "task", &task, 0) != 0)
        return error_set(error, "process %d has ended", image->pid);
    if (has_its_memory(image->state))
        return true;
    return error_set(error,
                     "process %d has ended, or runs another program by now: look at it again",
                     image->pid);
}
