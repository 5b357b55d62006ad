#include "ctxreport/page.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmocka.h>

static char *written;
static size_t size;
static struct page page;

static int begin(void **state)
{
    (void)state;
    page = (struct page){.out = open_memstream(&written, &size), .width = 40};
    return page.out ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    fclose(page.out);
    free(written);
    return 0;
}

/* What was written since the last time. */
static void assert_written(const char *expected)
{
    fflush(page.out);
    assert_string_equal(written, expected);
    fclose(page.out);
    free(written);
    page.out = open_memstream(&written, &size);
    assert_non_null(page.out);
}

static void styles_need_a_terminal_that_wants_them(void **state)
{
    (void)state;
    page_put(&page, STYLE_PROVED, "PROVED");
    assert_written("PROVED");
    page.color = true;
    page_put(&page, STYLE_PROVED, "PROVED");
    assert_written("\033[1;31mPROVED\033[0m");
    page_put(&page, STYLE_PLAIN, "plain");
    assert_written("plain");
}

/* A report comes from a stranger. */
static void no_text_can_make_a_terminal_do_anything(void **state)
{
    (void)state;
    page_put(&page, STYLE_PLAIN,
             "a\033[2Jb\xff"
             "c\xe2\x80\xae"); /* an escape, no UTF-8, right to left */
    assert_written("a\\x1b[2Jb\\xffc\\xe2\\x80\\xae");
    page_print(&page, STYLE_PLAIN, "%s", "\r");
    assert_written("\\x0d");
    page_put(&page, STYLE_PLAIN, "größer");
    assert_written("größer");
}

static void columns_are_those_that_are_written(void **state)
{
    (void)state;
    assert_int_equal(page_columns(""), 0);
    assert_int_equal(page_columns("größer"), 6);
    assert_int_equal(page_columns("\033x"), 5);
    assert_int_equal(page_columns("\xff"), 4);
}

static void short_text_is_cut_with_dots(void **state)
{
    (void)state;
    page_put_short(&page, STYLE_PLAIN, "größer", 6);
    assert_written("größer");
    page_put_short(&page, STYLE_PLAIN, "größer", 5);
    assert_written("größe...");
    page_put_short(&page, STYLE_PLAIN, "\033abcd", 5); /* \x1b takes four */
    assert_written("\\x1ba...");
    page_put_short(&page, STYLE_PLAIN, "text", 0);
    assert_written("...");
    page_put_short(&page, STYLE_PLAIN, "", 0);
    assert_written("");
}

static void paragraphs_are_wrapped_between_indent_and_width(void **state)
{
    (void)state;
    page_paragraph(&page, 4, STYLE_PLAIN, "",
                   "3 contexts created in answer (lost.c:6) can no longer be ended");
    assert_written("    3 contexts created in answer\n"
                   "    (lost.c:6) can no longer be ended\n");
}

static void a_lead_is_part_of_the_first_line(void **state)
{
    (void)state;
    page.color = true;
    page_paragraph(&page, 2, STYLE_TITLE, "What to do:", "cancel on every path that leaves");
    assert_written(
        "  \033[1mWhat\033[0m \033[1mto\033[0m \033[1mdo:\033[0m cancel on every path that\n"
        "  leaves\n");
}

static void a_word_that_is_too_long_has_a_line_of_its_own(void **state)
{
    (void)state;
    page.width = 10;
    page_paragraph(&page, 2, STYLE_PLAIN, "", "a verylongname b");
    assert_written("  a\n  verylongname\n  b\n");
    page_paragraph(&page, 2, STYLE_PLAIN, "", "  "); /* nothing but blanks */
    assert_written("\n");
}

/* Exactly as wide as the page still fits. */
static void a_line_may_be_full(void **state)
{
    (void)state;
    page.width = 12;
    page_paragraph(&page, 2, STYLE_PLAIN, "", "abcd efghi j");
    assert_written("  abcd efghi\n  j\n");
    page.width = 11;
    page_paragraph(&page, 2, STYLE_PLAIN, "", "abcd efghi j");
    assert_written("  abcd\n  efghi j\n");
}

static void a_file_is_no_terminal(void **state)
{
    (void)state;
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(setenv("COLUMNS", "60", 1), 0);
    const struct page plain = page_for(file);
    assert_false(plain.color);
    assert_int_equal(plain.width, 100);
    fclose(file);
}

/* A terminal of so many columns, as page_for() sees it. */
static struct page page_on_terminal(int columns)
{
    const int master = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(master >= 0);
    assert_int_equal(grantpt(master), 0);
    assert_int_equal(unlockpt(master), 0);
    const int terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
    assert_true(terminal >= 0);
    const struct winsize window = {.ws_row = 24, .ws_col = (unsigned short)columns};
    assert_int_equal(ioctl(terminal, TIOCSWINSZ, &window), 0);
    FILE *file = fdopen(terminal, "w");
    assert_non_null(file);
    const struct page made = page_for(file);
    fclose(file);
    close(master);
    return made;
}

static void a_terminal_may_be_too_narrow_or_too_wide(void **state)
{
    (void)state;
    static const struct {
        const char *columns;
        int terminal, width;
    } cases[] = {{"", 80, 80},   {"", 20, 40},  {"", 200, 120},   {"", 0, 100},
                 {"60", 80, 60}, {"1", 80, 40}, {"500", 80, 120}, {"wide", 80, 80}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(setenv("COLUMNS", cases[i].columns, 1), 0);
        assert_int_equal(page_on_terminal(cases[i].terminal).width, cases[i].width);
    }
}

static void a_terminal_has_color_unless_it_says_otherwise(void **state)
{
    (void)state;
    static const struct {
        const char *terminal, *no_color;
        bool color;
    } cases[] = {
        {"xterm", "", true}, {"xterm", "1", false}, {"dumb", "", false}, {NULL, "", false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (cases[i].terminal)
            assert_int_equal(setenv("TERM", cases[i].terminal, 1), 0);
        else
            assert_int_equal(unsetenv("TERM"), 0);
        assert_int_equal(setenv("NO_COLOR", cases[i].no_color, 1), 0);
        assert_int_equal(page_on_terminal(80).color, cases[i].color);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(styles_need_a_terminal_that_wants_them),
        TEST(no_text_can_make_a_terminal_do_anything),
        TEST(columns_are_those_that_are_written),
        TEST(short_text_is_cut_with_dots),
        TEST(paragraphs_are_wrapped_between_indent_and_width),
        TEST(a_lead_is_part_of_the_first_line),
        TEST(a_word_that_is_too_long_has_a_line_of_its_own),
        TEST(a_line_may_be_full),
        TEST(a_file_is_no_terminal),
        TEST(a_terminal_may_be_too_narrow_or_too_wide),
        TEST(a_terminal_has_color_unless_it_says_otherwise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
