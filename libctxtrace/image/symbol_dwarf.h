/* Functions, inlined calls, files and lines by address, from DWARF. For symbols.c. */
#ifndef CTXTRACE_IMAGE_SYMBOL_DWARF_H
#define CTXTRACE_IMAGE_SYMBOL_DWARF_H

#include "image/debug_texts.h"
#include "image/symbols.h"

#include <elfutils/libdw.h>

struct unit_range {
    Dwarf_Addr low, high;
    Dwarf_Off unit; /* offset of the unit's DIE */
};

struct composed_name;

struct symbol_dwarf {
    struct debug_file file;
    struct unit_range *ranges; /* by ascending low */
    size_t count, capacity;
    struct composed_name *names; /* made of several parts; see symbol_dwarf_names.c */
};

/* `elf` must stay open as long as this. */
void symbol_dwarf_open(struct symbol_dwarf *dwarf, Elf *elf);
void symbol_dwarf_close(struct symbol_dwarf *dwarf);

/* As symbols_name(). The strings live as long as `dwarf`. A frame's function may be unknown. */
size_t symbol_dwarf_name(struct symbol_dwarf *dwarf, uint64_t address, struct symbol_frame *frames,
                         size_t room);

#endif
