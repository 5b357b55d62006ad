/*
 * The demangler of GNU binutils. It bounds its depth, not its output, and that can be exponential
 * in its input; so it is left by a jump when there is enough. It keeps what it works with on the
 * stack: nothing is lost by that but, for a Rust name with letters outside of ASCII, a few bytes.
 */
#include "image/demangle.h"

#include "base/lack.h"
#include "base/table.h"

#include <demangle.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

struct output {
    char *text;
    size_t length;
    jmp_buf full;
};

static const char dots[] = "...";

static void add(const char *text, size_t length, void *state)
{
    struct output *output = state;
    size_t room = LONGEST_DEMANGLED_NAME - sizeof dots - output->length;
    bool fits = length <= room;
    size_t added = fits ? length : room;
    if (added) /* an empty part may be NULL */
        memcpy(output->text + output->length, text, added);
    output->length += added;
    if (!fits)
        longjmp(output->full, 1);
}

static bool is_mangled(const char *name)
{
    return (strncmp(name, "_Z", 2) == 0 || strncmp(name, "_R", 2) == 0) &&
           strnlen(name, LONGEST_MANGLED_NAME + 1) <= LONGEST_MANGLED_NAME;
}

typedef int demangler(const char *, int, demangle_callbackref, void *);

static bool try(demangler *function, const char *linkage, char *out)
{
    struct output output = {.text = out};
    if (setjmp(output.full)) {
        strcpy(out + strlen(out), dots);
        return true;
    }
    memset(out, 0, LONGEST_DEMANGLED_NAME);
    return function(linkage, DMGL_NO_OPTS, add, &output) != 0 && out[0] != '\0';
}

enum language_of_name demangle(const char *linkage, char out[LONGEST_DEMANGLED_NAME])
{
    if (!is_mangled(linkage))
        return NAME_PLAIN;
    /* First Rust: its older names are names of C++, too, with a hash for the last part. */
    if (try(rust_demangle_callback, linkage, out))
        return NAME_OF_RUST;
    return try(cplus_demangle_v3_callback, linkage, out) ? NAME_OF_CXX : NAME_PLAIN;
}

/* ---- kept ---- */

struct demangled_names {
    const char *linkage;
    struct demangled_name name;
    char *text;
    UT_hash_handle hh;
};

static struct demangled_names *remember(struct demangled_names **names, const char *linkage)
{
    char text[LONGEST_DEMANGLED_NAME];
    struct demangled_names *made = calloc(1, sizeof *made);
    if (!made) {
        lack_note();
        return NULL;
    }
    enum language_of_name language = demangle(linkage, text);
    made->linkage = linkage;
    made->text = language == NAME_PLAIN ? NULL : strdup(text);
    if (!made->text && language != NAME_PLAIN)
        lack_note();
    if (made->text)
        made->name = (struct demangled_name){made->text, language};
    HASH_ADD_PTR(*names, linkage, made);
    if (TABLE_HAS(made))
        return made;
    free(made->text);
    free(made);
    lack_note();
    return NULL;
}

struct demangled_name demangled_names_find(struct demangled_names **names, const char *linkage)
{
    struct demangled_names *known = NULL;
    if (!is_mangled(linkage))
        return (struct demangled_name){0};
    HASH_FIND_PTR(*names, &linkage, known);
    if (!known)
        known = remember(names, linkage);
    return known ? known->name : (struct demangled_name){0};
}

void demangled_names_free(struct demangled_names **names)
{
    struct demangled_names *name, *next;
    HASH_ITER(hh, *names, name, next)
    {
        HASH_DEL(*names, name);
        free(name->text);
        free(name);
    }
}
