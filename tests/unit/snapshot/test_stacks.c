/* Stacks are interned, named, and grouped into sites that survive recompiling. */
#include "golang/model/language.h"
#include "snapshot/builder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct snapshot_frame frame(struct snapshot_builder *builder, const char *function,
                                   const char *file, uint32_t line, uint64_t pc)
{
    return (struct snapshot_frame){
        .pc = pc,
        .function = builder_string(builder, function),
        .file = builder_string(builder, file),
        .module =
            builder_string(builder, strncmp(function, "ctxt_", 5) == 0 ? "/usr/lib/libctxtrace.so.0"
                                                                       : "/usr/bin/orders"),
        .line = line,
    };
}

static const char *function_of(const struct snapshot *snapshot, uint32_t frame_index)
{
    return snapshot_text(snapshot, snapshot->frames[frame_index].function);
}

static void equal_stacks_have_one_index(void **state)
{
    (void)state;
    struct snapshot_builder *builder = builder_new();
    struct snapshot_frame frames[] = {frame(builder, "f", "a.c", 1, 10),
                                      frame(builder, "main", "a.c", 2, 20)};
    uint32_t both = builder_stack(builder, frames, 2, false);
    assert_int_equal(builder_stack(builder, frames, 2, false), both);
    assert_int_not_equal(builder_stack(builder, frames, 1, false), both);
    assert_int_not_equal(builder_stack(builder, frames, 2, true), both);
    frames[0].pc = 11;
    assert_int_not_equal(builder_stack(builder, frames, 2, false), both);
    assert_int_equal(builder_stack(builder, frames, 0, false), SNAPSHOT_NONE);
    struct snapshot *snapshot = builder_finish(builder);
    assert_int_equal(snapshot->stack_count, 4);
    snapshot_free(snapshot);
}

static void many_stacks_stay_apart(void **state)
{
    (void)state;
    enum { MANY = 20000 };
    struct snapshot_builder *builder = builder_new();
    for (uint64_t i = 0; i < MANY; i++) {
        struct snapshot_frame frames[2] = {{.pc = i}, {.pc = i / 2}};
        assert_int_equal(builder_stack(builder, frames, 2, false), i);
    }
    for (uint64_t i = 0; i < MANY; i++) {
        struct snapshot_frame frames[2] = {{.pc = i}, {.pc = i / 2}};
        assert_int_equal(builder_stack(builder, frames, 2, false), i);
    }
    builder_free(builder);
}

/* The fingerprint of a stack of two frames below one of the library's. */
static uint64_t fingerprint(const char *function, uint32_t line, uint64_t pc)
{
    struct snapshot_builder *builder = builder_new();
    struct snapshot_frame frames[] = {frame(builder, "ctxt_with_cancel", "context.c", 9, pc + 1),
                                      frame(builder, function, "a.c", line, pc + 2),
                                      frame(builder, "main", "a.c", line + 9, pc + 3)};
    builder_stack(builder, frames, 3, false);
    struct snapshot *snapshot = builder_finish(builder);
    uint64_t result = snapshot->sites[0].fingerprint;
    assert_string_equal(function_of(snapshot, snapshot->sites[0].top_frame), function);
    assert_string_equal(snapshot_text(snapshot, snapshot_top_frame(snapshot, 0)->function),
                        function);
    snapshot_free(snapshot);
    return result;
}

static void fingerprints_know_no_addresses_and_lines(void **state)
{
    (void)state;
    assert_true(fingerprint("serve", 10, 100) == fingerprint("serve", 77, 9000));
    assert_true(fingerprint("serve", 10, 100) != fingerprint("server", 10, 100));
    /*
     * Kept in reports and compared between runs: this value never changes without the version of
     * fingerprints.
     */
    assert_int_equal(SNAPSHOT_FINGERPRINT_VERSION, 2);
    assert_true(fingerprint("serve", 1, 1) == UINT64_C(0x60d36493f67686cd));
}

static void one_site_has_stacks_of_several_lines(void **state)
{
    (void)state;
    struct snapshot_builder *builder = builder_new();
    struct snapshot_frame first[] = {frame(builder, "ctxt_with_value", "v.c", 1, 1),
                                     frame(builder, "serve", "a.c", 10, 2)};
    struct snapshot_frame second[] = {frame(builder, "ctxt_with_value", "v.c", 1, 3),
                                      frame(builder, "serve", "a.c", 20, 4)};
    struct snapshot_frame other[] = {frame(builder, "main", "a.c", 5, 5)};
    uint32_t one = builder_stack(builder, first, 2, false);
    uint32_t two = builder_stack(builder, second, 2, false);
    uint32_t three = builder_stack(builder, other, 1, false);
    struct snapshot *snapshot = builder_finish(builder);
    assert_int_equal(snapshot->site_count, 2);
    assert_int_equal(snapshot->stacks[one].site, snapshot->stacks[two].site);
    assert_int_not_equal(snapshot->stacks[one].site, snapshot->stacks[three].site);
    /* The top frame is the stack's own, with its own line. */
    assert_int_equal(snapshot_top_frame(snapshot, one)->line, 10);
    assert_int_equal(snapshot_top_frame(snapshot, two)->line, 20);
    assert_null(snapshot_top_frame(snapshot, SNAPSHOT_NONE));
    snapshot_free(snapshot);
}

