#include "preload/next_program.h"

#include "base/base_name.h"

#include <alloca.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    HEAD_SIZE = 1024, /* has the program headers of executables as linkers make them */
    INTERPRETER_SIZE = 256,
    MOST_SCRIPTS = 5 /* a script's interpreter can be one; the kernel allows as many */
};

/* Set by the linker: the header of this library. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

/* ---- the file ---- */

union head {
    char bytes[HEAD_SIZE];
    ElfW(Ehdr) elf;
};

static ssize_t read_head(const char *path, int *file, union head *head)
{
    struct stat status;
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode))
        return -1;
    *file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    return *file < 0 ? -1 : pread(*file, head->bytes, sizeof head->bytes, 0);
}

/* That of glibc, which this library is built for, is called so on all machines. */
static bool is_loader_of_ours(int file, const ElfW(Phdr) * header)
{
    char path[INTERPRETER_SIZE];
    ssize_t length = pread(file, path, sizeof path - 1, (off_t)header->p_offset);
    if (length <= 0)
        return true;
    path[length] = '\0';
    return strncmp(base_name(path), "ld-linux", 8) == 0;
}

static bool elf_rejects(int file, const union head *head, size_t length)
{
    const ElfW(Ehdr) *elf = &head->elf;
    if (elf->e_ident[EI_CLASS] != __ehdr_start.e_ident[EI_CLASS] ||
        elf->e_machine != __ehdr_start.e_machine)
        return true;
    if (elf->e_phentsize != sizeof(ElfW(Phdr)) || elf->e_phoff > length ||
        elf->e_phnum > (length - elf->e_phoff) / sizeof(ElfW(Phdr)))
        return false;
    for (unsigned i = 0; i < elf->e_phnum; i++) {
        ElfW(Phdr) header;
        memcpy(&header, head->bytes + elf->e_phoff + i * sizeof header, sizeof header);
        if (header.p_type == PT_INTERP)
            return !is_loader_of_ours(file, &header);
    }
    return false; /* static: nobody looks at LD_PRELOAD */
}

/* The interpreter that a script's first line names. */
static bool read_interpreter(const union head *head, size_t length, char *path, size_t size)
{
    size_t from = 2;
    while (from < length && (head->bytes[from] == ' ' || head->bytes[from] == '\t'))
        from++;
    size_t end = from;
    while (end < length && !strchr(" \t\n", head->bytes[end]))
        end++;
    if (end == from || end == length || end - from >= size)
        return false;
    memcpy(path, head->bytes + from, end - from);
    path[end - from] = '\0';
    return true;
}

static bool file_rejects(const char *path)
{
    char interpreter[INTERPRETER_SIZE];
    for (int scripts = 0; scripts < MOST_SCRIPTS; scripts++) {
        union head head;
        int file = -1;
        ssize_t got = read_head(path, &file, &head);
        size_t length = got > 0 ? (size_t)got : 0;
        bool is_elf = length >= sizeof head.elf && memcmp(head.bytes, ELFMAG, SELFMAG) == 0;
        bool rejects = is_elf && elf_rejects(file, &head, length);
        if (file >= 0)
            close(file);
        if (is_elf || length < 2 || memcmp(head.bytes, "#!", 2) != 0 ||
            !read_interpreter(&head, length, interpreter, sizeof interpreter))
            return rejects;
        path = interpreter;
    }
    return false;
}

/* ---- the search ---- */

static bool is_program(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0;
}

static size_t longest_place(const char *places)
{
    size_t longest = 0;
    while (*places) {
        size_t length = strcspn(places, ":");
        longest = length > longest ? length : longest;
        places += length + (places[length] == ':');
    }
    return longest;
}

static const char *search_places(void)
{
    const char *places = getenv("PATH");
    return places ? places : "/bin:/usr/bin"; /* libc's, without the current directory */
}

