/* The segment that a program left, with the names of its frames, and that of one which lives. */
#include "base/error.h"
#include "digest.h"
#include "failing.h"
#include "inspect/source.h"

#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <sys/wait.h>
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
    char command[64];
    (void)state;
    free(path);
    snprintf(command, sizeof command, "rm -r %s", directory);
    return system(command);
}

/* NULL, and what is said, if there is none. */
static struct snapshot *snapshot_of(const char *target, char *said, size_t size)
{
    struct error error = {""};
    struct snapshot *snapshot = NULL;
    struct session *session = session_open(target, NULL, &error);
    if (session)
        snapshot = session_take(session, &error);
    if (session)
        session_close(session);
    snprintf(said, size, "%s", error.sentence);
    return snapshot;
}

static bool read_it(char *said, size_t size)
{
    struct snapshot *snapshot = snapshot_of(path, said, size);
    if (snapshot) {
        static uint64_t whole;
        digest_check(&whole, digest_of(snapshot));
    }
    snapshot_free(snapshot);
    return snapshot != NULL;
}

static void a_dead_program(void **state)
{
    (void)state;
    failing_drive("segment", read_it, FAILING_ALL, 0);
}

/* ---- one that lives ---- */

static char living[16];

/* Whatever cannot be found out, it is never said that it has ended. */
static bool look_at_it(char *said, size_t size)
{
    struct snapshot *snapshot = snapshot_of(living, said, size);
    if (snapshot) {
        static uint64_t whole;
        if (snapshot->program.state != PROGRAM_ALIVE)
            fail_msg("call %lu: it is said to have ended", failing_number());
        digest_check(&whole, digest_of(snapshot));
    }
    snapshot_free(snapshot);
    return snapshot != NULL;
}

static void a_living_program(void **state)
{
    int in[2], out[2];
    char line[16] = "";
    (void)state;
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        setenv("CTXTRACE", "1", 1);
        setenv("CTXTRACE_DIR", directory, 1);
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        execl(RECORDED_PROGRAM, RECORDED_PROGRAM, (char *)NULL);
        _exit(127);
    }
    close(out[1]);
    assert_true(read(out[0], line, sizeof line) > 0); /* "ready" */
    snprintf(living, sizeof living, "%d", pid);
    setenv("CTXTRACE_DIR", directory, 1);
    failing_drive("segment, alive", look_at_it, 60, 0);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    close(in[0]);
    close(in[1]);
    close(out[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dead_program),
        cmocka_unit_test(a_living_program),
    };
    return cmocka_run_group_tests(tests, record, remove_it);
}
