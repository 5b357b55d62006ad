/*
 * The tables of functions, stacks, and types, in memory that the input describes and fills: a head
 * of 32-bit words, see `word`, then the bytes that lie at BASE.
 */
#include "base/error.h"
#include "fuzz.h"
#include "golang/binary/pclntab.h"
#include "golang/binary/text_pool.h"
#include "golang/binary/types.h"
#include "golang/capture/goroutines.h"
#include "golang/capture/stack_roots.h"
#include "golang/capture/unwind.h"
#include "golang/export/stack_names.h"
#include "golang/model/format_value.h"
#include "golang/model/labels.h"

#define BASE  UINT64_C(0x400000)
#define PLACE UINT64_C(16) /* addresses that are looked up */

enum word {
    WORD_RELEASE,
    WORD_SLICES, /* start and length of each of six */
    WORD_TEXT = WORD_SLICES + 12,
    WORD_PCS,
    WORD_TYPES,
    WORD_DATA,  /* of functions */
    WORD_STACK, /* lowest address, size, place of the stack pointer */
    WORD_PC = WORD_STACK + 3,
    WORD_PLACES,
    WORD_COUNT = WORD_PLACES + PLACE
};

static uint32_t head[WORD_COUNT];
static const uint8_t *content;
static size_t content_size;

static void fetch(void *state, const struct memory_range *ranges, void *const *local, size_t *read,
                  size_t count)
{
    (void)state;
    for (size_t i = 0; i < count; i++) {
        uint64_t start = ranges[i].start - BASE, size = ranges[i].end - ranges[i].start;
        read[i] = start >= content_size         ? 0
                  : content_size - start < size ? content_size - start
                                                : size;
        if (read[i])
            memcpy(local[i], content + start, read[i]);
    }
}

static const struct memory_backend backend = {.fetch = fetch};

static struct slice slice_of(unsigned number)
{
    const uint32_t *words = &head[WORD_SLICES + 2 * number];
    return (struct slice){BASE + words[0], words[1]};
}

/* What modules_find() would let pass. */
static bool make_module(struct go_program *program)
{
    struct module *module = &program->modules[0];
    *module = (struct module){.function_names = slice_of(0),
                              .compile_units = slice_of(1),
                              .files = slice_of(2),
                              .pc_tables = slice_of(3),
                              .functions = slice_of(4),
                              .function_table = slice_of(5),
                              .text = BASE + head[WORD_TEXT],
                              .types = BASE + head[WORD_TYPES],
                              .etypes = BASE + head[WORD_TYPES] + content_size,
                              .rodata = BASE + head[WORD_DATA],
                              .function_data = BASE + head[WORD_DATA]};
    module->min_pc = module->text;
    module->max_pc = module->text + head[WORD_PCS];
    program->module_count = 1;
    return module->function_table.length >= 2 &&
           memory_at(program->memory, module->function_table.data,
                     module->function_table.length * 8) &&
           module->min_pc < module->max_pc;
}

static void look_at_function(const struct go_program *program, uint64_t pc)
{
    struct function function;
    struct line lines[32];
    if (!function_at(program, pc, &function))
        return;
    function_frame_size(program, &function, pc);
    for (unsigned table = 0; table < 4; table++) {
        function_pcdata(program, &function, table, pc);
        function_funcdata(program, &function, table);
    }
    for (size_t room = 0; room <= 32; room += 8)
        if (function_lines(program, &function, pc, lines, room) > room)
            abort();
    function_inlines(program, &function, "context.");
}

static void look_at_type(const struct go_program *program, uint64_t address)
{
    char name[GO_NAME_SIZE], text[VALUE_TEXT_SIZE], labels[LABELS_SIZE];
    struct go_type type;
    struct go_field field;
    go_type_name(program, address, name);
    go_type_is(program, address, "context", "Context");
    for (unsigned i = 0; go_type_read(program, address, &type) && i < 4; i++)
        go_type_field(program, &type, i, &field);
    format_value(program, address, address + 8, true, text);
    format_error(program, address, address + 8, text);
    labels_text(program, address, labels);
}

static void visit(void *state, const struct stack_pointer *found)
{
    uint64_t *sum = state;
    *sum += found->at + found->pointer + found->place + (found->frame ? found->frame->pc : 0);
}

static void look_at_stack(const struct go_program *program)
{
    static struct go_stack stack;
    uint64_t low = BASE + head[WORD_STACK], sum = 0;
    uint64_t size = head[WORD_STACK + 1] & 0x3fffffff; /* as goroutines_read() has it */
    const struct goroutine goroutine = {.address = BASE,
                                        .status = GO_WAITING,
                                        .low = low,
                                        .high = low + size + 1,
                                        .sp = low + head[WORD_STACK + 2],
                                        .by_registers = head[WORD_PC] & 1,
                                        .pc = program->modules[0].text + (head[WORD_PC] >> 1)};
    visit_stack(program, &goroutine, &stack, visit, &sum);
    struct snapshot_builder *builder = builder_new();
    struct stack_names *names = builder ? stack_names_new(program, builder) : NULL;
    if (names) {
        const struct pc_info *frames[UNWIND_MAX_FRAMES];
        for (size_t i = 0; i < stack.count; i++) {
            frames[i] = stack.frames[i].info;
            pc_info_lines(program, frames[i]);
        }
        stack_names_add(names, frames, stack.count, stack.complete);
        const struct pc_info *call = pc_info(program, goroutine.pc - 1);
        if (call)
            pc_info_lines(program, call);
        stack_names_add_call(names, call);
    }
    stack_names_free(names);
    snapshot_free(builder ? builder_finish(builder) : NULL);
}

static void look_at_all(struct go_program *program)
{
    struct error error;
    layout_find(&program->layout, program->minor, "go1.26", -1, &error);
    memory_begin_regions(program->memory);
    memory_add_region(program->memory, BASE, BASE + content_size, true);
    if (!memory_end_regions(program->memory) || !make_module(program))
        return;
    for (size_t i = 0; i < PLACE; i++) {
        uint32_t place = head[WORD_PLACES + i];
        if (head[WORD_PCS])
            look_at_function(program, program->modules[0].text + place % head[WORD_PCS]);
        look_at_type(program, BASE + (place & ~7U) % (content_size + 8));
    }
    look_at_stack(program);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    char path[] = "program", command[] = "";
    struct image image = {.path = path, .command = command};
    fuzz_take(&input, head, sizeof head);
    content = input.data;
    content_size = input.size;
    if (!content_size)
        return 0;
    struct module modules[1] = {{0}};
    struct go_program program = {.image = &image,
                                 .modules = modules,
                                 .memory = memory_new(&backend, NULL),
                                 .minor = 18 + (int)(head[WORD_RELEASE] % 9),
                                 .pcs = pc_cache_new(),
                                 .texts = text_pool_new()};
    if (!program.memory || !program.pcs || !program.texts)
        abort();
    fuzz_clock_start();
    look_at_all(&program);
    fuzz_clock_stop();
    pc_cache_free(program.pcs);
    text_pool_free(program.texts);
    memory_free(program.memory);
    return 0;
}
