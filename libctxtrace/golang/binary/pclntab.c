/*
 * The tables, all found through moduledata:
 *
 *     function table   pairs of u32 (entry - text, offset of the record in `functions`), by entry
 *     record           u32 entry, name, args, deferreturn, pcsp, pcfile, pcln, npcdata, cuOffset,
 *                      [startLine since 1.20]; u8 funcID, flag, pad, nfuncdata;
 *                      then npcdata u32 (offsets in pc_tables, 0: none),
 *                      then nfuncdata u32 (offsets from function_data, ~0: none)
 *     pc table         pairs of varints (zigzag value delta, pc delta), from value -1 and the entry
 *     inline tree      since 1.20 16 bytes: u8 funcID, 3 pad, i32 name, i32 parentPc, i32 startLine
 *                      before 20 bytes: i16 parent, u8 funcID, pad, i32 file, i32 line, i32 name,
 *                      i32 parentPc
 */
#include "golang/binary/pclntab.h"

#include "base/sorted.h"
#include "golang/binary/module.h"
#include "golang/binary/text_pool.h"

#include <string.h>

#define MAX_INLINED_CALLS 65536 /* in one function */
#define MAX_INLINE        64

static const char *text_in(const struct go_program *program, const struct slice *pool,
                           uint64_t offset)
{
    if (offset >= pool->length)
        return "";
    return text_pool_get(program->texts, program->memory, pool->data + offset,
                         pool->length - offset);
}

static uint32_t table_entry(const struct go_program *program, const struct module *module,
                            uint64_t index, unsigned which)
{
    return memory_u32(program->memory, module->function_table.data + index * 8 + which * 4);
}

static bool read_record(const struct go_program *program, struct function *function)
{
    const struct release_traits *traits = &program->layout.traits;
    size_t size = traits->function_record;
    uint32_t words[11];
    const unsigned char *bytes = memory_at(program->memory, function->address, size);
    if (!bytes)
        return false;
    memcpy(words, bytes, size);
    function->entry = function->module->text + words[0];
    function->name = text_in(program, &function->module->function_names, words[1]);
    function->arguments = (int32_t)words[2];
    function->pcsp = words[4];
    function->pcfile = words[5];
    function->pcln = words[6];
    function->pcdata_count = words[7];
    function->unit = words[8];
    function->wrapper = bytes[size - 4] == traits->wrapper;
    function->flags = bytes[size - 3];
    function->funcdata_count = bytes[size - 1];
    return true;
}

bool function_at(const struct go_program *program, uint64_t pc, struct function *function)
{
    const struct module *module = module_of_pc(program, pc);
    if (!module)
        return false;
    uint64_t offset = pc - module->text;
    uint64_t entries = module->function_table.length - 1;
    uint64_t next = SORTED_FIRST(i, 1, entries, table_entry(program, module, i, 0) > offset);
    uint32_t record = table_entry(program, module, next - 1, 1);
    if (record >= module->functions.length)
        return false;
    *function =
        (struct function){.module = module, .address = module->functions.data + record, .name = ""};
    return read_record(program, function);
}

static bool is_named(const struct go_program *program, const struct module *module, uint64_t offset,
                     const char *name)
{
    size_t size = strlen(name) + 1;
    const char *text = offset < module->function_names.length
                           ? memory_at(program->memory, module->function_names.data + offset, size)
                           : NULL;
    return text && memcmp(text, name, size) == 0;
}

void functions_named(const struct go_program *program, const char *const *names, size_t count,
                     struct function_code *codes)
{
    const struct module *module = &program->modules[0];
    memset(codes, 0, count * sizeof *codes);
    for (uint64_t i = 0; i + 1 < module->function_table.length; i++) {
        uint64_t record = table_entry(program, module, i, 1);
        uint64_t name = memory_u32(program->memory, module->functions.data + record + 4);
        const struct function_code code = {module->text + table_entry(program, module, i, 0),
                                           module->text + table_entry(program, module, i + 1, 0)};
        for (size_t n = 0; n < count; n++)
            if (code.end - code.start > codes[n].end - codes[n].start &&
                is_named(program, module, name, names[n]))
                codes[n] = code;
    }
}

struct reader {
    const unsigned char *next, *end;
};

static bool read_varint(struct reader *reader, uint32_t *value)
{
    *value = 0;
    for (unsigned shift = 0; shift < 35 && reader->next < reader->end; shift += 7) {
        unsigned char byte = *reader->next++;
        *value |= (uint32_t)(byte & 0x7f) << (shift & 31);
        if (!(byte & 0x80))
            return true;
    }
    return false;
}

/* A pc table, or the first `room` bytes of it. */
static struct reader open_table(const struct go_program *program, const struct function *function,
                                uint32_t table, uint64_t room)
{
    const struct slice *tables = &function->module->pc_tables;
    if (!table || table >= tables->length)
        return (struct reader){NULL, NULL};
    if (room > tables->length - table)
        room = tables->length - table;
    const unsigned char *bytes = memory_at(program->memory, tables->data + table, room);
    return (struct reader){bytes, bytes ? bytes + room : NULL};
}

