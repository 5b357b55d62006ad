/* Each right that can be missing has its sentence, which names it and what gives it. */
#include "base/error.h"
#include "image/permission.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void assert_says(const char *sentence, const char *part)
{
    if (!strstr(sentence, part))
        fail_msg("\"%s\" does not say \"%s\"", sentence, part);
}

static void test_each_missing_right(void **state)
{
    (void)state;
    static const struct {
        struct permission_facts facts;
        const char *missing, *remedy;
    } cases[] = {
        {{.our_user = 1000, .their_user = 1001, .file_owner = 1001, .yama = -1},
         "belongs to user 1001",
         "as that user or as root"},
        {{.our_user = 1000, .their_user = 1000, .file_owner = 0, .yama = 1},
         "not dumpable",
         "as root"},
        {{.our_user = 1000, .their_user = 1000, .file_owner = 1000, .they_have_more = true},
         "has capabilities",
         "as root"},
        {{.our_user = 1000, .their_user = 1000, .file_owner = 1000, .yama = 1},
         "ptrace_scope is 1",
         "write 0 into"},
        {{.our_user = 1000, .their_user = 1000, .file_owner = 1000, .yama = 2},
         "ptrace_scope is 2",
         "as root"},
        {{.our_user = 1000, .their_user = 1000, .file_owner = 1000, .yama = 3},
         "ptrace_scope is 3",
         "next boot"},
        {{.our_user = 0, .may_trace = true, .yama = 3}, "ptrace_scope is 3", "next boot"},
        {{.our_user = 0, .their_user = 0}, "root lacks CAP_SYS_PTRACE", "--cap-add=SYS_PTRACE"},
        {{.our_user = 0, .may_trace = true, .other_user_namespace = true},
         "user namespace",
         "outside of it"},
        {{.our_user = 0, .may_trace = true}, "although", "security module"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error error = {.sentence = ""};
        struct permission_facts facts = cases[i].facts;
        facts.pid = 4711;
        assert_false(permission_explain(&facts, &error));
        assert_says(error.sentence, "no permission to read process 4711");
        assert_says(error.sentence, cases[i].missing);
        assert_says(error.sentence, cases[i].remedy);
        assert_null(strchr(error.sentence, '\n'));
    }
}

static void test_stopping(void **state)
{
    (void)state;
    struct error error;
    assert_false(permission_explain_stopping(getpid(), ESRCH, &error));
    assert_says(error.sentence, "No such process");
    assert_false(permission_explain_stopping(getpid(), ENOSYS, &error));
    assert_says(error.sentence, "cannot stop process");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_missing_right),
        cmocka_unit_test(test_stopping),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
