/* Memory for a clone, of a machine and of control groups that are made up. */
#include "image/clone_room.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char root[64], memory[96], groups[96], groups_v1[96];
static struct clone_room_places places = {memory, groups, groups_v1};

static void write_file(const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", root, name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void make_folder(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", root, name);
    assert_int_equal(mkdir(path, 0700), 0);
}

/* A process with 100 MB of its own in the group /a/b, of a machine with 1 GB to spare. */
static int start(void **state)
{
    (void)state;
    strcpy(root, "/tmp/ctxtrace-room-XXXXXX");
    assert_non_null(mkdtemp(root));
    snprintf(memory, sizeof memory, "%s/meminfo", root);
    snprintf(groups, sizeof groups, "%s/groups", root);
    snprintf(groups_v1, sizeof groups_v1, "%s/v1", root);
    make_folder("groups");
    make_folder("groups/a");
    make_folder("groups/a/b");
    make_folder("v1");
    make_folder("v1/c");
    write_file("meminfo", "MemTotal: 2000000 kB\nMemAvailable:    1000000 kB\n");
    write_file("status", "Name:\tx\nRssAnon:\t  102400 kB\n");
    write_file("cgroup", "0::/a/b\n");
    return 0;
}

static int end(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -r %s", root);
    return system(command);
}

/* Why there is none; empty: there is room. */
static const char *why_not(void)
{
    static struct error error;
    int directory = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    error.sentence[0] = '\0';
    bool room = clone_room_is_there(directory, &places, &error);
    close(directory);
    assert_true(room == (error.sentence[0] == '\0'));
    return error.sentence;
}

static void no_limit_is_room(void **state)
{
    (void)state;
    assert_string_equal(why_not(), "");
    write_file("groups/a/b/memory.max", "max\n");
    write_file("groups/a/b/memory.current", "123456789\n");
    assert_string_equal(why_not(), "");
}

static void the_machine_may_be_full(void **state)
{
    (void)state;
    write_file("meminfo", "MemAvailable: 102399 kB\n");
    assert_non_null(strstr(why_not(), "the machine"));
    write_file("meminfo", "MemAvailable: 102400 kB\n");
    assert_string_equal(why_not(), "");
}

static void a_group_may_be_full(void **state)
{
    (void)state;
    write_file("groups/a/b/memory.max", "209715200\n");
    write_file("groups/a/b/memory.current", "104857601\n");
    assert_non_null(strstr(why_not(), "its control group"));
    write_file("groups/a/b/memory.stat", "anon 5\ninactive_file 1\n"); /* what can be given up */
    assert_string_equal(why_not(), "");
}

static void a_group_above_counts(void **state)
{
    (void)state;
    write_file("groups/a/memory.max", "104857600\n");
    write_file("groups/a/memory.current", "1\n");
    assert_non_null(strstr(why_not(), "its control group"));
    write_file("groups/a/memory.max", "104857601\n");
    assert_string_equal(why_not(), "");
}

static void version_1_counts(void **state)
{
    (void)state;
    write_file("cgroup", "5:cpu:/x\n4:memory:/c\n0::/\n");
    assert_string_equal(why_not(), "");
    write_file("v1/c/memory.limit_in_bytes", "104857600\n");
    write_file("v1/c/memory.usage_in_bytes", "52428800\n");
    assert_non_null(strstr(why_not(), "its control group"));
}

static void what_cannot_be_read_is_no_room(void **state)
{
    (void)state;
    write_file("cgroup", "0::/../elsewhere\n");
    assert_non_null(strstr(why_not(), "cannot be read"));
    write_file("cgroup", "0::/a/b\n");
    write_file("groups/a/b/memory.max", "209715200\n"); /* and nobody says how much is used */
    assert_non_null(strstr(why_not(), "its control group"));
    write_file("status", "Name:\tx\n");
    assert_non_null(strstr(why_not(), "how much memory it has"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)
    const struct CMUnitTest tests[] = {
        TEST(no_limit_is_room),    TEST(the_machine_may_be_full),
        TEST(a_group_may_be_full), TEST(a_group_above_counts),
        TEST(version_1_counts),    TEST(what_cannot_be_read_is_no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
