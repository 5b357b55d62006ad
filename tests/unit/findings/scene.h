/*
 * Small snapshots for the tests of rules, written as tables of what matters.
 *
 * The snapshot is taken at 1,000 s; ago(3.5) is 3.5 s before. Fields that are left 0 get the value
 * that an ordinary thing has: an open cancel context made 10 s ago, a running thread, a wait that
 * began 10 s ago and has no limit. Context 1 is background, task 1 is main; both are always there.
 * Owners are counted unless scene_context_with() says otherwise.
 */
#ifndef CTXTRACE_TESTS_UNIT_FINDINGS_SCENE_H
#define CTXTRACE_TESTS_UNIT_FINDINGS_SCENE_H

#include "findings/findings.h"
#include "findings/rule.h"
#include "snapshot/builder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TAKEN_NS (INT64_C(1000) * 1000000000)

enum { BACKGROUND = 1, MAIN = 1 };

struct scene {
    struct snapshot_builder *builder;
    struct snapshot *snapshot;
    struct findings *findings;
    struct thresholds thresholds;
};

/* What scene_context() adds to a snapshot_context: */
struct context_options {
    bool uncounted;                /* references are not counted; the facts are as given */
    enum precondition cannot_tell; /* why counts cannot be relied on */
};

static inline int64_t ago(double seconds)
{
    return TAKEN_NS - (int64_t)(seconds * 1e9);
}

static inline int64_t ahead(double seconds)
{
    return TAKEN_NS + (int64_t)(seconds * 1e9);
}

static inline struct fact fact_yes(void)
{
    return (struct fact){.value = FACT_YES};
}

static inline struct fact fact_no(void)
{
    return (struct fact){.value = FACT_NO};
}

static inline struct fact fact_unknown(enum precondition missing)
{
    return (struct fact){.value = FACT_UNKNOWN, .missing = (uint8_t)missing};
}

/* A stack with one frame of the program's. Equal functions and lines are one stack. */
static inline uint32_t at(struct scene *scene, const char *function, uint32_t line)
{
    uint64_t pc = 0x1000;
    for (const char *letter = function; *letter; letter++)
        pc = pc * 31 + (unsigned char)*letter;
    struct snapshot_frame frame = {
        .pc = pc * 1000 + line,
        .module_offset = pc * 1000 + line,
        .function = builder_string(scene->builder, function),
        .file = builder_string(scene->builder, "/src/server.c"),
        .module = builder_string(scene->builder, "/usr/bin/server"),
        .line = line,
    };
    return builder_stack(scene->builder, &frame, 1, false);
}

static inline uint32_t or_none(uint32_t stack)
{
    return stack == 0 ? SNAPSHOT_NONE : stack;
}

static inline void scene_context_with(struct scene *scene, struct snapshot_context context,
                                      struct context_options options)
{
    if (context.kind == 0)
        context.kind = CONTEXT_CANCEL;
    if (context.created_ns == 0)
        context.created_ns = ago(10);
    if (context.ended_ns == 0)
        context.ended_ns = SNAPSHOT_NEVER;
    if (context.deadline_ns == 0)
        context.deadline_ns = SNAPSHOT_NEVER;
    if (context.requested_deadline_ns == 0)
        context.requested_deadline_ns = context.deadline_ns;
    context.creation_stack = or_none(context.creation_stack);
    context.cancel_stack = or_none(context.cancel_stack);
    if (!options.uncounted)
        context_facts_from_counts(&context, options.cannot_tell);
    builder_add_context(scene->builder, &context);
}

static inline void scene_context(struct scene *scene, struct snapshot_context context)
{
    scene_context_with(scene, context, (struct context_options){0});
}

static inline void scene_task_in(struct scene *scene, struct snapshot_task task,
                                 uint64_t current_context, uint64_t start_context)
{
    if (task.state == 0)
        task.state = TASK_RUNNING;
    if (task.created_ns == 0)
        task.created_ns = ago(100);
    if (task.exited_ns == 0)
        task.exited_ns = SNAPSHOT_NEVER;
    if (task.tid == 0)
        task.tid = (uint32_t)task.id + 100;
    if (task.parent_id == 0 && !task.main)
        task.parent_id = MAIN;
    task.creation_stack = or_none(task.creation_stack);
    task.stack = or_none(task.stack);
    builder_add_task(scene->builder, &task, current_context, start_context);
}

static inline void scene_task(struct scene *scene, struct snapshot_task task)
{
    scene_task_in(scene, task, 0, 0);
}

static inline uint32_t scene_object(struct scene *scene, uint64_t key,
                                    struct snapshot_object object)
{
    object.id = key;
    object.creation_stack = or_none(object.creation_stack);
    return builder_object(scene->builder, key, &object);
}

/* bounded_by is given by the context's id, 0 for none. */
static inline void scene_wait(struct scene *scene, uint64_t task, uint32_t object,
                              enum wait_operation operation, struct snapshot_wait wait)
{
    uint64_t bounded_by = wait.bounded_by;
    wait.object = object;
    wait.operation = (uint8_t)operation;
    if (wait.since_ns == 0)
        wait.since_ns = ago(10);
    if (wait.until_ns == 0)
        wait.until_ns = SNAPSHOT_NEVER;
    wait.stack = or_none(wait.stack);
    builder_add_wait(scene->builder, &wait, task, bounded_by);
}

