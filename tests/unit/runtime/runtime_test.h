/* What the tests of the runtime share: cmocka, and catching reports of misuse. */
#ifndef RUNTIME_TEST_H
#define RUNTIME_TEST_H

#include <ctxtrace/ctxtrace.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/*
 * ThreadSanitizer knows the parent's threads in a forked child, too, and ends it ("dup thread with
 * used id") when a thread that it starts gets the handle of one of them. Nor is there ever a last
 * thread, since it has one itself.
 */
#if defined __SANITIZE_THREAD__
#define THREAD_SANITIZER true
#elif defined __has_feature
#if __has_feature(thread_sanitizer)
#define THREAD_SANITIZER true
#endif
#endif
#ifndef THREAD_SANITIZER
#define THREAD_SANITIZER false
#endif

static char last_misuse[16384];

__attribute__((unused)) static void remember_misuse(const char *sentence)
{
    strncpy(last_misuse, sentence, sizeof last_misuse - 1);
}

/* From here to end_misuse() misuse is caught instead of aborting. */
__attribute__((unused)) static void expect_misuse(void)
{
    last_misuse[0] = '\0';
    ctxt_set_misuse_handler(remember_misuse);
}

__attribute__((unused)) static void end_misuse(void)
{
    ctxt_set_misuse_handler(NULL);
}

#define assert_misuse(words)                                                                       \
    do {                                                                                           \
        if (!strstr(last_misuse, words))                                                           \
            fail_msg("expected a misuse with \"%s\", got \"%s\"", words, last_misuse);             \
        last_misuse[0] = '\0';                                                                     \
    } while (0)

#define assert_no_misuse() assert_string_equal(last_misuse, "")

#endif
