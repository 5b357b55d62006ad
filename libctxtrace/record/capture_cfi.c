/*
 * Formats: the Linux Standard Base's .eh_frame_hdr (version 1, table of sorted pairs of 32-bit
 * offsets from the header, as all linkers write it) and .eh_frame; DWARF 5, 6.4, for the
 * instructions. What differs from that is UNWIND_UNKNOWN, never guessed at.
 */
#include "record/capture_cfi.h"

#include "base/invariant.h"
#include "base/sorted.h"
#include "record/processor.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Pointer encodings (DW_EH_PE_*). */
enum {
    ENCODED_ABSOLUTE = 0x00,
    ENCODED_ULEB = 0x01,
    ENCODED_UDATA2 = 0x02,
    ENCODED_UDATA4 = 0x03,
    ENCODED_UDATA8 = 0x04,
    ENCODED_SLEB = 0x09,
    ENCODED_SDATA2 = 0x0a,
    ENCODED_SDATA4 = 0x0b,
    ENCODED_SDATA8 = 0x0c,
    ENCODED_FORMAT = 0x0f,
    ENCODED_PC_RELATIVE = 0x10,
    ENCODED_HEADER_RELATIVE = 0x30,
    ENCODED_RELATION = 0x70,
    ENCODED_INDIRECT = 0x80,
    ENCODED_OMITTED = 0xff
};

struct reader {
    const uint8_t *at, *end;
    bool bad; /* went past the end, or met what it does not know; then everything reads as 0 */
};

static const uint8_t *take(struct reader *reader, size_t size)
{
    static const uint8_t nothing[8];
    invariant(reader->at <= reader->end);
    if (reader->bad || (size_t)(reader->end - reader->at) < size) {
        reader->bad = true;
        return nothing;
    }
    const uint8_t *taken = reader->at;
    reader->at += size;
    return taken;
}

static void skip(struct reader *reader, uint64_t size)
{
    if (reader->bad || (uint64_t)(reader->end - reader->at) < size)
        reader->bad = true;
    else
        reader->at += size;
}

static uint8_t read8(struct reader *reader)
{
    return *take(reader, 1);
}

static uint16_t read16(struct reader *reader)
{
    uint16_t value;
    memcpy(&value, take(reader, sizeof value), sizeof value);
    return value;
}

static uint32_t read32(struct reader *reader)
{
    uint32_t value;
    memcpy(&value, take(reader, sizeof value), sizeof value);
    return value;
}

static uint64_t read64(struct reader *reader)
{
    uint64_t value;
    memcpy(&value, take(reader, sizeof value), sizeof value);
    return value;
}

static uint64_t read_leb(struct reader *reader, bool is_signed)
{
    uint64_t value = 0;
    unsigned shift = 0;
    uint8_t byte;
    do {
        byte = read8(reader);
        if (shift < 64)
            value |= (uint64_t)(byte & 0x7f) << shift;
        shift += 7;
    } while (byte & 0x80);
    if (is_signed && (byte & 0x40) && shift < 64)
        value |= ~UINT64_C(0) << shift;
    return value;
}

static uint64_t read_uleb(struct reader *reader)
{
    return read_leb(reader, false);
}

static int64_t read_sleb(struct reader *reader)
{
    return (int64_t)read_leb(reader, true);
}

static uint64_t read_format(struct reader *reader, uint8_t encoding)
{
    switch (encoding & ENCODED_FORMAT) {
    case ENCODED_ABSOLUTE:
    case ENCODED_UDATA8:
    case ENCODED_SDATA8:
        return read64(reader);
    case ENCODED_ULEB:
        return read_uleb(reader);
    case ENCODED_SLEB:
        return (uint64_t)read_sleb(reader);
    case ENCODED_UDATA2:
        return read16(reader);
    case ENCODED_SDATA2:
        return (uint64_t)(int16_t)read16(reader);
    case ENCODED_UDATA4:
        return read32(reader);
    case ENCODED_SDATA4:
        return (uint64_t)(int32_t)read32(reader);
    default:
        reader->bad = true;
        return 0;
    }
}

