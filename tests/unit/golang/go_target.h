/*
 * Go programs for tests: builds one of tests/programs/go with the `go` of this machine, starts it,
 * and ends it. A test skips, saying so, when there is no `go`.
 */
#ifndef CTXTRACE_TESTS_GO_TARGET_H
#define CTXTRACE_TESTS_GO_TARGET_H

#include "base/error.h"
#include "golang/binary/version.h"
#include "golang/session.h"

#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct go_target {
    char directory[64]; /* of its own, for what it writes */
    char path[128];
    int pid;
    FILE *output;
    int input;
};

static inline bool go_is_there(void)
{
    if (system("go version >/dev/null 2>&1") == 0)
        return true;
    print_message("skipped: there is no `go` in the path to build the test's program with\n");
    return false;
}

/* The 26 of the `go` that builds the programs, go1.26.8. */
static inline int go_minor_there(void)
{
    char version[64] = "";
    FILE *output = popen("go env GOVERSION", "r");
    assert_non_null(output);
    assert_non_null(fgets(version, sizeof version, output));
    pclose(output);
    return go_minor_of(version);
}

/* When a release was asked for, the program must be of that one, and of no other. */
static inline void check_release(const struct go_target *target)
{
    const char *wanted = getenv("GOTOOLCHAIN");
    struct error error;
    if (!wanted || strncmp(wanted, "go1.", 4) != 0)
        return;
    struct elf_file *file = elf_file_open(target->path, target->path, &error);
    assert_non_null(file);
    char *version = go_version_of(file);
    elf_file_close(file);
    assert_non_null(version);
    assert_true(strncmp(version, wanted, strlen(wanted)) == 0); /* experiments may follow */
    free(version);
}

/* `name` of tests/programs/go, `flags` for go build. */
static inline void go_target_build(struct go_target *target, const char *name, const char *flags)
{
    char command[1024];
    memset(target, 0, sizeof *target);
    strcpy(target->directory, "/tmp/ctxtrace-go-XXXXXX");
    assert_non_null(mkdtemp(target->directory));
    snprintf(target->path, sizeof target->path, "%s/%s", target->directory, name);
    snprintf(command, sizeof command,
             "GO111MODULE=on GOWORK=off GOFLAGS=-buildvcs=false go build %s -o %s "
             "../programs/go/%s.go",
             flags, target->path, name);
    assert_int_equal(system(command), 0);
    check_release(target);
}

/* Starts it with up to two arguments, and waits until it says that it is ready. */
static inline void go_target_start(struct go_target *target, const char *first, const char *second)
{
    int to[2], from[2];
    char line[64];
    assert_int_equal(pipe(to), 0);
    assert_int_equal(pipe(from), 0);
    target->pid = fork();
    assert_true(target->pid >= 0);
    if (target->pid == 0) {
        dup2(to[0], 0);
        dup2(from[1], 1);
        close(to[1]);
        close(from[0]);
        execl(target->path, target->path, first, second, (char *)NULL);
        _exit(127);
    }
    close(to[0]);
    close(from[1]);
    target->input = to[1];
    target->output = fdopen(from[0], "r");
    assert_non_null(fgets(line, sizeof line, target->output));
    assert_true(strncmp(line, "ready", 5) == 0);
}

static inline void go_target_stop(struct go_target *target)
{
    if (target->pid <= 0)
        return;
    kill(target->pid, SIGKILL);
    waitpid(target->pid, NULL, 0);
    close(target->input);
    fclose(target->output);
    target->pid = 0;
}

/* Stops it and deletes it. */
static inline void go_target_end(struct go_target *target)
{
    char command[128];
    go_target_stop(target);
    snprintf(command, sizeof command, "rm -rf %s", target->directory);
    assert_int_equal(system(command), 0);
}

/* Asked for to find out what builds proofs can be made of. */
static inline bool any_build(void)
{
    return getenv("CTXTRACE_TEST_ANY_BUILD") != NULL;
}

/* `image` belongs to the session. */
static inline struct go_session *open_image(const struct go_target *target,
                                            const struct go_options *options, struct image **image)
{
    struct error error = {.sentence = ""};
    *image = image_open_process(target->pid, &error);
    struct go_session *session = *image ? go_session_open(*image, options, &error) : NULL;
    if (!session)
        fail_msg("%s", error.sentence);
    return session;
}

static inline struct go_session *go_target_open_with(const struct go_target *target,
                                                     const struct go_options *options)
{
    struct image *image;
    return open_image(target, options, &image);
}

static inline struct go_session *go_target_open_image(const struct go_target *target, bool proofs,
                                                      struct image **image)
{
    /* A loaded machine may take long to copy; how long a pause may be is another test's matter. */
    const struct go_options options = {.want_proofs = proofs,
                                       .max_pause_ns = INT64_C(10000000000),
                                       .show_values = true,
                                       .any_build = any_build()};
    return open_image(target, &options, image);
}

static inline struct go_session *go_target_open(const struct go_target *target, bool proofs)
{
    struct image *image;
    return go_target_open_image(target, proofs, &image);
}

static inline struct snapshot *go_target_take(struct go_session *session)
{
    struct error error = {.sentence = ""};
    struct snapshot *snapshot = go_session_take(session, &error);
    if (!snapshot)
        fail_msg("%s", error.sentence);
    return snapshot;
}

static inline bool was_proved(const struct snapshot *snapshot)
{
    for (uint32_t i = 0; i < snapshot->loss_count; i++)
        if (strcmp(snapshot_text(snapshot, snapshot->losses[i].what), "proofs") == 0)
            return false;
    return true;
}

/*
 * With proofs: those need the program to go on between two looks, for which a loaded machine may
 * have no time. Then it is looked at again, some times, since a build may be of none that is
 * proved.
 */
static inline struct snapshot *go_target_take_proved(struct go_session *session)
{
    enum { MOST_LOOKS = 100 };
    struct snapshot *snapshot = go_target_take(session);
    for (int i = 1; i < MOST_LOOKS && !was_proved(snapshot); i++) {
        snapshot_free(snapshot);
        snapshot = go_target_take(session);
    }
    return snapshot;
}

/* How much was lost that is not by design; `last` is one of that. */
static inline unsigned go_target_losses(const struct snapshot *snapshot,
                                        const struct snapshot_loss **last)
{
    unsigned count = 0;
    *last = NULL;
    for (uint32_t i = 0; i < snapshot->loss_count; i++) {
        if (snapshot->losses[i].expected)
            continue;
        *last = &snapshot->losses[i];
        count++;
    }
    return count;
}

#endif
