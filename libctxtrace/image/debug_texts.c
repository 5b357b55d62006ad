#include "image/debug_texts.h"

#include <dwarf.h>
#include <gelf.h>
#include <stdint.h>
#include <string.h>

static bool is_one_of(const char *name, const char *const *list)
{
    while (*list && strcmp(*list, name) != 0)
        list++;
    return *list != NULL;
}

/* Those that were compressed once are called .zdebug_.... */
static const char *const with_texts[] = {".debug_str", ".zdebug_str", ".debug_line_str",
                                         ".zdebug_line_str", NULL};
/* Units of types had a section of their own before DWARF 5. */
static const char *const with_attributes[] = {".debug_info", ".zdebug_info", ".debug_types",
                                              ".zdebug_types", NULL};

/* The next section of those after `section`, which libdw has read and decompressed; NULL: none. */
static Elf_Scn *next_of(Elf *elf, Elf_Scn *section, const char *const *list)
{
    size_t names;
    if (!elf || elf_getshdrstrndx(elf, &names) != 0)
        return NULL;
    while ((section = elf_nextscn(elf, section))) {
        GElf_Shdr header;
        const char *name =
            gelf_getshdr(section, &header) ? elf_strptr(elf, names, header.sh_name) : NULL;
        if (name && is_one_of(name, list))
            return section;
    }
    return NULL;
}

static bool texts_end(Dwarf *dwarf)
{
    Elf *elf = dwarf_getelf(dwarf);
    for (Elf_Scn *section = NULL; (section = next_of(elf, section, with_texts));) {
        const Elf_Data *data = elf_getdata(section, NULL);
        const char *bytes = data ? data->d_buf : NULL;
        if (bytes && data->d_size && bytes[data->d_size - 1])
            return false;
    }
    return true;
}

void debug_open(struct debug_file *file, Dwarf *dwarf)
{
    *file = (struct debug_file){.dwarf = dwarf};
    if (!dwarf)
        return;
    if (!texts_end(dwarf)) {
        debug_close(file);
        return;
    }
    Elf_Scn *section = NULL;
    for (size_t i = 0; i < sizeof file->sections / sizeof *file->sections; i++) {
        section = next_of(dwarf_getelf(dwarf), section, with_attributes);
        const Elf_Data *data = section ? elf_getdata(section, NULL) : NULL;
        if (!data || !data->d_buf)
            return;
        file->sections[i].begin = data->d_buf;
        file->sections[i].end = file->sections[i].begin + data->d_size;
    }
}

void debug_close(struct debug_file *file)
{
    dwarf_end(file->dwarf);
    *file = (struct debug_file){0};
}

/* How many bytes of the section there are from `text` on; 0: it is not in this one. */
static size_t bytes_from(Elf_Scn *section, const char *text)
{
    const Elf_Data *data = elf_getdata(section, NULL);
    uintptr_t start = data ? (uintptr_t)data->d_buf : 0, at = (uintptr_t)text;
    return start && at >= start && at - start < data->d_size ? data->d_size - (at - start) : 0;
}

static bool ends_in(Dwarf *dwarf, const char *const *list, const char *text)
{
    Elf *elf = dwarf ? dwarf_getelf(dwarf) : NULL;
    for (Elf_Scn *section = NULL; (section = next_of(elf, section, list));) {
        size_t size = bytes_from(section, text);
        if (size)
            return memchr(text, '\0', size) != NULL;
    }
    return false;
}

/* Quick for almost all: a Go program's debug information has its names among the attributes. */
static bool ends_among_attributes(const struct debug_file *file, Dwarf *dwarf, const char *text)
{
    for (size_t i = 0; i < sizeof file->sections / sizeof *file->sections; i++) {
        const char *begin = file->sections[i].begin, *end = file->sections[i].end;
        if (begin && (uintptr_t)text >= (uintptr_t)begin && (uintptr_t)text < (uintptr_t)end)
            return memchr(text, '\0', (size_t)(end - text)) != NULL;
    }
    return ends_in(dwarf, with_attributes, text);
}

const char *debug_text(const struct debug_file *file, Dwarf_Attribute *attribute)
{
    const char *text = dwarf_formstring(attribute);
    if (!text)
        return NULL;
    Dwarf *dwarf = dwarf_cu_getdwarf(attribute->cu); /* of another file, maybe */
    switch (dwarf_whatform(attribute)) {
    case DW_FORM_string:
        return ends_among_attributes(file, dwarf, text) ? text : NULL;
    case DW_FORM_GNU_strp_alt: /* of a file that libdw has opened by itself */
    case DW_FORM_strp_sup:
        return ends_in(dwarf_getalt(dwarf), with_texts, text) ? text : NULL;
    default:
        return dwarf == file->dwarf || ends_in(dwarf, with_texts, text) ? text : NULL;
    }
}

bool debug_origin(const Dwarf_Die *die, Dwarf_Die *origin)
{
    Dwarf_Attribute attribute;
    Dwarf_Die from = *die, found;
    if ((!dwarf_attr(&from, DW_AT_abstract_origin, &attribute) &&
         !dwarf_attr(&from, DW_AT_specification, &attribute)) ||
        !dwarf_formref_die(&attribute, &found))
        return false;
    *origin = found;
    return true;
}

bool debug_attribute(const Dwarf_Die *die, unsigned name, Dwarf_Attribute *attribute)
{
    Dwarf_Die at = *die;
    for (int i = 0; i < DEBUG_LONGEST_CHAIN; i++) {
        if (dwarf_attr(&at, name, attribute))
            return true;
        if (!debug_origin(&at, &at))
            return false;
    }
    return false;
}

const char *debug_name(const struct debug_file *file, const Dwarf_Die *die)
{
    Dwarf_Attribute attribute;
    return debug_attribute(die, DW_AT_name, &attribute) ? debug_text(file, &attribute) : NULL;
}