/* Tables are short; most end within the first of these. */
static const uint64_t rooms[] = {1024, 1 << 15, 1 << 20};

/* Returns true when the table was understood up to its end or the target. */
static bool scan_table(struct reader reader, uint64_t entry, uint64_t target, int32_t *result)
{
    uint64_t pc = entry;
    uint32_t value = UINT32_MAX;
    *result = -1;
    for (bool first = true;; first = false) {
        uint32_t change, distance;
        if (!read_varint(&reader, &change))
            return false;
        if (!change && !first)
            return true;
        if (!read_varint(&reader, &distance))
            return false;
        value += (change & 1) ? ~(change >> 1) : change >> 1;
        pc += distance;
        if (target >= pc)
            continue;
        *result = (int32_t)value;
        return true;
    }
}

static int32_t pc_value(const struct go_program *program, const struct function *function,
                        uint32_t table, uint64_t target)
{
    int32_t result = -1;
    for (size_t i = 0; i < sizeof rooms / sizeof rooms[0]; i++)
        if (scan_table(open_table(program, function, table, rooms[i]), function->entry, target,
                       &result))
            return result;
    return -1;
}

int32_t function_frame_size(const struct go_program *program, const struct function *function,
                            uint64_t pc)
{
    int32_t size = pc_value(program, function, function->pcsp, pc);
    return size < 0 || size % 8 ? -1 : size;
}

int32_t function_pcdata(const struct go_program *program, const struct function *function,
                        enum pcdata table, uint64_t pc)
{
    if (table >= function->pcdata_count)
        return -1;
    uint32_t offset =
        memory_u32(program->memory, function->address + program->layout.traits.function_record +
                                        4 * (uint64_t)table);
    return pc_value(program, function, offset, pc);
}

uint64_t function_funcdata(const struct go_program *program, const struct function *function,
                           enum funcdata table)
{
    if (table >= function->funcdata_count || function->pcdata_count > 1024)
        return 0;
    uint32_t offset =
        memory_u32(program->memory, function->address + program->layout.traits.function_record +
                                        4 * (uint64_t)(function->pcdata_count + table));
    return offset == UINT32_MAX ? 0 : function->module->function_data + offset;
}

static const char *file_name(const struct go_program *program, const struct function *function,
                             int32_t file)
{
    const struct slice *units = &function->module->compile_units;
    uint64_t index = (uint64_t)function->unit + (uint32_t)file;
    if (file < 0 || index >= units->length)
        return "";
    uint32_t offset = memory_u32(program->memory, units->data + 4 * index);
    return offset == UINT32_MAX ? "" : text_in(program, &function->module->files, offset);
}

static struct line line_at(const struct go_program *program, const struct function *function,
                           uint64_t pc)
{
    int32_t number = pc_value(program, function, function->pcln, pc);
    return (struct line){
        .function = function->name,
        .file = file_name(program, function, pc_value(program, function, function->pcfile, pc)),
        .number = number > 0 ? (uint32_t)number : 0};
}

static const char *inlined_name(const struct go_program *program, const struct function *function,
                                uint64_t call)
{
    uint32_t offset = memory_u32(program->memory, call + program->layout.traits.inlined_name);
    return text_in(program, &function->module->function_names, offset);
}

/* Of releases in which each call names a pc at which the position of the call is found. */
static size_t lines_by_parent_pc(const struct go_program *program, const struct function *function,
                                 uint64_t pc, uint64_t tree, struct line *lines, size_t room)
{
    size_t count = 0;
    while (count < room) {
        int32_t index = function_pcdata(program, function, PCDATA_INLINE_TREE, pc);
        lines[count] = line_at(program, function, pc);
        if (index < 0 || count + 1 == room)
            return count + 1;
        uint64_t call = tree + program->layout.traits.inlined_call * (uint64_t)index;
        lines[count].function = inlined_name(program, function, call);
        lines[count++].inlined = true;
        pc = function->entry + memory_u32(program->memory, call + 8);
    }
    return count;
}

/* Of the others: each call names its parent and the file and line of the call. */
static size_t lines_by_parent(const struct go_program *program, const struct function *function,
                              uint64_t pc, uint64_t tree, struct line *lines, size_t room)
{
    int32_t index = function_pcdata(program, function, PCDATA_INLINE_TREE, pc);
    struct line line = line_at(program, function, pc);
    size_t count = 0;
    while (index >= 0 && count + 1 < room) {
        uint64_t call = tree + program->layout.traits.inlined_call * (uint64_t)index;
        lines[count] = line;
        lines[count].function = inlined_name(program, function, call);
        lines[count++].inlined = true;
        line.file = file_name(program, function, (int32_t)memory_u32(program->memory, call + 4));
        line.number = memory_u32(program->memory, call + 8);
        index = (int16_t)memory_u16(program->memory, call);
    }
    lines[count++] = line;
    return count;
}

