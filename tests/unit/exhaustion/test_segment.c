/* The segment that a program left, with the names of its frames. */
#include "base/error.h"
#include "failing.h"

#include "inspect/source.h"

#include <glob.h>
#include <unistd.h>

static char directory[] = "/tmp/ctxtrace-exhaustion-XXXXXX";
static char *path;

static int record(void **state)
{
    char command[1024];
    glob_t found;
    (void)state;
    if (!mkdtemp(directory))
        return -1;
    snprintf(command, sizeof command, "CTXTRACE=1 CTXTRACE_KEEP=1 CTXTRACE_DIR=%s %s >/dev/null",
             directory, RECORDED_PROGRAM);
    if (system(command) != 0)
        return -1;
    snprintf(command, sizeof command, "%s/*", directory);
    if (glob(command, 0, NULL, &found) != 0 || found.gl_pathc != 1)
        return -1;
    path = strdup(found.gl_pathv[0]);
    globfree(&found);
    return 0;
}

static int remove_it(void **state)
{
    (void)state;
    unlink(path);
    free(path);
    return rmdir(directory);
}

static bool read_it(char *said, size_t size)
{
    struct error error = {""};
    struct snapshot *snapshot = NULL;
    struct session *session = session_open(path, NULL, &error);
    if (session)
        snapshot = session_take(session, &error);
    if (session)
        session_close(session);
    snprintf(said, size, "%s", error.sentence);
    snapshot_free(snapshot);
    return snapshot != NULL;
}

static void a_dead_program(void **state)
{
    (void)state;
    failing_drive("segment", read_it, FAILING_ALL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dead_program),
    };
    return cmocka_run_group_tests(tests, record, remove_it);
}