static uint64_t read_encoded(struct reader *reader, uint8_t encoding)
{
    uint64_t place = (uint64_t)(uintptr_t)reader->at;
    uint64_t value = read_format(reader, encoding);
    if (encoding & ENCODED_INDIRECT)
        reader->bad = true;
    if ((encoding & ENCODED_RELATION) == ENCODED_PC_RELATIVE)
        return value + place;
    if ((encoding & ENCODED_RELATION) != 0)
        reader->bad = true;
    return value;
}

/* ---- finding the function's description ---- */

struct search_row {
    int32_t function, description;
};

static struct search_row search_row_at(const uint8_t *rows, size_t index)
{
    struct search_row row;
    memcpy(&row, rows + index * sizeof row, sizeof row);
    return row;
}

/* The frame description entry of the last function that begins at or below `target`. */
static const uint8_t *find_description(const uint8_t *header, const uint8_t *end, uint64_t target)
{
    struct reader reader = {.at = header, .end = end};
    uint8_t version = read8(&reader);
    uint8_t frame_encoding = read8(&reader), count_encoding = read8(&reader);
    uint8_t table_encoding = read8(&reader);
    if (version != 1 || count_encoding == ENCODED_OMITTED ||
        table_encoding != (ENCODED_HEADER_RELATIVE | ENCODED_SDATA4))
        return NULL;
    if (frame_encoding != ENCODED_OMITTED)
        read_format(&reader, frame_encoding);
    uint64_t count = read_format(&reader, count_encoding);
    if (reader.bad || !count || count > (uint64_t)(end - reader.at) / sizeof(struct search_row))
        return NULL;

    const uint8_t *rows = reader.at;
    int64_t offset = (int64_t)(target - (uint64_t)(uintptr_t)header);
    size_t behind = SORTED_FIRST(i, 0, count, search_row_at(rows, i).function > offset);
    return behind ? header + search_row_at(rows, behind - 1).description : NULL;
}

/* ---- the two kinds of entries ---- */

struct common {
    uint64_t code_alignment;
    int64_t data_alignment;
    uint8_t pointer_encoding;
    bool has_augmentation, is_signal;
    struct reader instructions;
};

struct description {
    struct common common;
    uint64_t begin, size;
    struct reader instructions;
};

/* A reader of one entry's content, behind its length. */
static struct reader open_entry(const uint8_t *entry, const uint8_t *begin, const uint8_t *end)
{
    struct reader reader = {.at = entry, .end = end, .bad = entry < begin || entry >= end};
    uint32_t length = read32(&reader);
    if (length == UINT32_MAX || length > (uint64_t)(reader.end - reader.at))
        reader.bad = true;
    else
        reader.end = reader.at + length;
    return reader;
}

static void read_augmentation(struct reader *reader, struct common *common, const char *letters)
{
    common->has_augmentation = letters[0] == 'z';
    if (!letters[0])
        return;
    if (!common->has_augmentation) {
        reader->bad = true;
        return;
    }
    uint64_t size = read_uleb(reader);
    struct reader data = *reader;
    skip(reader, size);
    for (letters++; *letters; letters++) {
        if (*letters == 'R')
            common->pointer_encoding = read8(&data);
        else if (*letters == 'P')
            read_format(&data, read8(&data));
        else if (*letters == 'L')
            read8(&data);
        else if (*letters == 'S')
            common->is_signal = true;
        else
            reader->bad = true;
    }
    reader->bad |= data.bad;
}

static bool read_common(struct reader reader, struct common *common)
{
    uint32_t id = read32(&reader);
    uint8_t version = read8(&reader);
    if (id != 0 || (version != 1 && version != 3))
        return false;
    const char *letters = (const char *)reader.at;
    while (read8(&reader))
        continue;
    if (reader.bad)
        return false;
    common->code_alignment = read_uleb(&reader);
    common->data_alignment = read_sleb(&reader);
    uint64_t return_register = version == 1 ? read8(&reader) : read_uleb(&reader);
    common->pointer_encoding = ENCODED_ABSOLUTE;
    read_augmentation(&reader, common, letters);
    common->instructions = reader;
    return !reader.bad && return_register == REGISTER_RETURN;
}

