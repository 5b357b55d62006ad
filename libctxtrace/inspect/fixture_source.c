/*
 * The fixture source: reads a snapshot from a text file, so that rules, views and reports can be
 * tested, and shown, without a program.
 *
 * The file. The first line is `ctxtrace-snapshot 1`. After it, each line describes one thing;
 * empty lines, and lines that begin with #, say nothing. A line is a word for what it describes,
 * then attributes `key=value` in any order, separated by blanks. A value with blanks in it is put
 * in double quotes; within them \" \\ \n \t and \xNN (two hexadecimal digits) are as in C.
 * Attributes that are left out have the defaults below. The order of lines does not matter, except
 * that a stack comes before the lines that use it.
 *
 *     numbers   decimal, or hexadecimal with 0x
 *     times     a number with a unit, ns us ms s m h, on the program's clock: 1.5s, 200ms; or
 *               never, or unknown
 *     yes/no    yes or no; the bare key means yes
 *     facts     yes, no, unknown, or unknown:N with the number N of an enum precondition
 *     names     of kinds and states: those of snapshot.h's ..._name() functions
 *
 * stack NAME [truncated] FRAME...
 *     Innermost frame first. A frame is FUNCTION@FILE:LINE, with a ~ before it if it was inlined
 * into the next, and with !MODULE behind it for its executable or library; or, of which no name is
 *     known, 0xADDRESS!MODULE+0xOFFSET.
 * program
 *     pid state executable command language version source started taken realtime_offset pause
 *     forked_from unrecorded created ended complete exited
 *     Defaults: pid=1 state=alive language=C source=fixture complete=yes. With created or ended,
 *     contexts are counted.
 * context
 *     id parent kind state ended_by born_ended owners observers name type key value cause code
 *     losing created ended deadline requested creator canceller stack cancel_stack address
 *     cancellable held_only_by_parent sampled
 *     Defaults: kind=cancel state=open; requested as deadline. With owners or observers they are
 *     counted, and facts that are left out follow from them. Without, they are unknown.
 * task
 *     id tid kind state main system detached joined locked name status labels parent
 *     creation_stack stack current start created exited wakeable wakeable_without_parent
 *     Defaults: kind=thread state=running. Facts that are left out follow from the waits.
 * object
 *     kind id address name type owner owner_seen capacity length references closed stack
 *     descriptor signalable sampled
 *     Only needed if there is something to say of it: a wait makes its object.
 * wait
 *     task object operation group since until at_least stack bounded_by
 *     object is KIND:ID, such as mutex:7, context:12, task:3, descriptor:5, timer:1, nothing:0.
 *     Default: until=never.
 * event
 *     time kind task subject parent ended_by code text stack
 * loss
 *     what why count
 */
#include "base/error.h"
#include "image/regular_file.h"
#include "inspect/fixture_line.h"
#include "inspect/language_table.h"
#include "inspect/source_table.h"
#include "snapshot/builder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct fixture {
    char *path;
};

/* A fact that the file does not give. */
static const struct fact not_given = {.value = FACT_UNKNOWN, .missing = PRECONDITION_COUNT};

static bool is_given(struct fact fact)
{
    return fact.missing != PRECONDITION_COUNT;
}

/* ---- program ---- */

static bool read_program(struct fixture_line *line, struct snapshot_builder *builder)
{
    const char *language = native_language.name;
    struct snapshot_program program = {
        .pid = 1,
        .source = builder_string(builder, "fixture"),
        .complete = true,
    };
    const struct attribute attributes[] = {
        {"pid", ATTRIBUTE_I32, &program.pid, NULL},
        {"state", ATTRIBUTE_NAME, &program.state, program_state_name},
        {"executable", ATTRIBUTE_TEXT, &program.executable, NULL},
        {"command", ATTRIBUTE_TEXT, &program.command, NULL},
        {"language", ATTRIBUTE_WORD, &language, NULL},
        {"version", ATTRIBUTE_TEXT, &program.version, NULL},
        {"source", ATTRIBUTE_TEXT, &program.source, NULL},
        {"started", ATTRIBUTE_TIME, &program.started_ns, NULL},
        {"taken", ATTRIBUTE_TIME, &program.taken_ns, NULL},
        {"realtime_offset", ATTRIBUTE_TIME, &program.realtime_offset_ns, NULL},
        {"pause", ATTRIBUTE_TIME, &program.pause_ns, NULL},
        {"forked_from", ATTRIBUTE_I32, &program.forked_from, NULL},
        {"unrecorded", ATTRIBUTE_U64, &program.contexts_unrecorded, NULL},
        {"created", ATTRIBUTE_U64, &program.contexts_created, NULL},
        {"ended", ATTRIBUTE_U64, &program.contexts_ended, NULL},
        {"complete", ATTRIBUTE_BOOL, &program.complete, NULL},
        {"exited", ATTRIBUTE_BOOL, &program.exited, NULL},
        {NULL, ATTRIBUTE_BOOL, NULL, NULL},
    };
    if (!fixture_line_read(line, attributes))
        return false;
    program.counts_contexts = fixture_line_has(line, "created") || fixture_line_has(line, "ended");
    if (program.command == 0)
        program.command = program.executable;
    program.language = builder_string(builder, language);
    builder_language(builder, language_named(language));
    *builder_program(builder) = program;
    return true;
}

