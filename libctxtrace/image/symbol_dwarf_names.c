/*
 * A function of C++ that is defined outside of its class, or inlined, has a name only: what it
 * belongs to is told by its declaration, at the end of the chain of DW_AT_abstract_origin and
 * DW_AT_specification, by where that stands among namespaces and types.
 */
#include "image/symbol_dwarf_names.h"

#include "base/lack.h"
#include "base/table.h"

#include <dwarf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct composed_name {
    Dwarf_Off declaration;
    char *text; /* NULL: it stands in no scope that has a name */
    UT_hash_handle hh;
};

enum { LONGEST_NAME = 1024 };

void symbol_dwarf_forget_names(struct symbol_dwarf *dwarf)
{
    struct composed_name *name, *next;
    HASH_ITER(hh, dwarf->names, name, next)
    {
        HASH_DEL(dwarf->names, name);
        free(name->text);
        free(name);
    }
}

/* Where the function was declared first. */
static Dwarf_Die declaration_of(const Dwarf_Die *die)
{
    Dwarf_Die found = *die;
    for (int i = 0; i < DEBUG_LONGEST_CHAIN && debug_origin(&found, &found); i++)
        ;
    return found;
}

static const char *linkage_of(const struct debug_file *file, const Dwarf_Die *die)
{
    Dwarf_Attribute attribute;
    if (!debug_attribute(die, DW_AT_linkage_name, &attribute) &&
        !debug_attribute(die, DW_AT_MIPS_linkage_name, &attribute))
        return NULL;
    return debug_text(file, &attribute);
}

/* What a scope adds to the names of those in it; NULL: nothing. */
static const char *scope_name(const struct debug_file *file, Dwarf_Die *scope)
{
    const char *name = debug_name(file, scope);
    switch (dwarf_tag(scope)) {
    case DW_TAG_namespace:
        return name ? name : "(anonymous namespace)";
    case DW_TAG_class_type:
    case DW_TAG_structure_type:
    case DW_TAG_union_type:
        return name ? name : "(anonymous class)";
    case DW_TAG_subprogram: /* of a class that is local to it, such as that of a lambda */
        return name;
    default:
        return NULL;
    }
}

/* Composes SCOPE::...::NAME; false: there is no scope, or it is too long. */
static bool compose(const struct debug_file *file, Dwarf_Die *scopes, int count, const char *name,
                    char *text, size_t size)
{
    size_t length = 0;
    text[0] = '\0';
    /* The first is the function itself, the last the unit. */
    for (int i = count - 1; i > 0; i--) {
        const char *scope = scope_name(file, &scopes[i]);
        if (!scope)
            continue;
        int added = snprintf(text + length, size - length, "%s::", scope);
        if (added < 0 || (size_t)added >= size - length)
            return false;
        length += (size_t)added;
    }
    return length > 0 && strlen(name) < size - length && strcpy(text + length, name);
}

static char *compose_for(const struct debug_file *file, Dwarf_Die *declaration, const char *name)
{
    Dwarf_Die *scopes = NULL;
    char text[LONGEST_NAME];
    int count = dwarf_getscopes_die(declaration, &scopes);
    bool composed = count > 0 && compose(file, scopes, count, name, text, sizeof text);
    free(scopes);
    char *kept = composed ? strdup(text) : NULL;
    if (composed && !kept)
        lack_note();
    return kept;
}

static const char *qualified(struct symbol_dwarf *dwarf, Dwarf_Die *die, const char *name)
{
    Dwarf_Die declaration = declaration_of(die);
    Dwarf_Off offset = dwarf_dieoffset(&declaration);
    struct composed_name *known = NULL;
    HASH_FIND(hh, dwarf->names, &offset, sizeof offset, known);
    if (!known && (known = calloc(1, sizeof *known))) {
        known->declaration = offset;
        known->text = compose_for(&dwarf->file, &declaration, name);
        HASH_ADD(hh, dwarf->names, declaration, sizeof known->declaration, known);
        if (!TABLE_HAS(known)) {
            free(known->text);
            free(known);
            lack_note();
            return name;
        }
    }
    if (!known)
        lack_note();
    return known && known->text ? known->text : name;
}

void symbol_dwarf_function(struct symbol_dwarf *dwarf, Dwarf_Die *die, struct symbol_frame *frame)
{
    const char *name = debug_name(&dwarf->file, die);
    frame->linkage = linkage_of(&dwarf->file, die);
    frame->function = name ? qualified(dwarf, die, name) : frame->linkage;
}
