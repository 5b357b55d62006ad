/* The pass over the heap: however it is divided, it meets the same. */
#include "base/error.h"
#include "go_target.h"
#include "golang/model/context_candidates.h"

#include <pthread.h>

#define CONTEXTS   20000
#define MEGABYTES  "20"
#define MAX_PIECES 100000
#define BUDGET_NS  1

static struct go_target target;
static struct image *image;
static struct go_program *program;
static struct context_types types;
static struct heap heap;
static struct masks masks;
static struct candidate_pattern pattern;
static struct context_candidates whole; /* what one thread finds in one go, sorted */

static int by_content(const void *a, const void *b)
{
    const struct context_candidate *left = a, *right = b;
    if (left->place != right->place)
        return left->place > right->place ? 1 : -1;
    if (left->pointer != right->pointer)
        return left->pointer > right->pointer ? 1 : -1;
    return (left->kind > right->kind) - (left->kind < right->kind);
}

static void sort(struct context_candidates *candidates)
{
    assert_false(candidates->failed);
    assert_true(candidates->count > 0);
    qsort(candidates->items, candidates->count, sizeof *candidates->items, by_content);
}

static void expect_whole(struct context_candidates *candidates)
{
    sort(candidates);
    assert_int_equal(candidates->count, whole.count);
    for (size_t i = 0; i < candidates->count; i++)
        assert_int_equal(by_content(&candidates->items[i], &whole.items[i]), 0);
}

static void append(struct context_candidates *to, struct context_candidates *from)
{
    assert_false(from->failed);
    struct context_candidate *items =
        realloc(to->items, (to->count + from->count + 1) * sizeof *to->items);
    assert_non_null(items);
    to->items = items;
    for (size_t i = 0; i < from->count; i++)
        to->items[to->count++] = from->items[i];
    context_candidates_free(from);
}

static struct context_candidates find(struct heap_cursor *cursor, int64_t cpu_ns, bool fresh)
{
    struct context_candidates candidates;
    const struct candidate_search search = {
        .program = program, .heap = &heap, .pattern = &pattern, .fresh = fresh};
    context_candidates_find(&search, cursor, cpu_ns, &candidates);
    return candidates;
}

static int start(void **state)
{
    (void)state;
    struct error error = {.sentence = ""};
    if (!go_is_there())
        return 0;
    go_target_build(&target, "crowd", "");
    char count[16];
    snprintf(count, sizeof count, "%d", CONTEXTS);
    go_target_start(&target, count, MEGABYTES);
    image = image_open_process(target.pid, &error);
    program = image ? go_program_open(image, &error) : NULL;
    if (!program)
        fail_msg("%s", error.sentence);
    assert_true(context_types_read(program, &types));
    assert_true(image_refresh(image, &error));
    assert_true(heap_list(program, &heap));
    assert_true(heap_arrange(program, &heap));
    masks = (struct masks){.program = program, .heap = &heap};
    assert_true(candidate_pattern_make(&types, &masks, &pattern));
    struct heap_cursor cursor = heap_cursor_at(0);
    whole = find(&cursor, INT64_MAX, true);
    assert_int_equal(heap_cursor_address(&heap, &cursor), 0);
    sort(&whole);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    if (!program)
        return 0;
    context_candidates_free(&whole);
    candidate_pattern_free(&pattern);
    masks_free(&masks);
    heap_free(&heap);
    context_types_free(&types);
    go_program_close(program);
    image_close(image);
    go_target_end(&target);
    return 0;
}

/* Each context is known by its cancel function and by its shape. */
static void test_all_contexts_are_met(void **state)
{
    (void)state;
    unsigned closures = 0, objects = 0;
    if (!program)
        skip();
    struct heap_cursor cursor = heap_cursor_at(0);
    struct context_candidates candidates = find(&cursor, INT64_MAX, true);
    for (size_t i = 0; i < candidates.count; i++) {
        bool is_word = candidates.items[i].kind == CANDIDATE_WORD;
        closures += is_word && candidates.items[i].number & CONTEXT_WORD_CLOSURE;
        objects += !is_word;
    }
    context_candidates_free(&candidates);
    assert_true(closures >= CONTEXTS);
    assert_true(objects >= CONTEXTS);
}

static void test_what_is_kept_has_the_same(void **state)
{
    (void)state;
    if (!program)
        skip();
    struct heap_cursor cursor = heap_cursor_at(0);
    struct context_candidates candidates = find(&cursor, INT64_MAX, false);
    expect_whole(&candidates);
    context_candidates_free(&candidates);
}

struct sharer {
    struct heap_cursor *cursor;
    struct context_candidates candidates;
};

static void *find_beside(void *state)
{
    struct sharer *sharer = state;
    sharer->candidates = find(sharer->cursor, INT64_MAX, true);
    return NULL;
}

static void test_two_threads_share_a_cursor(void **state)
{
    (void)state;
    if (!program)
        skip();
    for (int round = 0; round < 30; round++) {
        pthread_t thread;
        struct heap_cursor cursor = heap_cursor_at(0);
        struct sharer beside = {.cursor = &cursor};
        assert_int_equal(pthread_create(&thread, NULL, find_beside, &beside), 0);
        struct context_candidates candidates = find(&cursor, INT64_MAX, true);
        assert_int_equal(pthread_join(thread, NULL), 0);
        append(&candidates, &beside.candidates);
        expect_whole(&candidates);
        context_candidates_free(&candidates);
    }
}

/* As a session does: what stays from one look to the next is the address only. */
static void test_a_budget_ends_it_and_it_goes_on(void **state)
{
    (void)state;
    struct context_candidates candidates = {0};
    uint64_t next = 0;
    int looks = 0;
    if (!program)
        skip();
    do {
        struct heap_cursor cursor = heap_cursor_at(next);
        struct context_candidates some = find(&cursor, BUDGET_NS, true);
        uint64_t before = next;
        append(&candidates, &some);
        next = heap_cursor_address(&heap, &cursor);
        assert_true(next == 0 || next > before); /* however small the budget */
        looks++;
    } while (next && looks < MAX_PIECES);
    assert_int_equal(next, 0);
    assert_true(looks > 2);
    expect_whole(&candidates);
    context_candidates_free(&candidates);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_contexts_are_met),
        cmocka_unit_test(test_what_is_kept_has_the_same),
        cmocka_unit_test(test_two_threads_share_a_cursor),
        cmocka_unit_test(test_a_budget_ends_it_and_it_goes_on),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