/* ---- contexts ---- */

static void finish_context(const struct fixture_line *line, struct snapshot_context *context)
{
    bool counted = fixture_line_has(line, "owners") || fixture_line_has(line, "observers");
    struct fact cancellable = context->cancellable;
    struct fact held_only_by_parent = context->held_only_by_parent;
    struct fact unknown = {.value = FACT_UNKNOWN, .missing = PRECONDITION_COUNTED_REFERENCES};
    context->cancellable = context->held_only_by_parent = unknown;
    if (counted)
        context_facts_from_counts(context, PRECONDITION_NONE);
    if (is_given(cancellable))
        context->cancellable = cancellable;
    if (is_given(held_only_by_parent))
        context->held_only_by_parent = held_only_by_parent;
    if (!fixture_line_has(line, "requested"))
        context->requested_deadline_ns = context->deadline_ns;
}

static bool read_context(struct fixture_line *line, struct snapshot_builder *builder)
{
    struct snapshot_context context = {
        .kind = CONTEXT_CANCEL,
        .created_ns = SNAPSHOT_TIME_UNKNOWN,
        .ended_ns = SNAPSHOT_NEVER,
        .deadline_ns = SNAPSHOT_NEVER,
        .creation_stack = SNAPSHOT_NONE,
        .cancel_stack = SNAPSHOT_NONE,
        .cancellable = not_given,
        .held_only_by_parent = not_given,
    };
    const struct attribute attributes[] = {
        {"id", ATTRIBUTE_U64, &context.id, NULL},
        {"parent", ATTRIBUTE_U64, &context.parent_id, NULL},
        {"kind", ATTRIBUTE_NAME, &context.kind, context_kind_name},
        {"state", ATTRIBUTE_NAME, &context.state, context_state_name},
        {"ended_by", ATTRIBUTE_NAME, &context.ended_by, context_end_name},
        {"born_ended", ATTRIBUTE_BOOL, &context.born_ended, NULL},
        {"owners", ATTRIBUTE_U32, &context.owners, NULL},
        {"observers", ATTRIBUTE_U32, &context.observers, NULL},
        {"name", ATTRIBUTE_TEXT, &context.name, NULL},
        {"type", ATTRIBUTE_TEXT, &context.type, NULL},
        {"key", ATTRIBUTE_TEXT, &context.key, NULL},
        {"value", ATTRIBUTE_TEXT, &context.value, NULL},
        {"cause", ATTRIBUTE_TEXT, &context.cause_text, NULL},
        {"code", ATTRIBUTE_I32, &context.cause_code, NULL},
        {"losing", ATTRIBUTE_U32, &context.losing_cancels, NULL},
        {"created", ATTRIBUTE_TIME, &context.created_ns, NULL},
        {"ended", ATTRIBUTE_TIME, &context.ended_ns, NULL},
        {"deadline", ATTRIBUTE_TIME, &context.deadline_ns, NULL},
        {"requested", ATTRIBUTE_TIME, &context.requested_deadline_ns, NULL},
        {"creator", ATTRIBUTE_U64, &context.creator_task_id, NULL},
        {"canceller", ATTRIBUTE_U64, &context.canceller_task_id, NULL},
        {"stack", ATTRIBUTE_STACK, &context.creation_stack, NULL},
        {"sampled", ATTRIBUTE_BOOL, &context.creation_sampled, NULL},
        {"cancel_stack", ATTRIBUTE_STACK, &context.cancel_stack, NULL},
        {"address", ATTRIBUTE_U64, &context.address, NULL},
        {"cancellable", ATTRIBUTE_FACT, &context.cancellable, NULL},
        {"held_only_by_parent", ATTRIBUTE_FACT, &context.held_only_by_parent, NULL},
        {NULL, ATTRIBUTE_BOOL, NULL, NULL},
    };
    if (!fixture_line_read(line, attributes) || !fixture_line_needs(line, "id"))
        return false;
    finish_context(line, &context);
    builder_add_context(builder, &context);
    return true;
}

