#include "image/type_layout.h"

#include "image/debug_texts.h"
#include "image/regular_file.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <string.h>

#define MAX_DEPTH 8 /* of typedefs and members; types of a hostile file can be cyclic */

/* Strips typedefs. */
static bool real_type(Dwarf_Die *die, Dwarf_Die *type)
{
    Dwarf_Attribute attribute;
    if (!dwarf_formref_die(dwarf_attr(die, DW_AT_type, &attribute), type))
        return false;
    for (int i = 0; i < MAX_DEPTH; i++) {
        int tag = dwarf_tag(type);
        if (tag != DW_TAG_typedef)
            return true;
        Dwarf_Die next;
        if (!dwarf_formref_die(dwarf_attr(type, DW_AT_type, &attribute), &next))
            return false;
        *type = next;
    }
    return false;
}

static bool find_member(const struct debug_file *file, Dwarf_Die *structure, const char *name,
                        size_t length, Dwarf_Die *member)
{
    if (dwarf_child(structure, member) != 0)
        return false;
    do {
        const char *found = debug_name(file, member);
        if (dwarf_tag(member) == DW_TAG_member && found && strlen(found) == length &&
            memcmp(found, name, length) == 0)
            return true;
    } while (dwarf_siblingof(member, member) == 0);
    return false;
}

static bool offset_of(const struct debug_file *file, Dwarf_Die *structure, const char *path,
                      int32_t *answer)
{
    Dwarf_Die type = *structure;
    Dwarf_Word sum = 0;
    for (int depth = 0; depth < MAX_DEPTH; depth++) {
        size_t length = strcspn(path, ".");
        Dwarf_Die member;
        Dwarf_Attribute attribute;
        Dwarf_Word offset;
        if (!find_member(file, &type, path, length, &member) ||
            dwarf_formudata(dwarf_attr(&member, DW_AT_data_member_location, &attribute), &offset))
            return false;
        sum += offset;
        if (sum > INT32_MAX)
            return false;
        if (!path[length]) {
            *answer = (int32_t)sum;
            return true;
        }
        path += length + 1;
        if (!real_type(&member, &type))
            return false;
    }
    return false;
}

static size_t answer_for(const struct debug_file *file, Dwarf_Die *type,
                         const struct layout_query *queries, size_t count)
{
    const char *name = debug_name(file, type);
    size_t answered = 0;
    for (size_t i = 0; name && i < count; i++) {
        if (strcmp(queries[i].type, name) != 0)
            continue;
        if (queries[i].path[0]) {
            answered += offset_of(file, type, queries[i].path, queries[i].answer);
        } else {
            int size = dwarf_bytesize(type);
            if (size > 0)
                *queries[i].answer = size;
            answered += size > 0;
        }
    }
    return answered;
}

size_t type_layout_answer(int descriptor, const char *unit_name, const struct layout_query *queries,
                          size_t count)
{
    /* dwarf_begin() would map the file. */
    Elf *elf = regular_file_elf(descriptor);
    struct debug_file file;
    debug_open(&file, elf ? dwarf_begin_elf(elf, DWARF_C_READ, NULL) : NULL);
    if (!file.dwarf) {
        elf_end(elf);
        return 0;
    }
    size_t answered = 0;
    Dwarf_CU *unit = NULL;
    Dwarf_Die unit_die, type;
    uint8_t unit_type;
    while (dwarf_get_units(file.dwarf, unit, &unit, NULL, &unit_type, &unit_die, NULL) == 0) {
        const char *name = debug_name(&file, &unit_die);
        if (!name || strcmp(name, unit_name) != 0 || dwarf_child(&unit_die, &type) != 0)
            continue;
        do {
            int tag = dwarf_tag(&type);
            if (tag == DW_TAG_structure_type || tag == DW_TAG_typedef)
                answered += answer_for(&file, &type, queries, count);
        } while (dwarf_siblingof(&type, &type) == 0);
    }
    debug_close(&file);
    elf_end(elf);
    return answered;
}