static void a_stack_of_foreign_frames_only_has_a_top_frame(void **state)
{
    (void)state;
    struct snapshot_builder *builder = builder_new();
    struct snapshot_frame frames[] = {frame(builder, "ctxt_timer_main", "t.c", 1, 1),
                                      frame(builder, "ctxt_thread", "t.c", 2, 2)};
    builder_stack(builder, frames, 2, false);
    struct snapshot *snapshot = builder_finish(builder);
    assert_string_equal(function_of(snapshot, snapshot->sites[0].top_frame), "ctxt_timer_main");
    snapshot_free(snapshot);
}

static void go_runtime_frames_are_no_site(void **state)
{
    (void)state;
    for (int is_go = 0; is_go < 2; is_go++) {
        struct snapshot_builder *builder = builder_new();
        builder_language(builder, is_go ? &go_language : &native_language);
        struct snapshot_frame frames[] = {frame(builder, "runtime.gopark", "proc.go", 1, 1),
                                          frame(builder, "context.WithCancel", "c.go", 2, 2),
                                          frame(builder, "main.serve", "main.go", 3, 3)};
        builder_stack(builder, frames, 3, false);
        struct snapshot *snapshot = builder_finish(builder);
        assert_string_equal(function_of(snapshot, snapshot->sites[0].top_frame),
                            is_go ? "main.serve" : "runtime.gopark");
        snapshot_free(snapshot);
    }
}

/* ---- expanding ---- */

struct expansion_log {
    unsigned calls;
    size_t count; /* frames to make of each */
};

static size_t expand(void *state, struct snapshot_builder *builder,
                     const struct snapshot_frame *raw, const char *module,
                     struct snapshot_frame *frames, size_t room)
{
    struct expansion_log *log = state;
    log->calls++;
    assert_string_equal(module, "/usr/bin/orders");
    assert_true(room >= 2);
    for (size_t i = 0; i < log->count; i++) {
        frames[i] = *raw;
        frames[i].function = builder_string_format(builder, "f%zu_%d", i, (int)raw->pc);
        frames[i].line = (uint32_t)i + 1;
        frames[i].inlined = i + 1 < log->count;
    }
    return log->count;
}

static void raw_frames_are_expanded_once_each(void **state)
{
    (void)state;
    struct snapshot_builder *builder = builder_new();
    snapshot_string module = builder_string(builder, "/usr/bin/orders");
    struct snapshot_frame named = frame(builder, "known", "k.c", 5, 50);
    struct snapshot_frame raw[] = {{.pc = 1, .module = module}, named, {.pc = 2, .module = module}};
    uint32_t one = builder_stack(builder, raw, 3, false);
    uint32_t two = builder_stack(builder, raw + 2, 1, true);
    struct expansion_log log = {.count = 2};
    builder_expand_frames(builder, expand, &log);
    struct snapshot *snapshot = builder_finish(builder);
    assert_int_equal(log.calls, 2); /* pc 2 is in both stacks */
    assert_int_equal(snapshot->stacks[one].frame_count, 5);
    assert_int_equal(snapshot->stacks[two].frame_count, 2);
    assert_true(snapshot->stacks[two].truncated);
    uint32_t first = snapshot->stacks[one].first_frame;
    assert_string_equal(function_of(snapshot, first), "f0_1");
    assert_true(snapshot->frames[first].inlined);
    assert_string_equal(function_of(snapshot, first + 1), "f1_1");
    assert_string_equal(function_of(snapshot, first + 2), "known");
    assert_string_equal(function_of(snapshot, first + 4), "f1_2");
    snapshot_free(snapshot);
}

static void frames_without_expansion_stay(void **state)
{
    (void)state;
    struct snapshot_builder *builder = builder_new();
    struct snapshot_frame raw = {.pc = 7, .module = builder_string(builder, "/usr/bin/orders")};
    builder_stack(builder, &raw, 1, false);
    struct expansion_log log = {.count = 0};
    builder_expand_frames(builder, expand, &log);
    struct snapshot *snapshot = builder_finish(builder);
    assert_int_equal(snapshot->frame_count, 1);
    assert_int_equal(snapshot->frames[0].pc, 7);
    assert_int_equal(snapshot->frames[0].function, 0);
    snapshot_free(snapshot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_stacks_have_one_index),
        cmocka_unit_test(many_stacks_stay_apart),
        cmocka_unit_test(fingerprints_know_no_addresses_and_lines),
        cmocka_unit_test(one_site_has_stacks_of_several_lines),
        cmocka_unit_test(a_stack_of_foreign_frames_only_has_a_top_frame),
        cmocka_unit_test(go_runtime_frames_are_no_site),
        cmocka_unit_test(raw_frames_are_expanded_once_each),
        cmocka_unit_test(frames_without_expansion_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