/* ---- tasks ---- */

static bool read_task(struct fixture_line *line, struct snapshot_builder *builder)
{
    uint64_t current = 0, start = 0;
    struct snapshot_task task = {
        .state = TASK_RUNNING,
        .creation_stack = SNAPSHOT_NONE,
        .stack = SNAPSHOT_NONE,
        .created_ns = SNAPSHOT_TIME_UNKNOWN,
        .exited_ns = SNAPSHOT_NEVER,
    };
    const struct attribute attributes[] = {
        {"id", ATTRIBUTE_U64, &task.id, NULL},
        {"tid", ATTRIBUTE_U32, &task.tid, NULL},
        {"kind", ATTRIBUTE_NAME, &task.kind, task_kind_name},
        {"state", ATTRIBUTE_NAME, &task.state, task_state_name},
        {"main", ATTRIBUTE_BOOL, &task.main, NULL},
        {"system", ATTRIBUTE_BOOL, &task.system, NULL},
        {"detached", ATTRIBUTE_BOOL, &task.detached, NULL},
        {"joined", ATTRIBUTE_BOOL, &task.joined, NULL},
        {"locked", ATTRIBUTE_BOOL, &task.locked_to_thread, NULL},
        {"name", ATTRIBUTE_TEXT, &task.name, NULL},
        {"status", ATTRIBUTE_TEXT, &task.status, NULL},
        {"labels", ATTRIBUTE_TEXT, &task.labels, NULL},
        {"parent", ATTRIBUTE_U64, &task.parent_id, NULL},
        {"creation_stack", ATTRIBUTE_STACK, &task.creation_stack, NULL},
        {"stack", ATTRIBUTE_STACK, &task.stack, NULL},
        {"current", ATTRIBUTE_U64, &current, NULL},
        {"start", ATTRIBUTE_U64, &start, NULL},
        {"created", ATTRIBUTE_TIME, &task.created_ns, NULL},
        {"exited", ATTRIBUTE_TIME, &task.exited_ns, NULL},
        {"wakeable", ATTRIBUTE_FACT, &task.wakeable, NULL},
        {"wakeable_without_parent", ATTRIBUTE_FACT, &task.wakeable_without_parent, NULL},
        {NULL, ATTRIBUTE_BOOL, NULL, NULL},
    };
    if (!fixture_line_read(line, attributes) || !fixture_line_needs(line, "id"))
        return false;
    builder_add_task(builder, &task, current, start);
    return true;
}

/* ---- objects and waits ---- */

static bool read_object(struct fixture_line *line, struct snapshot_builder *builder)
{
    struct snapshot_object object = {.creation_stack = SNAPSHOT_NONE, .descriptor = -1};
    const struct attribute attributes[] = {
        {"kind", ATTRIBUTE_NAME, &object.kind, object_kind_name},
        {"id", ATTRIBUTE_U64, &object.id, NULL},
        {"address", ATTRIBUTE_U64, &object.address, NULL},
        {"name", ATTRIBUTE_TEXT, &object.name, NULL},
        {"type", ATTRIBUTE_TEXT, &object.type, NULL},
        {"owner", ATTRIBUTE_U64, &object.owner_task_id, NULL},
        {"owner_seen", ATTRIBUTE_TIME, &object.owner_seen_ns, NULL},
        {"capacity", ATTRIBUTE_U32, &object.capacity, NULL},
        {"length", ATTRIBUTE_U32, &object.length, NULL},
        {"references", ATTRIBUTE_U32, &object.references, NULL},
        {"closed", ATTRIBUTE_BOOL, &object.closed, NULL},
        {"stack", ATTRIBUTE_STACK, &object.creation_stack, NULL},
        {"sampled", ATTRIBUTE_BOOL, &object.creation_sampled, NULL},
        {"descriptor", ATTRIBUTE_I32, &object.descriptor, NULL},
        {"signalable", ATTRIBUTE_FACT, &object.signalable, NULL},
        {NULL, ATTRIBUTE_BOOL, NULL, NULL},
    };
    if (!fixture_line_read(line, attributes) || !fixture_line_needs(line, "id") ||
        !fixture_line_needs(line, "kind"))
        return false;
    builder_object(builder, object.id, &object);
    return true;
}