static bool read_description(const uint8_t *entry, const uint8_t *begin, const uint8_t *end,
                             struct description *found)
{
    struct reader reader = open_entry(entry, begin, end);
    const uint8_t *place = reader.at;
    uint32_t distance = read32(&reader);
    if (reader.bad || distance > (uint64_t)(place - begin))
        return false;
    struct reader common = open_entry(place - distance, begin, end);
    if (common.bad || !read_common(common, &found->common))
        return false;
    found->begin = read_encoded(&reader, found->common.pointer_encoding);
    found->size = read_format(&reader, found->common.pointer_encoding & ENCODED_FORMAT);
    if (found->common.has_augmentation)
        skip(&reader, read_uleb(&reader));
    found->instructions = reader;
    return !reader.bad;
}

/* ---- executing the instructions ---- */

enum register_rule { SAME, UNDEFINED, AT_CFA, AT_BP, OTHER };

struct saved_register {
    enum register_rule rule;
    int64_t offset; /* AT_CFA: from the CFA */
};

enum cfa_rule { CFA_REGISTER, CFA_AT_BP, CFA_OTHER };

struct row {
    enum cfa_rule cfa;
    uint64_t cfa_register;
    int64_t cfa_offset; /* CFA_AT_BP: the CFA is the word at bp + this */
    struct saved_register bp, sp, return_address, ignored;
};

#define REMEMBERED_ROWS 8

struct machine {
    const struct common *common;
    struct row row, initial;
    struct row remembered[REMEMBERED_ROWS];
    unsigned remembered_count;
    uint64_t location;
    bool bad;
};

static struct saved_register *saved(struct row *row, uint64_t number)
{
    if (number == REGISTER_BP)
        return &row->bp;
    if (number == REGISTER_SP)
        return &row->sp;
    if (number == REGISTER_RETURN)
        return &row->return_address;
    return &row->ignored;
}

static void set_rule(struct machine *machine, uint64_t number, enum register_rule rule)
{
    *saved(&machine->row, number) = (struct saved_register){.rule = rule};
}

static void set_offset(struct machine *machine, uint64_t number, int64_t factored)
{
    *saved(&machine->row, number) = (struct saved_register){
        .rule = AT_CFA, .offset = factored * machine->common->data_alignment};
}

static void define_cfa(struct machine *machine, uint64_t number, int64_t offset)
{
    machine->row.cfa = CFA_REGISTER;
    machine->row.cfa_register = number;
    machine->row.cfa_offset = offset;
}

enum { OPERATION_DEREFERENCE = 0x06, OPERATION_BP_PLUS = 0x76 };

static void define_cfa_expression(struct machine *machine, struct reader *reader)
{
    uint64_t size = read_uleb(reader);
    struct reader expression = *reader;
    skip(reader, size);
    if (reader->bad)
        return;
    expression.end = reader->at;
    machine->row.cfa = CFA_OTHER;
    if (read8(&expression) != OPERATION_BP_PLUS)
        return;
    int64_t offset = read_sleb(&expression);
    if (read8(&expression) != OPERATION_DEREFERENCE || expression.bad ||
        expression.at != expression.end)
        return;
    machine->row.cfa = CFA_AT_BP;
    machine->row.cfa_offset = offset;
}

static void define_register_expression(struct machine *machine, struct reader *reader)
{
    uint64_t number = read_uleb(reader);
    uint64_t size = read_uleb(reader);
    struct reader expression = *reader;
    skip(reader, size);
    bool at_bp = size == 2 && read8(&expression) == OPERATION_BP_PLUS && read8(&expression) == 0;
    set_rule(machine, number, at_bp ? AT_BP : OTHER);
}