static inline uint32_t context_object(struct scene *scene, uint64_t context)
{
    return scene_object(scene, context, (struct snapshot_object){.kind = OBJECT_CONTEXT});
}

static inline uint32_t task_object(struct scene *scene, uint64_t task)
{
    return scene_object(scene, task, (struct snapshot_object){.kind = OBJECT_TASK});
}

static inline uint32_t mutex_of(struct scene *scene, uint64_t key, uint64_t owner)
{
    return scene_object(scene, key,
                        (struct snapshot_object){.kind = OBJECT_MUTEX, .owner_task_id = owner});
}

static inline uint32_t channel(struct scene *scene, uint64_t key, struct fact signalable)
{
    return scene_object(scene, key,
                        (struct snapshot_object){.kind = OBJECT_CHANNEL, .signalable = signalable});
}

static inline struct scene scene_without_tasks(void)
{
    struct scene scene = {.builder = builder_new(), .thresholds = thresholds_default()};
    assert_non_null(scene.builder);
    struct snapshot_program *program = builder_program(scene.builder);
    program->pid = 4711;
    program->language = builder_string(scene.builder, "C");
    program->taken_ns = TAKEN_NS;
    program->complete = true;
    at(&scene, "unused", 1); /* takes index 0, which the tables use for "none" */
    scene_context_with(&scene,
                       (struct snapshot_context){
                           .id = BACKGROUND, .kind = CONTEXT_BACKGROUND, .created_ns = ago(900)},
                       (struct context_options){0});
    return scene;
}

static inline struct scene scene_new(void)
{
    struct scene scene = scene_without_tasks();
    scene_task(&scene, (struct snapshot_task){
                           .id = MAIN, .tid = 100, .main = true, .created_ns = ago(900)});
    return scene;
}

/* The program's memory is collected, and its main may wait for ever. */
static inline void scene_collected(struct scene *scene)
{
    static struct language language;
    language = native_language;
    language.collected = language.main_may_block = true;
    builder_language(scene->builder, &language);
}

static inline void scene_dead(struct scene *scene, bool exited)
{
    builder_program(scene->builder)->state = PROGRAM_DEAD;
    builder_program(scene->builder)->exited = exited;
}

/* Takes the snapshot and runs all rules, once; works out tasks' facts as a recording does. */
static inline void scene_check(struct scene *scene)
{
    if (scene->findings)
        return;
    builder_derive_task_facts(scene->builder, PRECONDITION_NONE);
    scene->snapshot = builder_finish(scene->builder);
    assert_non_null(scene->snapshot);
    scene->findings = findings_check(scene->snapshot, &scene->thresholds, NULL);
    assert_non_null(scene->findings);
}

static inline void scene_free(struct scene *scene)
{
    scene_check(scene);
    findings_free(scene->findings);
    snapshot_free(scene->snapshot);
}

static inline void print_findings(const struct scene *scene)
{
    for (uint32_t i = 0; i < scene->findings->count; i++) {
        const struct finding *finding = &scene->findings->items[i];
        print_message("%s %s %u: %s\n", finding->rule->name, confidence_name(finding->confidence),
                      finding->count, finding->sentence);
    }
}

/* The finding of this rule with this confidence; the test fails if there is none. */
static inline const struct finding *finding_of(struct scene *scene, const char *rule,
                                               enum confidence confidence)
{
    scene_check(scene);
    for (uint32_t i = 0; i < scene->findings->count; i++) {
        const struct finding *finding = &scene->findings->items[i];
        if (strcmp(finding->rule->name, rule) == 0 && finding->confidence == confidence)
            return finding;
    }
    print_findings(scene);
    fail_msg("no finding of %s that is %s", rule, confidence_name(confidence));
    return NULL;
}

static inline void expect_findings(struct scene *scene, uint32_t count)
{
    scene_check(scene);
    if (scene->findings->count != count)
        print_findings(scene);
    assert_int_equal(scene->findings->count, count);
}

/* There is exactly this finding, of all rules, and it says exactly this. Ends the scene. */
static inline void expect_only(struct scene *scene, const char *rule, enum confidence confidence,
                               uint32_t count, const char *sentence)
{
    const struct finding *finding = finding_of(scene, rule, confidence);
    assert_int_equal(finding->count, count);
    if (sentence)
        assert_string_equal(finding->sentence, sentence);
    expect_findings(scene, 1);
    scene_free(scene);
}

/* No rule claims anything. Ends the scene. */
static inline void expect_silence(struct scene *scene)
{
    expect_findings(scene, 0);
    scene_free(scene);
}

/* No rule claims anything, and so many claims were withheld for this reason. Ends the scene. */
static inline void expect_withheld(struct scene *scene, enum precondition missing, uint32_t count)
{
    expect_findings(scene, 0);
    assert_int_equal(scene->findings->withheld[missing], count);
    scene_free(scene);
}

#endif
