/* Creations that a program's memory profiler has sampled, beside what the program knows of them. */
#include "go_target.h"

#define MOST_FRAMES 64
#define CONTEXTS    200 /* of each kind and place */
#define LOST        5   /* of each kind; ... */
#define LOST_KNOWN  3   /* of which so many can have been sampled */

struct truth_frame {
    char function[64];
    unsigned line;
};

struct truth {
    char place[32];
    struct truth_frame frames[MOST_FRAMES];
    size_t count;
};

static struct truth truths[16];
static size_t truth_count;

static struct truth *truth_of(const char *place)
{
    for (size_t i = 0; i < truth_count; i++)
        if (strcmp(truths[i].place, place) == 0)
            return &truths[i];
    return NULL;
}

static void read_truth(const struct go_target *target)
{
    char path[128], place[32];
    struct truth_frame frame;
    snprintf(path, sizeof path, "%s/truth", target->directory);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    truth_count = 0;
    while (fscanf(file, "%31s %63s %u", place, frame.function, &frame.line) == 3) {
        struct truth *truth = truth_of(place);
        if (!truth) {
            assert_in_range(truth_count, 0, 15);
            truth = &truths[truth_count++];
            *truth = (struct truth){0};
            strcpy(truth->place, place);
        }
        assert_in_range(truth->count, 0, MOST_FRAMES - 1);
        truth->frames[truth->count++] = frame;
    }
    fclose(file);
    assert_int_equal(truth_count, 8);
}

static const char *function_of(const struct snapshot *snapshot, const struct snapshot_frame *frame)
{
    return snapshot_text(snapshot, frame->function);
}

/*
 * The frames of the stack are those of the place, with the same lines but in the innermost, where
 * another line made the context than asked for the stack. What further in made it comes before.
 */
static void check_stack(const struct snapshot *snapshot, uint32_t index, const char *place)
{
    const struct truth *truth = truth_of(place);
    const struct snapshot_stack *stack = &snapshot->stacks[index];
    const struct snapshot_frame *frames = &snapshot->frames[stack->first_frame];
    assert_non_null(truth);
    uint32_t at = 0;
    while (at < stack->frame_count &&
           strcmp(function_of(snapshot, &frames[at]), truth->frames[0].function) != 0) {
        const char *function = function_of(snapshot, &frames[at++]);
        assert_true(strncmp(function, "context.", 8) == 0 || strcmp(function, "main.inlined") == 0);
    }
    assert_in_range(stack->frame_count - at, 1, truth->count);
    assert_true(stack->truncated || stack->frame_count - at == truth->count);
    for (uint32_t i = 0; at < stack->frame_count; i++, at++) {
        assert_string_equal(function_of(snapshot, &frames[at]), truth->frames[i].function);
        if (i > 0)
            assert_int_equal(frames[at].line, truth->frames[i].line);
    }
}

/* The place whose name is in the key: "main.place(cancels)". */
static const char *place_of(const struct snapshot *snapshot, const struct snapshot_context *context)
{
    static char place[32];
    while (context->kind != CONTEXT_VALUE) {
        assert_int_not_equal(context->parent, SNAPSHOT_NONE);
        context = &snapshot->contexts[context->parent];
    }
    assert_int_equal(sscanf(snapshot_text(snapshot, context->key), "main.place(%31[a-z])", place),
                     1);
    return place;
}

struct tally {
    unsigned known, unknown, truncated, inlined;
};

static struct tally check_contexts(const struct snapshot *snapshot)
{
    struct tally tally = {0};
    for (uint32_t i = 0; i < snapshot->context_count; i++) {
        const struct snapshot_context *context = &snapshot->contexts[i];
        if (context->kind == CONTEXT_BACKGROUND)
            continue;
        assert_true(context->creation_sampled);
        if (context->creation_stack == SNAPSHOT_NONE) {
            tally.unknown++;
            continue;
        }
        const struct snapshot_stack *stack = &snapshot->stacks[context->creation_stack];
        tally.known++;
        tally.truncated += stack->truncated;
        for (uint32_t n = 0; n < stack->frame_count; n++)
            tally.inlined += snapshot->frames[stack->first_frame + n].inlined;
        check_stack(snapshot, context->creation_stack, place_of(snapshot, context));
    }
    assert_int_equal(tally.known + tally.unknown, 8 * CONTEXTS + 2 * LOST + 2);
    return tally;
}