static void remember(struct machine *machine)
{
    invariant(machine->remembered_count <= REMEMBERED_ROWS);
    if (machine->remembered_count == REMEMBERED_ROWS)
        machine->bad = true;
    else
        machine->remembered[machine->remembered_count++] = machine->row;
}

static void restore_remembered(struct machine *machine)
{
    if (!machine->remembered_count)
        machine->bad = true;
    else
        machine->row = machine->remembered[--machine->remembered_count];
}

static void restore_initial(struct machine *machine, uint64_t number)
{
    *saved(&machine->row, number) = *saved(&machine->initial, number);
}

static void advance(struct machine *machine, uint64_t factored)
{
    machine->location += factored * machine->common->code_alignment;
}

/* NOLINTNEXTLINE(readability-function-size): one case for each opcode of the standard */
static void execute_extended(struct machine *machine, struct reader *reader, uint8_t operation)
{
    uint64_t number;
    switch (operation) {
    case 0x00: /* nop */
        break;
    case 0x01: /* set_loc */
        machine->location = read_encoded(reader, machine->common->pointer_encoding);
        break;
    case 0x02: /* advance_loc1, 2, 4 */
        advance(machine, read8(reader));
        break;
    case 0x03:
        advance(machine, read16(reader));
        break;
    case 0x04:
        advance(machine, read32(reader));
        break;
    case 0x05: /* offset_extended */
        number = read_uleb(reader);
        set_offset(machine, number, (int64_t)read_uleb(reader));
        break;
    case 0x06: /* restore_extended */
        restore_initial(machine, read_uleb(reader));
        break;
    case 0x07: /* undefined */
        set_rule(machine, read_uleb(reader), UNDEFINED);
        break;
    case 0x08: /* same_value */
        set_rule(machine, read_uleb(reader), SAME);
        break;
    case 0x09: /* register */
        set_rule(machine, read_uleb(reader), OTHER);
        read_uleb(reader);
        break;
    case 0x0a: /* remember_state */
        remember(machine);
        break;
    case 0x0b: /* restore_state */
        restore_remembered(machine);
        break;
    case 0x0c: /* def_cfa */
        number = read_uleb(reader);
        define_cfa(machine, number, (int64_t)read_uleb(reader));
        break;
    case 0x0d: /* def_cfa_register */
        machine->row.cfa_register = read_uleb(reader);
        break;
    case 0x0e: /* def_cfa_offset */
        machine->row.cfa_offset = (int64_t)read_uleb(reader);
        break;
    case 0x0f: /* def_cfa_expression */
        define_cfa_expression(machine, reader);
        break;
    case 0x10: /* expression */
        define_register_expression(machine, reader);
        break;
    case 0x11: /* offset_extended_sf */
        number = read_uleb(reader);
        set_offset(machine, number, read_sleb(reader));
        break;
    case 0x12: /* def_cfa_sf */
        number = read_uleb(reader);
        define_cfa(machine, number, read_sleb(reader) * machine->common->data_alignment);
        break;
    case 0x13: /* def_cfa_offset_sf */
        machine->row.cfa_offset = read_sleb(reader) * machine->common->data_alignment;
        break;
    case 0x14: /* val_offset, val_offset_sf */
    case 0x15:
        set_rule(machine, read_uleb(reader), OTHER);
        read_uleb(reader);
        break;
    case 0x16: /* val_expression */
        set_rule(machine, read_uleb(reader), OTHER);
        skip(reader, read_uleb(reader));
        break;
    case 0x2e: /* GNU_args_size: of no consequence for the CFA */
        read_uleb(reader);
        break;
    default:
        machine->bad = true;
    }
}

