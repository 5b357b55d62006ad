/*
 * Without a symbol, a moduledata is known by its first word, which points to the header of the pc
 * and line tables (which begins with a magic number of its release), and by its table of functions,
 * which has one entry more than that header counts functions.
 */
#include "golang/binary/module.h"

#include "base/error.h"
#include "base/page.h"
#include "golang/binary/field.h"

#include <string.h>

#define MAX_FUNCTIONS UINT64_C(50000000)
#define MAX_SECTION   (UINT64_C(1) << 34) /* bytes of global data that is believed */

static bool is_header(const struct go_program *program, uint64_t address)
{
    const unsigned char *bytes = memory_at(program->memory, address, 16);
    uint32_t magic;
    if (!bytes)
        return false;
    memcpy(&magic, bytes, 4);
    return magic == program->layout.traits.header_magic && !bytes[4] && !bytes[5] &&
           bytes[6] == 1 && bytes[7] == 8;
}

static void read_mask(const struct go_program *program, uint64_t address, enum layout_field field,
                      uint64_t *mask, uint64_t *words)
{
    int32_t offset = field_offset(program, field);
    if (offset == LAYOUT_ABSENT)
        return;
    int32_t bits = (int32_t)memory_u32(program->memory, address + (uint64_t)offset);
    *words = bits > 0 ? (uint64_t)bits : 0;
    *mask = memory_word(program->memory, address + (uint64_t)offset + 8);
}

static void read_module(const struct go_program *program, uint64_t address, struct module *module)
{
    const int32_t *at = program->layout.at;
    *module = (struct module){.address = address};
    module->function_names = go_slice(program, address + (uint64_t)at[MODULE_FUNCNAMETAB]);
    module->compile_units = go_slice(program, address + (uint64_t)at[MODULE_CUTAB]);
    module->files = go_slice(program, address + (uint64_t)at[MODULE_FILETAB]);
    module->pc_tables = go_slice(program, address + (uint64_t)at[MODULE_PCTAB]);
    module->functions = go_slice(program, address + (uint64_t)at[MODULE_PCLNTABLE]);
    module->function_table = go_slice(program, address + (uint64_t)at[MODULE_FTAB]);
    module->text = field_word(program, address, MODULE_TEXT);
    module->min_pc = field_word(program, address, MODULE_MINPC);
    module->max_pc = field_word(program, address, MODULE_MAXPC);
    module->noptrdata = field_word(program, address, MODULE_NOPTRDATA);
    module->enoptrdata = field_word(program, address, MODULE_ENOPTRDATA);
    module->data = field_word(program, address, MODULE_DATA);
    module->edata = field_word(program, address, MODULE_EDATA);
    module->bss = field_word(program, address, MODULE_BSS);
    module->ebss = field_word(program, address, MODULE_EBSS);
    module->noptrbss = field_word(program, address, MODULE_NOPTRBSS);
    module->enoptrbss = field_word(program, address, MODULE_ENOPTRBSS);
    module->types = field_word(program, address, MODULE_TYPES);
    module->etypes = field_word(program, address, MODULE_ETYPES);
    module->rodata = field_word(program, address, MODULE_RODATA);
    module->function_data = field_word(program, address, MODULE_GOFUNC);
    read_mask(program, address, MODULE_GCDATAMASK, &module->data_mask, &module->data_words);
    read_mask(program, address, MODULE_GCBSSMASK, &module->bss_mask, &module->bss_words);
}

/* Longer ones are damage, and would take forever to walk. */
static bool is_section(uint64_t start, uint64_t end)
{
    return start <= end && end - start <= MAX_SECTION && end <= UINT64_MAX - PAGE_BYTES;
}

static bool is_sound(const struct go_program *program, const struct module *module)
{
    uint64_t header = memory_word(program->memory, module->address);
    uint64_t functions = memory_word(program->memory, header + 8);
    return is_header(program, header) && functions && functions < MAX_FUNCTIONS &&
           module->function_table.length == functions + 1 &&
           memory_at(program->memory, module->function_table.data,
                     module->function_table.length * 8) &&
           module->min_pc < module->max_pc && module->text <= module->min_pc &&
           module->types < module->etypes && is_section(module->data, module->edata) &&
           is_section(module->bss, module->ebss) &&
           is_section(module->noptrdata, module->enoptrdata) &&
           is_section(module->noptrbss, module->enoptrbss);
}

uint64_t module_search(const struct go_program *program, uint64_t start, uint64_t end,
                       module_match *is)
{
    if (!is_section(start, end))
        return 0;
    for (uint64_t at = (start + 7) & ~UINT64_C(7); at + 8 <= end; at += 8) {
        if (!memory_at(program->memory, at, 8))
            at = page_round_down(at) + PAGE_BYTES - 8; /* the last word of what cannot be read */
        else if (is(program, at))
            return at;
    }
    return 0;
}

static bool is_module(const struct go_program *program, uint64_t address)
{
    struct module module;
    uint64_t word = memory_word(program->memory, address);
    if (!word || word % 8 || !is_header(program, word))
        return false;
    read_module(program, address, &module);
    return is_sound(program, &module);
}

static uint64_t search_writable(struct go_program *program)
{
    struct elf_range range;
    for (size_t i = 0; elf_file_segment(program->image->executable, i, &range); i++) {
        if (!range.writable)
            continue;
        uint64_t start = range.address + program->image->bias;
        uint64_t found = module_search(program, start, start + range.size, is_module);
        if (found)
            return found;
    }
    return 0;
}

bool modules_find(struct go_program *program, struct error *error)
{
    uint64_t address = 0;
    if (elf_file_symbol(program->image->executable, "runtime.firstmoduledata", &address))
        address += program->image->bias;
    else
        address = search_writable(program);
    while (address && program->module_count < MAX_MODULES) {
        struct module *module = &program->modules[program->module_count];
        read_module(program, address, module);
        if (!is_sound(program, module))
            break;
        program->module_count++;
        address = field_word(program, address, MODULE_NEXT);
    }
    if (!program->module_count)
        return error_set(error,
                         "the tables of %s could not be found in its memory; it may be damaged, or "
                         "its %s differs from the release of that name",
                         program->image->path, program->version);
    return true;
}

const struct module *module_of_pc(const struct go_program *program, uint64_t pc)
{
    for (size_t i = 0; i < program->module_count; i++)
        if (pc >= program->modules[i].min_pc && pc < program->modules[i].max_pc)
            return &program->modules[i];
    return NULL;
}

const struct module *module_of_type(const struct go_program *program, uint64_t type)
{
    for (size_t i = 0; i < program->module_count; i++)
        if (type >= program->modules[i].types && type < program->modules[i].etypes)
            return &program->modules[i];
    return NULL;
}

bool is_global_data(const struct go_program *program, uint64_t address)
{
    for (size_t i = 0; i < program->module_count; i++) {
        const struct module *module = &program->modules[i];
        if ((address >= module->noptrdata && address < module->enoptrdata) ||
            (address >= module->data && address < module->edata) ||
            (address >= module->bss && address < module->ebss) ||
            (address >= module->noptrbss && address < module->enoptrbss))
            return true;
    }
    return false;
}
