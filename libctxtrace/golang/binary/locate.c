/*
 * Shapes, for programs without symbols. Each is searched for in the writable part of the first
 * module:
 *
 *     allgs       a slice of pointers, the first to a g with goid 1 and a plausible stack. In a
 *                 library goroutine 1 ends at once and its g is reused: there the first few all
 *                 have to be plausible, with different numbers
 *     allspans    a slice of pointers to things shaped like mspan (free ones may start at 0);
 *                 mheap_ lies around it
 *     itabTable   a pointer to a power of two, followed by a count that equals the number of
 *                 entries that are not nil
 *
 * What was found by symbol is checked by the same shapes, so that a wrong layout is noticed.
 */
#include "golang/binary/locate.h"

#include "base/error.h"
#include "golang/binary/field.h"
#include "golang/binary/limits.h"
#include "golang/binary/module.h"

#include <string.h>

#define MAX_GOID         (UINT64_C(1) << 48)
#define LEAST_GOROUTINES 4                   /* that have to be plausible where none has number 1 */
#define MOST_ITABS_HERE  (UINT64_C(1) << 17) /* each word could point to something of this size */

/* Those that wait for threads of C to call in have no function yet. */
static bool is_goroutine(const struct go_program *program, uint64_t g)
{
    if (!g || g % 8 || !memory_covers(program->memory, g, 8) ||
        field_word(program, g, G_GOID) > MAX_GOID)
        return false;
    uint64_t low = field_word(program, g, G_STACK_LO), high = field_word(program, g, G_STACK_HI);
    uint64_t start = field_word(program, g, G_STARTPC);
    uint32_t status = field_u32(program, g, G_STATUS) & ~UINT32_C(0x1000);
    bool dead = status == 6 && !low && !high;
    bool has_stack = low < high && !((high - low) & (high - low - 1)) && high - low >= 2048;
    return status <= 10 && (dead || has_stack) && (!start || module_of_pc(program, start));
}

/* Are the first of them goroutines, and different ones? */
static bool are_goroutines(const struct go_program *program, uint64_t list, uint64_t count)
{
    uint64_t numbers[LEAST_GOROUTINES] = {0};
    for (uint64_t i = 0; i < count; i++) {
        uint64_t g = memory_word(program->memory, list + 8 * i);
        if (!is_goroutine(program, g))
            return false;
        numbers[i] = field_word(program, g, G_GOID);
        for (uint64_t k = 0; k < i; k++)
            if (numbers[k] == numbers[i] && numbers[i])
                return false;
    }
    return count > 1 && (numbers[0] || numbers[1]);
}

static bool is_allgs(const struct go_program *program, uint64_t address)
{
    uint64_t words[3];
    if (!memory_read(program->memory, address, words, sizeof words) || words[0] % 8 || !words[0] ||
        !words[1] || words[1] > words[2] || words[2] > MAX_GOROUTINES)
        return false;
    uint64_t first = memory_word(program->memory, words[0]);
    if (!is_goroutine(program, first) ||
        !module_of_pc(program, field_word(program, first, G_STARTPC)))
        return false;
    uint64_t some = words[1] < LEAST_GOROUTINES ? words[1] : LEAST_GOROUTINES;
    return field_word(program, first, G_GOID) == 1 || are_goroutines(program, words[0], some);
}

static bool is_span(const struct go_program *program, uint64_t span)
{
    uint64_t start = field_word(program, span, SPAN_START);
    uint64_t pages = field_word(program, span, SPAN_PAGES);
    return span && span % 8 == 0 && start % 8192 == 0 && pages < (UINT64_C(1) << 35) &&
           field_u8(program, span, SPAN_STATE) <= 2;
}

/*
 * A core that was cut short lacks its end, where the oldest spans are. Missing ones say nothing;
 * the rest have to be right all the same.
 */
static bool is_cut_away(const struct go_program *program, uint64_t address)
{
    return program->image->truncated && !memory_covers(program->memory, address, 8);
}

