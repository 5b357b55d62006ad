/* Finding segments: by process, and all there are. */
#include "base/error.h"
#include "segment/directory.h"
#include "segment_writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

static char directory[] = "/tmp/segment-directory-XXXXXX";

static int make_directory(void **state)
{
    (void)state;
    return mkdtemp(directory) && setenv("CTXTRACE_DIR", directory, 1) == 0 ? 0 : -1;
}

static int remove_directory(void **state)
{
    (void)state;
    return rmdir(directory);
}

static void open_named(struct segment_writer *writer, unsigned long long start, unsigned number)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%d-%llu-%u.ctxt", directory, getpid(), start, number);
    writer_open_at(writer, path);
}

static void the_directory_is_as_documented(void **state)
{
    (void)state;
    char path[256];
    segment_directory_path(path, sizeof path, 1000);
    assert_string_equal(path, directory);
    unsetenv("CTXTRACE_DIR");
    segment_directory_path(path, sizeof path, 1000);
    assert_string_equal(path, "/dev/shm/ctxtrace-1000");
    setenv("CTXTRACE_DIR", directory, 1);
}

static void an_empty_or_missing_directory_is_no_problem(void **state)
{
    (void)state;
    size_t count = 9;
    struct error error;
    assert_null(segment_directory_list(&count, &error));
    assert_int_equal(count, 0);
    assert_string_equal(error.sentence, "");
    setenv("CTXTRACE_DIR", "/tmp/there-is-no-such-directory", 1);
    assert_null(segment_directory_list(&count, &error));
    assert_string_equal(error.sentence, "");
    setenv("CTXTRACE_DIR", "/dev/null", 1);
    assert_null(segment_directory_list(&count, &error));
    assert_non_null(strstr(error.sentence, "/dev/null"));
    setenv("CTXTRACE_DIR", directory, 1);
}

static void segments_are_listed(void **state)
{
    (void)state;
    struct segment_writer live, dead, other;
    uint64_t start = segment_start_time(getpid());
    open_named(&live, start, 0);
    open_named(&dead, start, 1);
    writer_kill(&dead);
    dead.header->end = SEGMENT_EXIT;
    dead.header->realtime_offset_ns = 1000000000; /* newer */
    for (uint64_t i = 0; i < 7; i++)
        writer_context(&live, i * 3, i + 1, 0, CONTEXT_CANCEL, 1);
    /* What is no segment is passed over. */
    char path[256];
    snprintf(path, sizeof path, "%s/notes.txt", directory);
    writer_open_at(&other, path);
    char broken[256];
    snprintf(broken, sizeof broken, "%s/1-2-3.ctxt", directory);
    assert_int_equal(mkfifo(broken, 0600), 0);

    size_t count;
    struct error error;
    struct segment_entry *entries = segment_directory_list(&count, &error);
    assert_int_equal(count, 2);
    assert_string_equal(entries[0].path, dead.path);
    assert_int_equal(entries[0].life, LIFE_EXITED);
    assert_int_equal(entries[1].life, LIFE_ALIVE);
    assert_int_equal(entries[1].pid, getpid());
    assert_int_equal(entries[1].contexts, 7);
    assert_string_equal(entries[1].executable, "/usr/bin/orders");
    assert_string_equal(entries[1].command, "orders --port 8080");
    assert_true(entries[1].bytes > 0);
    free(entries);
    unlink(broken);
    writer_close(&live);
    writer_close(&dead);
    writer_close(&other);
}

static void the_newest_segment_of_a_process_is_found(void **state)
{
    (void)state;
    struct segment_writer first, second, dead;
    char path[256];
    uint64_t start = segment_start_time(getpid());
    assert_false(segment_directory_find(getpid(), path, sizeof path));
    open_named(&first, start, 2);
    open_named(&second, start, 10);
    open_named(&dead, start, 11);
    writer_kill(&dead);
    assert_true(segment_directory_find(getpid(), path, sizeof path));
    assert_string_equal(path, second.path);
    assert_false(segment_directory_find(1, path, sizeof path));
    writer_close(&second);
    assert_true(segment_directory_find(getpid(), path, sizeof path));
    assert_string_equal(path, first.path);
    writer_close(&first);
    writer_close(&dead);
}

/* It was made by who could not read its time of start; what it says else is as it should be. */
static void open_without_start(struct segment_writer *writer)
{
    struct stat namespace;
    open_named(writer, 0, 0);
    assert_int_equal(stat("/proc/self/ns/pid", &namespace), 0);
    writer->header->pid_namespace = namespace.st_ino;
    writer->header->process_start_time = 0;
    writer->header->optional_features |= SEGMENT_HAS_LOCK;
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    assert_int_equal(fcntl(writer->file, F_OFD_SETLK, &whole), 0);
}

static enum segment_life life_of(const struct segment_writer *writer)
{
    struct segment_file file;
    struct error error;
    assert_true(segment_file_open(&file, writer->path, &error));
    enum segment_life life = segment_life(&file);
    segment_file_close(&file);
    return life;
}

static void without_a_time_of_start_the_map_tells(void **state)
{
    (void)state;
    struct segment_writer writer;
    char path[256];
    open_without_start(&writer);
    assert_true(segment_directory_find(getpid(), path, sizeof path));
    assert_string_equal(path, writer.path);
    assert_int_equal(life_of(&writer), LIFE_ALIVE);
    writer_close(&writer);
}

/* The lock is held: by a copy of the process that has gone, and had our PID. */
static void another_process_with_the_number_is_not_taken_for_it(void **state)
{
    (void)state;
    struct segment_writer writer;
    char path[256];
    open_without_start(&writer);
    munmap(writer.base, writer.size);
    assert_false(segment_directory_find(getpid(), path, sizeof path));
    assert_int_equal(life_of(&writer), LIFE_DEAD);
    close(writer.file); /* and the lock is free: nobody knows whether it became another program */
    assert_int_equal(life_of(&writer), LIFE_DEAD);
    unlink(writer.path);
}

/* Without a /proc there is no namespace either: a process of that PID is any. The lock tells. */
static void of_what_was_made_without_proc_only_the_lock_tells(void **state)
{
    (void)state;
    struct segment_writer writer;
    char path[256];
    open_without_start(&writer);
    writer.header->pid_namespace = 0;
    munmap(writer.base, writer.size);
    assert_int_equal(life_of(&writer), LIFE_ALIVE);
    assert_false(segment_directory_find(getpid(), path, sizeof path));
    close(writer.file);
    assert_int_equal(life_of(&writer), LIFE_DEAD);
    unlink(writer.path);
}

static void a_segment_elsewhere_is_found_by_the_map(void **state)
{
    (void)state;
    struct segment_writer elsewhere;
    char path[256];
    char name[] = "/tmp/segment-elsewhere-XXXXXX.ctxt";
    close(mkstemps(name, 5));
    writer_open_at(&elsewhere, name);
    assert_true(segment_directory_find(getpid(), path, sizeof path));
    assert_string_equal(path, name);
    writer_close(&elsewhere);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_directory_is_as_documented),
        cmocka_unit_test(an_empty_or_missing_directory_is_no_problem),
        cmocka_unit_test(segments_are_listed),
        cmocka_unit_test(the_newest_segment_of_a_process_is_found),
        cmocka_unit_test(without_a_time_of_start_the_map_tells),
        cmocka_unit_test(another_process_with_the_number_is_not_taken_for_it),
        cmocka_unit_test(of_what_was_made_without_proc_only_the_lock_tells),
        cmocka_unit_test(a_segment_elsewhere_is_found_by_the_map),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
