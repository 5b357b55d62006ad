#include "image/symbol_dwarf.h"

#include "base/array.h"
#include "base/invariant.h"
#include "base/lack.h"
#include "base/sorted.h"
#include "image/code_scopes.h"
#include "image/symbol_dwarf_names.h"

#include <dwarf.h>
#include <stdlib.h>

/* ---- which unit an address is in ---- */

static bool add_range(struct symbol_dwarf *dwarf, Dwarf_Addr low, Dwarf_Addr high, Dwarf_Off unit)
{
    if (!ARRAY_ROOM(dwarf->ranges, dwarf->capacity, dwarf->count + 1)) {
        lack_note();
        return false;
    }
    dwarf->ranges[dwarf->count++] = (struct unit_range){.low = low, .high = high, .unit = unit};
    return true;
}

static int by_low(const void *a, const void *b)
{
    const struct unit_range *one = a, *other = b;
    return one->low < other->low ? -1 : one->low > other->low;
}

/*
 * The units themselves say where their code is. (.debug_aranges would, too, but not every compiler
 * makes it.)
 */
static void read_ranges(struct symbol_dwarf *dwarf)
{
    bool room = true;
    Dwarf_CU *unit = NULL;
    Dwarf_Die die;
    uint8_t type;
    while (room && dwarf_get_units(dwarf->file.dwarf, unit, &unit, NULL, &type, &die, NULL) == 0) {
        Dwarf_Addr base, low, high;
        ptrdiff_t next = 0;
        if (type != DW_UT_compile && type != DW_UT_skeleton)
            continue;
        while (room && (next = dwarf_ranges(&die, next, &base, &low, &high)) > 0) {
            if (low < high)
                room = add_range(dwarf, low, high, dwarf_dieoffset(&die));
        }
    }
    if (dwarf->count > 0)
        qsort(dwarf->ranges, dwarf->count, sizeof *dwarf->ranges, by_low);
    invariant(SORTED_ALL(i, dwarf->count, dwarf->ranges[i - 1].low <= dwarf->ranges[i].low));
}

static bool find_unit(const struct symbol_dwarf *dwarf, uint64_t address, Dwarf_Die *unit)
{
    size_t place = SORTED_FIRST(i, 0, dwarf->count, dwarf->ranges[i].low > address);
    return place > 0 && address < dwarf->ranges[place - 1].high &&
           dwarf_offdie(dwarf->file.dwarf, dwarf->ranges[place - 1].unit, unit) != NULL;
}

void symbol_dwarf_open(struct symbol_dwarf *dwarf, Elf *elf)
{
    *dwarf = (struct symbol_dwarf){.count = 0};
    debug_open(&dwarf->file, dwarf_begin_elf(elf, DWARF_C_READ, NULL));
    if (dwarf->file.dwarf)
        read_ranges(dwarf);
}

void symbol_dwarf_close(struct symbol_dwarf *dwarf)
{
    free(dwarf->ranges);
    symbol_dwarf_forget_names(dwarf);
    debug_close(&dwarf->file);
    *dwarf = (struct symbol_dwarf){0};
}

/* ---- what is there ---- */

static bool is_function(Dwarf_Die *die)
{
    int tag = dwarf_tag(die);
    return tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine;
}

static void add_source(Dwarf_Die *unit, uint64_t address, struct symbol_frame *frame)
{
    int number = 0;
    Dwarf_Line *line = dwarf_getsrc_die(unit, address);
    if (!line)
        return;
    frame->file = dwarf_linesrc(line, NULL, NULL);
    if (dwarf_lineno(line, &number) == 0 && number > 0)
        frame->line = (uint32_t)number;
}

/* Where the call is that was inlined: file and line of the next frame. */
static void add_call(Dwarf_Die *unit, Dwarf_Die *inlined, struct symbol_frame *frame)
{
    Dwarf_Attribute attribute;
    Dwarf_Word file = 0, line = 0;
    Dwarf_Files *files;
    size_t count;
    if (dwarf_attr(inlined, DW_AT_call_line, &attribute) && dwarf_formudata(&attribute, &line) == 0)
        frame->line = (uint32_t)line;
    if (dwarf_attr(inlined, DW_AT_call_file, &attribute) &&
        dwarf_formudata(&attribute, &file) == 0 && dwarf_getsrcfiles(unit, &files, &count) == 0 &&
        file < count)
        frame->file = dwarf_filesrc(files, file, NULL, NULL);
}

/* A wrapper that its author marked as of no interest: its calls count as its caller's. */
static bool is_artificial(Dwarf_Die *die)
{
    Dwarf_Attribute attribute;
    bool artificial = false;
    return debug_attribute(die, DW_AT_artificial, &attribute) &&
           dwarf_formflag(&attribute, &artificial) == 0 && artificial;
}

/* The functions around `address`, from the innermost that was inlined outwards. */
static size_t add_functions(struct symbol_dwarf *dwarf, Dwarf_Die *unit,
                            const struct code_scopes *scopes, struct symbol_frame *frames,
                            size_t room)
{
    size_t made = 0;
    for (int i = scopes->count - 1; i >= 0 && made < room; i--) {
        Dwarf_Die scope = scopes->dies[i];
        if (!is_function(&scope))
            continue;
        if (dwarf_tag(&scope) == DW_TAG_inlined_subroutine && is_artificial(&scope)) {
            add_call(unit, &scope, &frames[made]);
            continue;
        }
        symbol_dwarf_function(dwarf, &scope, &frames[made]);
        if (dwarf_tag(&scope) == DW_TAG_subprogram)
            return made + 1;
        if (made + 1 == room)
            break;
        frames[made].inlined = true;
        frames[made + 1] = (struct symbol_frame){0};
        add_call(unit, &scope, &frames[made + 1]);
        made++;
    }
    if (made > 0) /* the outermost one has no name, or there was no room for it */
        frames[made - 1].inlined = false;
    return made;
}

size_t symbol_dwarf_name(struct symbol_dwarf *dwarf, uint64_t address, struct symbol_frame *frames,
                         size_t room)
{
    Dwarf_Die unit;
    if (room == 0 || !dwarf->file.dwarf || !find_unit(dwarf, address, &unit))
        return 0;
    frames[0] = (struct symbol_frame){0};
    add_source(&unit, address, &frames[0]);
    struct code_scopes scopes;
    code_scopes_find(&scopes, &unit, address);
    size_t made = add_functions(dwarf, &unit, &scopes, frames, room);
    return made > 0 ? made : frames[0].file != NULL;
}