/* Executes until the row that is in force at `target` is complete. */
static void execute(struct machine *machine, struct reader instructions, uint64_t target)
{
    while (instructions.at < instructions.end && !instructions.bad && !machine->bad) {
        uint8_t operation = read8(&instructions);
        uint8_t operand = operation & 0x3f;
        switch (operation & 0xc0) {
        case 0x40: /* advance_loc */
            advance(machine, operand);
            break;
        case 0x80: /* offset */
            set_offset(machine, operand, (int64_t)read_uleb(&instructions));
            break;
        case 0xc0: /* restore */
            restore_initial(machine, operand);
            break;
        default:
            execute_extended(machine, &instructions, operation);
        }
        if (machine->location > target)
            return;
    }
    machine->bad |= instructions.bad;
}

/* ---- from a row to a rule ---- */

static const struct unwind_rule unknown = {.kind = UNWIND_UNKNOWN};

static struct unwind_rule realigned_rule(const struct row *row)
{
    int64_t offset = -row->cfa_offset;
    if (row->bp.rule != AT_BP || offset < 8 || offset % 8 != 0 ||
        offset / 8 > (int64_t)UNWIND_MAX_CFA_WORDS)
        return unknown;
    return (struct unwind_rule){.kind = UNWIND_REALIGNED, .cfa_words = (uint32_t)(offset / 8)};
}

static struct unwind_rule rule_of_row(const struct row *row)
{
    if (row->return_address.rule == UNDEFINED)
        return (struct unwind_rule){.kind = UNWIND_END};
    if (row->return_address.rule != AT_CFA || row->return_address.offset != -8 ||
        row->sp.rule != SAME)
        return unknown;
    if (row->cfa == CFA_AT_BP)
        return realigned_rule(row);
    if (row->cfa != CFA_REGISTER ||
        (row->cfa_register != REGISTER_SP && row->cfa_register != REGISTER_BP) ||
        row->cfa_offset < 8 || row->cfa_offset % 8 != 0 ||
        row->cfa_offset / 8 > (int64_t)UNWIND_MAX_CFA_WORDS)
        return unknown;
    struct unwind_rule rule = {.kind = row->cfa_register == REGISTER_SP ? UNWIND_SP : UNWIND_BP,
                               .cfa_words = (uint32_t)(row->cfa_offset / 8)};
    if (row->bp.rule == SAME || row->bp.rule == UNDEFINED)
        return rule;
    int64_t saved_at = -row->bp.offset;
    if (row->bp.rule != AT_CFA || saved_at < 16 || saved_at % 8 != 0 ||
        saved_at / 8 > (int64_t)UNWIND_MAX_SAVED_BP_WORDS)
        return unknown;
    rule.saved_bp_words = (uint32_t)(saved_at / 8);
    return rule;
}

static bool describe(const uint8_t *eh_frame_hdr, uint64_t begin, uint64_t end, uint64_t address,
                     struct description *description)
{
    const uint8_t *low = (const uint8_t *)(uintptr_t)begin;
    const uint8_t *high = (const uint8_t *)(uintptr_t)end;
    const uint8_t *entry = find_description(eh_frame_hdr, high, address);
    return entry && read_description(entry, low, high, description) &&
           address - description->begin < description->size;
}

struct unwind_rule cfi_rule(const void *eh_frame_hdr, uint64_t begin, uint64_t end, uint64_t pc)
{
    if (!eh_frame_hdr || pc <= begin || pc > end)
        return unknown;
    /* The call is before pc, and may be its function's last instruction. */
    struct description description = {0};
    if (!describe(eh_frame_hdr, begin, end, pc - 1, &description)) {
        /*
         * Returns to where a function starts, from no call: a return address that was put there by
         * hand, as makecontext does beneath a coroutine's first function.
         */
        bool start =
            describe(eh_frame_hdr, begin, end, pc, &description) && description.begin == pc;
        return start ? (struct unwind_rule){.kind = UNWIND_END} : unknown;
    }
    if (description.common.is_signal)
        return (struct unwind_rule){.kind = UNWIND_SIGNAL};

    struct machine machine = {.common = &description.common, .location = description.begin};
    execute(&machine, description.common.instructions, UINT64_MAX);
    machine.initial = machine.row;
    execute(&machine, description.instructions, pc - 1);
    return machine.bad ? unknown : rule_of_row(&machine.row);
}
