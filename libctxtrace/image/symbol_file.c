#include "image/symbol_file.h"

#include "base/clock.h"
#include "image/regular_file.h"

#include <elfutils/libdwelf.h>
#include <gelf.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char debug_directory[] = "/usr/lib/debug";

static bool open_elf(struct symbol_file *file, const char *path)
{
    file->elf = NULL;
    file->descriptor = regular_file_open(path, NULL);
    if (file->descriptor < 0)
        return false;
    file->elf = regular_file_elf(file->descriptor);
    if (file->elf && elf_kind(file->elf) == ELF_K_ELF)
        return true;
    symbol_file_close(file);
    return false;
}

void symbol_file_close(struct symbol_file *file)
{
    if (file->elf)
        elf_end(file->elf);
    if (file->descriptor >= 0)
        close(file->descriptor);
    *file = (struct symbol_file){.descriptor = -1};
}

static bool has_build_id(const struct symbol_file *file, const uint8_t *build_id, size_t length)
{
    const void *found;
    ssize_t size = dwelf_elf_gnu_build_id(file->elf, &found);
    return size > 0 && (size_t)size >= length && memcmp(found, build_id, length) == 0;
}

/* Without a build id, a file that has changed since the program was started is another one. */
static bool is_older(const struct symbol_file *file, int64_t not_after_ns)
{
    struct stat status;
    return fstat(file->descriptor, &status) == 0 &&
           status.st_mtim.tv_sec <= not_after_ns / NS_PER_SECOND;
}

static bool open_if_right(struct symbol_file *file, const char *path,
                          const struct symbol_request *request)
{
    if (!path || path[0] != '/' || !open_elf(file, path))
        return false;
    if (request->build_id_length > 0
            ? has_build_id(file, request->build_id, request->build_id_length)
            : is_older(file, request->not_after_ns))
        return true;
    symbol_file_close(file);
    return false;
}

/* DIRECTORY/.build-id/ab/cdef....debug, as gdb and the distributions have it. */
static bool open_by_build_id(struct symbol_file *file, const uint8_t *build_id, size_t length)
{
    char path[PATH_MAX];
    if (length < 2 || length > 64)
        return false;
    int end = snprintf(path, sizeof path, "%s/.build-id/%02x/", debug_directory, build_id[0]);
    for (size_t i = 1; i < length; i++)
        end += snprintf(path + end, sizeof path - (size_t)end, "%02x", build_id[i]);
    snprintf(path + end, sizeof path - (size_t)end, ".debug");
    if (!open_elf(file, path))
        return false;
    if (has_build_id(file, build_id, length))
        return true;
    symbol_file_close(file);
    return false;
}

bool symbol_file_open(struct symbol_file *file, const struct symbol_request *request)
{
    *file = (struct symbol_file){.descriptor = -1};
    return open_if_right(file, request->other_path, request) ||
           open_if_right(file, request->path, request) ||
           open_by_build_id(file, request->build_id, request->build_id_length);
}

/* ---- separate debug files ---- */

/* PREFIX DIRECTORY SUFFIX NAME */
static bool open_link(struct symbol_file *file, const struct symbol_file *main, const char *prefix,
                      const char *directory, const char *suffix, const char *name)
{
    char path[PATH_MAX];
    const void *build_id;
    ssize_t length = dwelf_elf_gnu_build_id(main->elf, &build_id);
    int size = snprintf(path, sizeof path, "%s%s%s%s", prefix, directory, suffix, name);
    /*
     * The link's checksum would have to be computed over the whole file; the build id says as much.
     */
    if (length <= 0 || size < 0 || (size_t)size >= sizeof path || !open_elf(file, path))
        return false;
    if (has_build_id(file, build_id, (size_t)length))
        return true;
    symbol_file_close(file);
    return false;
}

bool symbol_file_open_debug(struct symbol_file *file, const struct symbol_file *main,
                            const char *path)
{
    const void *build_id;
    GElf_Word checksum;
    *file = (struct symbol_file){.descriptor = -1};
    ssize_t length = dwelf_elf_gnu_build_id(main->elf, &build_id);
    if (length > 0 && open_by_build_id(file, build_id, (size_t)length))
        return true;
    const char *name = dwelf_elf_gnu_debuglink(main->elf, &checksum);
    const char *slash = path ? strrchr(path, '/') : NULL;
    if (!name || !slash || strchr(name, '/'))
        return false;
    char directory[PATH_MAX];
    snprintf(directory, sizeof directory, "%.*s", (int)(slash - path), path);
    return open_link(file, main, "", directory, "/", name) ||
           open_link(file, main, "", directory, "/.debug/", name) ||
           open_link(file, main, debug_directory, directory, "/", name);
}

bool symbol_file_has_section(const struct symbol_file *file, const char *name)
{
    size_t strings;
    if (!file->elf || elf_getshdrstrndx(file->elf, &strings) != 0)
        return false;
    for (Elf_Scn *section = NULL; (section = elf_nextscn(file->elf, section));) {
        GElf_Shdr header;
        const char *found =
            gelf_getshdr(section, &header) ? elf_strptr(file->elf, strings, header.sh_name) : NULL;
        if (found && strcmp(found, name) == 0)
            return header.sh_type != SHT_NOBITS && header.sh_size > 0;
    }
    return false;
}