/* KIND:ID */
static bool find_object(struct fixture_line *line, struct snapshot_builder *builder,
                        const char *text, uint32_t *number)
{
    const char *colon = strchr(text, ':');
    char *end;
    uint64_t id = colon ? strtoull(colon + 1, &end, 0) : 0;
    if (!colon || end == colon + 1 || *end != '\0')
        return fixture_line_fail(line, "an object is written KIND:ID, for example mutex:7");
    struct snapshot_object object = {.creation_stack = SNAPSHOT_NONE, .descriptor = -1, .id = id};
    char kind[32];
    snprintf(kind, sizeof kind, "%.*s", (int)(colon - text), text);
    if (!fixture_name(kind, object_kind_name, &object.kind))
        return fixture_line_fail(line, "there is no kind of object called %s", kind);
    if (object.kind == OBJECT_DESCRIPTOR)
        object.descriptor = (int32_t)id;
    *number = builder_object(builder, id, &object);
    return true;
}

static bool read_wait(struct fixture_line *line, struct snapshot_builder *builder)
{
    uint64_t task = 0, bounded_by = 0;
    const char *object = NULL;
    struct snapshot_wait wait = {
        .since_ns = SNAPSHOT_TIME_UNKNOWN,
        .until_ns = SNAPSHOT_NEVER,
        .stack = SNAPSHOT_NONE,
    };
    const struct attribute attributes[] = {
        {"task", ATTRIBUTE_U64, &task, NULL},
        {"object", ATTRIBUTE_WORD, &object, NULL},
        {"operation", ATTRIBUTE_NAME, &wait.operation, wait_operation_name},
        {"group", ATTRIBUTE_U32, &wait.group, NULL},
        {"since", ATTRIBUTE_TIME, &wait.since_ns, NULL},
        {"until", ATTRIBUTE_TIME, &wait.until_ns, NULL},
        {"at_least", ATTRIBUTE_BOOL, &wait.since_at_least, NULL},
        {"stack", ATTRIBUTE_STACK, &wait.stack, NULL},
        {"bounded_by", ATTRIBUTE_U64, &bounded_by, NULL},
        {NULL, ATTRIBUTE_BOOL, NULL, NULL},
    };
    if (!fixture_line_read(line, attributes) || !fixture_line_needs(line, "task") ||
        !fixture_line_needs(line, "object") || !find_object(line, builder, object, &wait.object))
        return false;
    builder_add_wait(builder, &wait, task, bounded_by);
    return true;
}

/* ---- events and losses ---- */

static bool read_event(struct fixture_line *line, struct snapshot_builder *builder)
{
    struct snapshot_event event = {.stack = SNAPSHOT_NONE};
    const struct attribute attributes[] = {
        {"time", ATTRIBUTE_TIME, &event.time_ns, NULL},
        {"kind", ATTRIBUTE_NAME, &event.kind, event_kind_name},
        {"task", ATTRIBUTE_U64, &event.task_id, NULL},
        {"subject", ATTRIBUTE_U64, &event.subject_id, NULL},
        {"parent", ATTRIBUTE_U64, &event.parent_id, NULL},
        {"ended_by", ATTRIBUTE_NAME, &event.ended_by, context_end_name},
        {"code", ATTRIBUTE_I32, &event.code, NULL},
        {"text", ATTRIBUTE_TEXT, &event.text, NULL},
        {"stack", ATTRIBUTE_STACK, &event.stack, NULL},
        {NULL, ATTRIBUTE_BOOL, NULL, NULL},
    };
    if (!fixture_line_read(line, attributes) || !fixture_line_needs(line, "kind"))
        return false;
    builder_add_event(builder, &event);
    return true;
}

