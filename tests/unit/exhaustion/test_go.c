/* A live Go program, read with and without proofs. */
#include "base/error.h"
#include "failing.h"

#include "../golang/go_target.h"
#include "inspect/source.h"

static struct go_target target;

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
    failing_drive("go", running, 50, 0);
    failing_drive("go, proved", proved, 50, 0);
    go_target_end(&target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_running_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
