/* A live Go program, read with and without proofs. */
#include "../golang/go_target.h"
#include "base/error.h"
#include "base/hash.h"
#include "digest.h"
#include "failing.h"
#include "inspect/source.h"

static struct go_target target;

/* Of a program that runs, what stays as it is: the runtime's own goroutines come and go. */
static uint64_t digest_of_program(const struct snapshot *snapshot)
{
    uint64_t hash = hash_number(HASH_START, snapshot->context_count), tasks = 0, named = 0;
    for (uint32_t i = 0; i < snapshot->context_count; i++)
        hash = hash_number(hash, snapshot->contexts[i].id);
    for (uint32_t i = 0; i < snapshot->task_count; i++)
        tasks += !snapshot->tasks[i].system;
    for (uint32_t i = 0; i < snapshot->context_count; i++) {
        const struct snapshot_frame *frame =
            snapshot_top_frame(snapshot, snapshot->contexts[i].creation_stack);
        named += frame && frame->function;
    }
    return hash_number(hash_number(hash, tasks), named);
}

static bool look(bool proofs, char *said, size_t size)
{
    char pid[16];
    struct error error = {""};
    struct snapshot *snapshot = NULL;
    const struct source_options options = {.want_proofs = proofs, .show_values = true};
    snprintf(pid, sizeof pid, "%d", target.pid);
    struct session *session = session_open(pid, &options, &error);
    if (session)
        snapshot = session_take(session, &error);
    if (session)
        session_close(session);
    snprintf(said, size, "%s", error.sentence);
    if (snapshot) {
        static uint64_t whole[2];
        digest_check(&whole[proofs], digest_of_program(snapshot));
    }
    snapshot_free(snapshot);
    return snapshot != NULL;
}

static bool running(char *said, size_t size)
{
    return look(false, said, size);
}

static bool proved(char *said, size_t size)
{
    return look(true, said, size);
}

static void a_running_program(void **state)
{
    (void)state;
    if (!go_is_there())
        skip();
    go_target_build(&target, "leaks", "");
    go_target_start(&target, NULL, NULL);
    failing_drive("go", running, 30, 0);
    failing_drive("go, proved", proved, 30, 0);
    go_target_end(&target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_running_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