static bool is_allspans(const struct go_program *program, uint64_t address)
{
    uint64_t words[3];
    if (!memory_read(program->memory, address, words, sizeof words) || words[0] % 8 || !words[0] ||
        words[1] < 4 || words[1] > words[2] || words[2] > MAX_SPANS)
        return false;
    unsigned used = 0, seen = 0;
    for (uint64_t i = 0; i < words[1] && seen < 32; i++) {
        if (is_cut_away(program, words[0] + 8 * i))
            break;
        uint64_t span = memory_word(program->memory, words[0] + 8 * i);
        if (span && span % 8 == 0 && is_cut_away(program, span))
            continue;
        seen++;
        if (!is_span(program, span))
            return false;
        uint64_t start = field_word(program, span, SPAN_START);
        used += start && field_u8(program, span, SPAN_STATE) == 1 &&
                field_word(program, span, SPAN_LIMIT) > start;
    }
    return used >= 2;
}

static bool is_itab_table(const struct go_program *program, uint64_t address)
{
    uint64_t table = memory_word(program->memory, address), head[2];
    if (!table || table % 8 || !memory_read(program->memory, table, head, sizeof head) ||
        head[0] < 64 || head[0] > MOST_ITABS_HERE || (head[0] & (head[0] - 1)) || !head[1] ||
        head[1] > head[0] || !memory_at(program->memory, table + 16, head[0] * 8))
        return false;
    uint64_t used = 0;
    for (uint64_t i = 0; i < head[0]; i++) {
        uint64_t itab = memory_word(program->memory, table + 16 + 8 * i);
        used += itab != 0;
        if (itab && (itab % 8 || !memory_word(program->memory, itab + 8)))
            return false;
    }
    return used == head[1];
}

static uint64_t search_module(const struct go_program *program, module_match *is)
{
    const struct module *module = &program->modules[0];
    const uint64_t ranges[][2] = {{module->bss, module->ebss},
                                  {module->noptrbss, module->enoptrbss},
                                  {module->data, module->edata},
                                  {module->noptrdata, module->enoptrdata}};
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        uint64_t found = module_search(program, ranges[i][0], ranges[i][1], is);
        if (found)
            return found;
    }
    return 0;
}

static uint64_t symbol(const struct go_program *program, const char *name)
{
    uint64_t address;
    return elf_file_symbol(program->image->executable, name, &address)
               ? address + program->image->bias
               : 0;
}

#define LOCATE_TRIES 3

/* A table of a running program can grow into memory that was not mapped when we last asked. */
static void locate_tables(struct go_program *program)
{
    program->allgs = symbol(program, "runtime.allgs");
    if (!program->allgs || !is_allgs(program, program->allgs))
        program->allgs = search_module(program, is_allgs);
    uint64_t offset = (uint64_t)field_offset(program, HEAP_ALLSPANS);
    program->heap = symbol(program, "runtime.mheap_");
    if (!program->heap || !is_allspans(program, program->heap + offset)) {
        uint64_t allspans = search_module(program, is_allspans);
        program->heap = allspans ? allspans - offset : 0;
    }
    program->itab_table = symbol(program, "runtime.itabTable");
    if (!program->itab_table || !is_itab_table(program, program->itab_table))
        program->itab_table = search_module(program, is_itab_table);
}

bool locate_runtime(struct go_program *program, struct error *error)
{
    for (unsigned tries = 0; tries < LOCATE_TRIES; tries++) {
        if (tries && !image_refresh(program->image, error))
            return false;
        locate_tables(program);
        if ((program->allgs && program->heap && program->itab_table) || !program->image->live)
            break;
    }
    if (!program->allgs)
        return error_set(error,
                         "no goroutines could be found in %s (%s): it has only just started, or it "
                         "is not laid out as that release is",
                         program->image->path, program->version);
    program->last_finalizers = symbol(program, "runtime.allfin");
    program->cleanup_blocks = symbol(program, "runtime.gcCleanups");
    program->statistics = symbol(program, "runtime.memstats");
    program->scheduler = symbol(program, "runtime.sched");
    program->processors = symbol(program, "runtime.allp");
    program->started = symbol(program, "runtime.runtimeInitTime");
    return true;
}