/* How many of the objects of this kind are known, all at this place. */
static unsigned check_objects(const struct snapshot *snapshot, uint8_t kind, const char *place)
{
    unsigned known = 0, waiters = 0;
    for (uint32_t i = 0; i < snapshot->object_count; i++) {
        const struct snapshot_object *object = &snapshot->objects[i];
        if (object->kind != kind)
            continue;
        waiters += object->waiter_count;
        if (object->creation_stack == SNAPSHOT_NONE)
            continue;
        known++;
        assert_true(place && object->creation_sampled);
        check_stack(snapshot, object->creation_stack, place);
    }
    assert_true(waiters > 0);
    return known;
}

struct look {
    struct go_target target;
    struct go_session *session;
    struct snapshot *snapshot;
};

static void begin_look(struct look *look, const char *rate, const char *flags, bool proofs)
{
    char numbers[32];
    go_target_build(&look->target, "sampled", flags);
    snprintf(numbers, sizeof numbers, "%s:%d", rate, CONTEXTS);
    go_target_start(&look->target, look->target.directory, numbers);
    read_truth(&look->target);
    look->session = go_target_open(&look->target, proofs);
    look->snapshot = go_target_take(look->session);
}

static void end_look(struct look *look)
{
    snapshot_free(look->snapshot);
    go_session_close(look->session);
    go_target_end(&look->target);
}

static void check_all_known(const char *flags, bool proofs)
{
    struct look look;
    begin_look(&look, "1", flags, proofs);
    struct tally tally = check_contexts(look.snapshot);
    assert_int_equal(tally.unknown, 2 * (LOST - LOST_KNOWN));
    assert_true(tally.inlined > 0);
    /* Older releases note the innermost 32 calls, newer ones 128. */
    assert_int_equal(tally.truncated, go_minor_there() < 23 ? 2 * CONTEXTS : 0);
    assert_int_equal(check_objects(look.snapshot, OBJECT_CHANNEL, "channels"), 1);
    assert_int_equal(check_objects(look.snapshot, OBJECT_MUTEX, "accounts"), 1);
    assert_int_equal(check_objects(look.snapshot, OBJECT_TIMER, NULL), 0);
    end_look(&look);
}

static void test_at_a_rate_of_one_all_are_known(void **state)
{
    (void)state;
    if (!go_is_there())
        skip();
    check_all_known("", false);
    check_all_known("", true);
}

static void test_without_symbols(void **state)
{
    (void)state;
    if (!go_is_there())
        skip();
    check_all_known("-ldflags='-s -w'", false);
    check_all_known("-buildmode=pie -ldflags='-s -w'", true);
}

/* What was not sampled is not known, and what is known is right. */
static void test_a_fraction_is_known(void **state)
{
    struct look look;
    (void)state;
    if (!go_is_there())
        skip();
    begin_look(&look, "2048", "", true);
    struct tally tally = check_contexts(look.snapshot);
    assert_in_range(tally.known, 1, 4 * CONTEXTS);
    end_look(&look);
}

static void test_without_a_profile_none_is_known(void **state)
{
    struct look look;
    (void)state;
    if (!go_is_there())
        skip();
    begin_look(&look, "0", "", false);
    assert_int_equal(check_contexts(look.snapshot).known, 0);
    assert_int_equal(check_objects(look.snapshot, OBJECT_CHANNEL, NULL), 0);
    end_look(&look);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_at_a_rate_of_one_all_are_known),
        cmocka_unit_test(test_without_symbols),
        cmocka_unit_test(test_a_fraction_is_known),
        cmocka_unit_test(test_without_a_profile_none_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
