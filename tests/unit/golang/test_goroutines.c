/* Goroutines against the program's own dump of them: ids, states, functions, lines, creators. */
#include "go_target.h"

#define MAX_TEXT 65536

static char dump[1 << 20];

/* Frames of the runtime's own are not in the dump, but for what it exports. */
static bool is_hidden(const char *function)
{
    return strncmp(function, "runtime.", 8) == 0 && (function[8] < 'A' || function[8] > 'Z');
}

static void append_frames(const struct snapshot *snapshot, uint32_t stack, const char *before,
                          char *text)
{
    if (stack == SNAPSHOT_NONE)
        return;
    const struct snapshot_stack *it = &snapshot->stacks[stack];
    for (uint32_t i = 0; i < it->frame_count; i++) {
        const struct snapshot_frame *frame = &snapshot->frames[it->first_frame + i];
        const char *function = snapshot_text(snapshot, frame->function);
        size_t length = strlen(text);
        if (!is_hidden(function) || before[0])
            snprintf(text + length, MAX_TEXT - length, "%s%s %s:%u\n", before, function,
                     snapshot_text(snapshot, frame->file), frame->line);
    }
}

/* One goroutine in a plain form that both sides can be brought to. */
static void ours(const struct snapshot *snapshot, const struct snapshot_task *task, char *text)
{
    snprintf(text, MAX_TEXT, "%s\n", snapshot_text(snapshot, task->status));
    append_frames(snapshot, task->stack, "", text);
    append_frames(snapshot, task->creation_stack, "created by ", text);
}

static void add_line(const char *function, const char *location, char *text)
{
    char name[1024];
    const char *before = strncmp(function, "created by ", 11) == 0 ? "created by " : "";
    snprintf(name, sizeof name, "%s", function + strlen(before));
    char *end = before[0] ? strstr(name, " in goroutine") : strrchr(name, '(');
    if (end)
        *end = '\0';
    size_t length = strlen(text);
    if (!is_hidden(name) || before[0])
        snprintf(text + length, MAX_TEXT - length, "%s%s %.*s\n", before, name,
                 (int)strcspn(location, " "), location);
}

/* The dump's text for a goroutine: a header, then two lines for each frame. */
static bool theirs(uint64_t id, char *text)
{
    char header[64], copy[MAX_TEXT], *rest = copy, *line, *location;
    snprintf(header, sizeof header, "goroutine %lu [", (unsigned long)id);
    const char *found = strstr(dump, header);
    if (!found)
        return false;
    const char *end = strstr(found, "\n\n");
    snprintf(copy, sizeof copy, "%.*s", end ? (int)(end - found) : (int)strlen(found), found);
    line = strsep(&rest, "\n") + strlen(header);
    snprintf(text, MAX_TEXT, "%.*s\n", (int)strcspn(line, ",]"), line);
    while ((line = strsep(&rest, "\n")) && (location = strsep(&rest, "\n")))
        add_line(line, location + 1, text);
    return true;
}

static void compare(const char *flags)
{
    static char mine[MAX_TEXT], its[MAX_TEXT];
    struct go_target target;
    char path[128];
    unsigned compared = 0;
    if (!go_is_there())
        skip();
    go_target_build(&target, "truth", flags);
    go_target_start(&target, target.directory, NULL);
    snprintf(path, sizeof path, "%s/dump", target.directory);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    dump[fread(dump, 1, sizeof dump - 1, file)] = '\0';
    fclose(file);
    struct go_session *session = go_target_open(&target, false);
    struct snapshot *snapshot = go_target_take(session);
    for (uint32_t i = 0; i < snapshot->task_count; i++) {
        const struct snapshot_task *task = &snapshot->tasks[i];
        if (task->main || !theirs(task->id, its))
            continue; /* main goes on after the dump; the runtime's own are not in it */
        ours(snapshot, task, mine);
        assert_string_equal(mine, its);
        compared++;
    }
    assert_int_equal(compared, 34);
    snapshot_free(snapshot);
    go_session_close(session);
    go_target_end(&target);
}

static void test_as_built(void **state)
{
    (void)state;
    compare("");
}

static void test_stripped(void **state)
{
    (void)state;
    compare("'-ldflags=-s -w'");
}

static void test_position_independent_and_stripped(void **state)
{
    (void)state;
    compare("-buildmode=pie '-ldflags=-s -w'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_built),
        cmocka_unit_test(test_stripped),
        cmocka_unit_test(test_position_independent_and_stripped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
