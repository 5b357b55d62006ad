/* Go: whose code a function is, and which digits of its name count closures. */
#include "golang/model/language.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static enum frame_owner owner(const char *function)
{
    return owner_of_go_frame(&(struct frame_names){.function = function});
}

static void the_runtime_is_machinery(void **state)
{
    (void)state;
    assert_int_equal(owner("runtime.gopark"), FRAME_OF_MACHINERY);
    assert_int_equal(owner("runtime/pprof.Do"), FRAME_OF_MACHINERY);
    assert_int_equal(owner("internal/runtime/maps.newarray"), FRAME_OF_MACHINERY);
    assert_int_equal(owner("context.WithCancel"), FRAME_OF_MACHINERY);
    assert_int_equal(owner("sync.runtime_SemacquireMutex"), FRAME_OF_MACHINERY);
    assert_int_equal(owner("time.Sleep"), FRAME_OF_MACHINERY);
    assert_int_equal(owner("runtimes.Start"), FRAME_OF_PROGRAM);
    assert_int_equal(owner("contextual.With"), FRAME_OF_PROGRAM);
}

static void the_standard_library_is_known_by_its_first_element(void **state)
{
    (void)state;
    static const char *const library[] = {"archive/zip.OpenReader",
                                          "net/http.(*Server).Serve",
                                          "sync.(*Mutex).Lock",
                                          "weak.Make",
                                          "io.ReadAll",
                                          "internal/poll.(*FD).Read",
                                          "time.AfterFunc",
                                          "os.Open",
                                          "vendor/golang.org/x/net/http2/hpack.(*Decoder).Write"};
    for (size_t i = 0; i < sizeof library / sizeof *library; i++)
        assert_int_equal(owner(library[i]), FRAME_OF_LIBRARY);
    static const char *const program[] = {
        "main.main",           "example.com/net/http.Serve", "network.Dial", "ne.Dial",
        "osmosis/os.Open",     "github.com/io/io.Read",      "zeta.End",     "a.Begin",
        "time.example.com/x.F"};
    for (size_t i = 0; i < sizeof program / sizeof *program; i++)
        assert_int_equal(owner(program[i]), FRAME_OF_PROGRAM);
}

/* The digits of `marks` stand below those of the name that count closures. */
static void assert_numbers(const char *name, const char *marks)
{
    const struct name_parts parts = go_language.parts(name);
    assert_int_equal(parts.length, strlen(name));
    assert_int_equal(parts.lasting, strlen(name));
    for (size_t i = 0; name[i]; i++) {
        bool expected = marks[i] == '^';
        bool found = i >= parts.numbered && name[i] >= '0' && name[i] <= '9' &&
                     go_language.is_closure_number(name, parts.length, i);
        if (found != expected)
            fail_msg("%s at %zu", name, i);
    }
}

static void numbers_of_closures_are_found(void **state)
{
    (void)state;
    assert_numbers("main.serve.func1", /**/ "               ^");
    assert_numbers("main.serve.func12.3", "               ^^ ^");
    assert_numbers("main.serve.gowrap7", "                 ^");
    assert_numbers("main.serve.deferwrap2", "                    ^");
    assert_numbers("main.serve.func1-range10", "               ^      ^^");
    assert_numbers("main.init.0", /*     */ "          ^");
    assert_numbers("main.serve.func1.WithTimeout.2", "               ^             ^");
}

static void other_digits_are_the_authors(void **state)
{
    (void)state;
    assert_numbers("main.sha256", "           ");
    assert_numbers("main.func1x", "           ");
    assert_numbers("main.base64.decode2", "                   ");
    assert_numbers("main.functional3", "                ");
    /* Nothing in the path of a package is one. */
    assert_numbers("example.com/a.1.b/pkg.Do.func1", "                             ^");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_runtime_is_machinery),
        cmocka_unit_test(the_standard_library_is_known_by_its_first_element),
        cmocka_unit_test(numbers_of_closures_are_found),
        cmocka_unit_test(other_digits_are_the_authors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