/* What a path may take that is found in these places; 0: libc does not look either. */
static size_t room_for(const char *places, const char *name)
{
    size_t length = strnlen(name, NAME_MAX + 1), longest = longest_place(places);
    return length > 0 && length <= NAME_MAX && longest < PATH_MAX ? longest + length + 2 : 0;
}

static bool search_in(const char *places, const char *name, char *path)
{
    for (;;) {
        size_t length = strcspn(places, ":");
        memcpy(path, places, length);
        path[length] = '/';
        strcpy(path + (length ? length + 1 : 0), name); /* no place: the current directory */
        if (is_program(path))
            return true;
        if (!places[length])
            return false;
        places += length + 1;
    }
}

/* Takes no more of the stack than libc does for the same. */
static bool searched_rejects(const char *name)
{
    const char *places = search_places();
    size_t room = room_for(places, name);
    if (room == 0)
        return false;
    char *path = alloca(room);
    return search_in(places, name, path) && file_rejects(path);
}

bool next_program_find(const char *name, char path[PATH_MAX])
{
    int saved = errno;
    const char *places = search_places();
    size_t room = room_for(places, name);
    bool found = room > 0 && room <= PATH_MAX && search_in(places, name, path);
    errno = saved;
    return found;
}

bool next_program_rejects_preload(const char *path, bool search)
{
    int saved = errno;
    bool rejects = search && !strchr(path, '/') ? searched_rejects(path) : file_rejects(path);
    errno = saved;
    return rejects;
}

/* ---- the environment ---- */

#define VARIABLE "LD_PRELOAD="

static bool is_preload(const char *variable)
{
    return strncmp(variable, VARIABLE, sizeof VARIABLE - 1) == 0;
}

static bool is_ours(const char *item, size_t length)
{
    static const char name[] = "libctxtrace-preload.so";
    const size_t name_length = sizeof name - 1;
    while (length > name_length && item[length - 1] != 'o') /* a version behind it */
        length--;
    return length >= name_length && memcmp(item + length - name_length, name, name_length) == 0 &&
           (length == name_length || item[length - name_length - 1] == '/');
}

/* Copies the list without ours; returns its length. `text` may be NULL: only counts. */
static size_t copy_others(const char *list, char *text, bool *found)
{
    size_t used = 0;
    while (*list) {
        size_t length = strcspn(list, ": ");
        if (is_ours(list, length))
            *found = true;
        else if (length > 0) {
            if (text && used > 0)
                text[used] = ':';
            used += used > 0;
            if (text)
                memcpy(text + used, list, length);
            used += length;
        }
        list += length + (list[length] != '\0');
    }
    return used;
}

bool stripped_environment_measure(struct stripped_environment *stripped, char *const *environment)
{
    bool found = false;
    *stripped = (struct stripped_environment){.entries = 1};
    for (size_t i = 0; environment && environment[i]; i++) {
        stripped->entries++;
        if (is_preload(environment[i]))
            stripped->text_size += strlen(environment[i]) + 1;
    }
    for (size_t i = 0; environment && environment[i] && !found; i++)
        if (is_preload(environment[i]))
            copy_others(environment[i] + sizeof VARIABLE - 1, NULL, &found);
    return found;
}

void stripped_environment_fill(struct stripped_environment *stripped, char *const *environment)
{
    char **variable = stripped->variables, *text = stripped->text;
    for (size_t i = 0; environment[i]; i++) {
        if (!is_preload(environment[i])) {
            *variable++ = environment[i];
            continue;
        }
        bool found;
        memcpy(text, VARIABLE, sizeof VARIABLE - 1);
        size_t length =
            copy_others(environment[i] + sizeof VARIABLE - 1, text + sizeof VARIABLE - 1, &found);
        if (length == 0)
            continue;
        text[sizeof VARIABLE - 1 + length] = '\0';
        *variable++ = text;
        text += sizeof VARIABLE + length;
    }
    *variable = NULL;
}