size_t function_lines(const struct go_program *program, const struct function *function,
                      uint64_t pc, struct line *lines, size_t room)
{
    uint64_t tree = function_funcdata(program, function, FUNCDATA_INLINE_TREE);
    if (!room)
        return 0;
    if (room > MAX_INLINE)
        room = MAX_INLINE;
    if (!tree) {
        lines[0] = line_at(program, function, pc);
        return 1;
    }
    return program->layout.traits.inlined_call_has_pc
               ? lines_by_parent_pc(program, function, pc, tree, lines, room)
               : lines_by_parent(program, function, pc, tree, lines, room);
}

/* Highest value that a pc table takes, -1 for none. */
static int32_t highest_value(const struct go_program *program, const struct function *function,
                             uint32_t table)
{
    struct reader reader = open_table(program, function, table, 1 << 15);
    uint32_t value = UINT32_MAX, change, distance;
    int32_t highest = -1;
    for (bool first = true;
         read_varint(&reader, &change) && (change || first) && read_varint(&reader, &distance);
         first = false) {
        value += (change & 1) ? ~(change >> 1) : change >> 1;
        if ((int32_t)value > highest)
            highest = (int32_t)value;
    }
    return highest;
}

/* The tree of inlined calls; `count` is how many there are. */
static uint64_t inlined_calls(const struct go_program *program, const struct function *function,
                              size_t *count)
{
    uint64_t tree = function_funcdata(program, function, FUNCDATA_INLINE_TREE);
    *count = 0;
    if (!tree || function->pcdata_count <= PCDATA_INLINE_TREE)
        return 0;
    uint32_t table =
        memory_u32(program->memory, function->address + program->layout.traits.function_record +
                                        4 * PCDATA_INLINE_TREE);
    int32_t highest = highest_value(program, function, table);
    *count = (size_t)(highest < MAX_INLINED_CALLS ? highest + 1 : MAX_INLINED_CALLS);
    return tree;
}

/* Compared where it lies: a text that is asked for is kept as long as the program is open. */
static bool call_begins(const struct go_program *program, const struct function *function,
                        uint64_t call, const char *prefix)
{
    const struct slice *names = &function->module->function_names;
    uint32_t offset = memory_u32(program->memory, call + program->layout.traits.inlined_name);
    size_t length = strlen(prefix);
    if (offset >= names->length || names->length - offset < length)
        return false;
    const char *name = memory_at(program->memory, names->data + offset, length);
    return name && memcmp(name, prefix, length) == 0;
}

bool function_inlines(const struct go_program *program, const struct function *function,
                      const char *prefix)
{
    size_t count;
    uint64_t tree = inlined_calls(program, function, &count);
    for (size_t i = 0; i < count; i++)
        if (call_begins(program, function, tree + program->layout.traits.inlined_call * i, prefix))
            return true;
    return false;
}

bool function_inlines_method(const struct go_program *program, const struct function *function,
                             const char *method)
{
    size_t count;
    uint64_t tree = inlined_calls(program, function, &count);
    for (size_t i = 0; i < count; i++) {
        const char *name =
            inlined_name(program, function, tree + program->layout.traits.inlined_call * i);
        const char *last = strrchr(name, '.');
        if (last && strcmp(last + 1, method) == 0)
            return true;
    }
    return false;
}

#define MAX_MAP_BITS (1 << 20)

static uint64_t read_map_bits(const struct go_program *program, const struct stack_map *map,
                              uint32_t from)
{
    uint32_t count = map->count - from < 64 ? map->count - from : 64;
    uint64_t bits = 0, are_there = count ? UINT64_MAX >> (64 - count) : 0;
    if (!count || !memory_read(program->memory, map->bits + from / 8, &bits, (count + 7) / 8))
        return are_there;
    return bits & are_there;
}

/* A table of maps: i32 count, i32 bits in each, then the maps, each of whole bytes. */
struct stack_map function_stack_map(const struct go_program *program,
                                    const struct function *function, enum funcdata kind,
                                    int32_t number)
{
    struct stack_map map = {0};
    uint64_t table = function_funcdata(program, function, kind);
    if (!table)
        return map;
    if (number == -1)
        number = 0;
    int32_t count = (int32_t)memory_u32(program->memory, table);
    map.count = memory_u32(program->memory, table + 4);
    map.bits = table + 8 + (uint64_t)number * ((map.count + 7) / 8);
    map.known = number >= 0 && number < count && map.count <= MAX_MAP_BITS;
    if (map.known)
        map.first = read_map_bits(program, &map, 0);
    return map;
}

uint64_t stack_map_bits(const struct go_program *program, const struct stack_map *map,
                        uint32_t from)
{
    return from ? read_map_bits(program, map, from) : map->first;
}
