/*
 * Names and texts that programs choose: of functions, files and modules, durations and versions.
 * The input is a text; what comes of it has no control characters where a terminal would see it.
 */
#include "base/count.h"
#include "base/duration.h"
#include "base/escape.h"
#include "base/moment.h"
#include "ctxreport/page.h"
#include "ctxreport/uri.h"
#include "fuzz.h"
#include "golang/binary/function_text.h"
#include "golang/model/language.h"
#include "image/demangle.h"
#include "snapshot/frame_owner.h"

static void check_text(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)text[i] < ' ' && text[i] != '\n')
            abort();
}

/* Escaping is the same done twice. */
static void look_at_escapes(const char *text, size_t size)
{
    char *once = malloc(size * ESCAPED_MAX + 1), *twice = malloc(size * ESCAPED_MAX * 4 + 1);
    if (!once || !twice)
        abort();
    size_t length = text_escape(text, size, once);
    if (length > size * ESCAPED_MAX || (text_is_plain(text, size) && length != size))
        abort();
    check_text(once, length);
    if (length <= size * 4 &&
        (text_escape(once, length, twice) != length || memcmp(once, twice, length) != 0))
        abort();
    free(once);
    free(twice);
}

static void look_at_names(const char *text)
{
    char name[GO_FUNCTION_SIZE];
    char demangled[LONGEST_DEMANGLED_NAME];
    const struct frame_names frame = {text, text, text, text, text};
    if (demangle(text, demangled) != NAME_PLAIN && strlen(demangled) >= sizeof demangled)
        abort();
    const char *shown = go_function_text(text, name, sizeof name);
    if (strlen(shown) > strlen(text) + sizeof "[...]")
        abort();
    owner_of_go_frame(&frame);
    owner_of_native_frame(&frame);
    is_start_function(text);
    free(uri_of_path(text));
}

static void look_at_page(const char *text)
{
    char *written = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&written, &size);
    if (!out)
        abort();
    const struct page page = {.out = out, .width = 20};
    page_put(&page, STYLE_PLAIN, text);
    page_put_short(&page, STYLE_TITLE, text, 10);
    page_paragraph(&page, 2, STYLE_PROVED, "lead", text);
    fclose(out);
    check_text(written, size);
    if (page_columns(text) < 0)
        abort();
    free(written);
}

static void look_at_durations(const char *text, size_t size)
{
    char buffer[DURATION_SIZE];
    int64_t nanoseconds = 0;
    if (duration_parse(text, &nanoseconds) && nanoseconds < 0)
        abort();
    if (size >= sizeof nanoseconds)
        memcpy(&nanoseconds, text, sizeof nanoseconds);
    duration_text(buffer, sizeof buffer, nanoseconds);
    moment_text(buffer, sizeof buffer, nanoseconds);
    number_text(buffer, sizeof buffer, nanoseconds);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    if (!text)
        abort();
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    fuzz_clock_start();
    look_at_escapes(text, size);
    look_at_names(text);
    look_at_page(text);
    look_at_durations(text, size);
    fuzz_clock_stop();
    free(text);
    return 0;
}