static bool read_loss(struct fixture_line *line, struct snapshot_builder *builder)
{
    const char *what = "", *why = "";
    uint64_t count = 0;
    const struct attribute attributes[] = {
        {"what", ATTRIBUTE_WORD, &what, NULL},
        {"why", ATTRIBUTE_WORD, &why, NULL},
        {"count", ATTRIBUTE_U64, &count, NULL},
        {NULL, ATTRIBUTE_BOOL, NULL, NULL},
    };
    if (!fixture_line_read(line, attributes))
        return false;
    builder_add_loss(builder, what, why, count);
    return true;
}

static bool read_stack(struct fixture_line *line, struct snapshot_builder *builder)
{
    (void)builder;
    return fixture_line_stack(line);
}

/* ---- the file ---- */

static const struct {
    const char *word;
    bool (*read)(struct fixture_line *line, struct snapshot_builder *builder);
} line_table[] = {
    {"program", read_program}, {"stack", read_stack},   {"context", read_context},
    {"task", read_task},       {"object", read_object}, {"wait", read_wait},
    {"event", read_event},     {"loss", read_loss},
};

static bool read_line(struct fixture_line *line, struct snapshot_builder *builder, char *text)
{
    const char *word = fixture_line_start(line, text);
    if (!word)
        return !line->failed;
    for (size_t i = 0; i < sizeof line_table / sizeof *line_table; i++) {
        if (strcmp(line_table[i].word, word) == 0)
            return line_table[i].read(line, builder);
    }
    return fixture_line_fail(line, "no line begins with %s", word);
}

static bool read_lines(FILE *file, struct fixture_line *line, struct snapshot_builder *builder)
{
    char *text = NULL;
    size_t room = 0;
    bool good = true;
    while (good && getline(&text, &room, file) >= 0) {
        line->number++;
        if (line->number == 1)
            continue; /* the line by which the source was chosen */
        good = read_line(line, builder, text);
    }
    if (good && !feof(file))
        good = errno == ENOMEM
                   ? error_no_memory(line->error)
                   : error_set(line->error, "cannot read %s: %s", line->path, strerror(errno));
    free(text);
    return good;
}

/* ---- the source ---- */

static bool claims(const struct target *target)
{
    static const char first_line[] = "ctxtrace-snapshot 1\n";
    return target->path && memcmp(target->head, first_line, sizeof first_line - 1) == 0;
}

static void *open_fixture(const struct target *target, const struct source_options *options,
                          struct error *error)
{
    (void)options;
    struct fixture *fixture = calloc(1, sizeof *fixture);
    if (fixture)
        fixture->path = strdup(target->path);
    if (fixture && fixture->path)
        return fixture;
    free(fixture);
    error_no_memory(error);
    return NULL;
}

static struct snapshot *read_fixture(FILE *file, const char *path, struct error *error)
{
    struct snapshot_builder *builder = builder_new();
    if (!builder) {
        error_no_memory(error);
        return NULL;
    }
    struct fixture_line line = {.path = path, .builder = builder, .error = error};
    builder_program(builder)->complete = true;
    builder_derive_task_facts(builder, PRECONDITION_NONE);
    bool good = read_lines(file, &line, builder);
    fixture_line_end(&line);
    if (!good) {
        builder_free(builder);
        return NULL;
    }
    struct snapshot *snapshot = builder_finish(builder);
    if (!snapshot)
        error_no_memory(error);
    return snapshot;
}

static struct snapshot *take(void *state, struct error *error)
{
    const struct fixture *fixture = state;
    int descriptor = regular_file_open(fixture->path, NULL);
    FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "r");
    if (!file) {
        error_set(error, "cannot open %s: %s", fixture->path, strerror(errno));
        if (descriptor >= 0)
            close(descriptor);
        return NULL;
    }
    struct snapshot *snapshot = read_fixture(file, fixture->path, error);
    fclose(file);
    return snapshot;
}

static void close_fixture(void *state)
{
    struct fixture *fixture = state;
    free(fixture->path);
    free(fixture);
}

const struct source fixture_source = {
    .name = "fixture",
    .description = "a text file that describes a snapshot, for tests",
    .claims = claims,
    .open = open_fixture,
    .take = take,
    .close = close_fixture,
};
