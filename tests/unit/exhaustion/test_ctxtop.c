/* ctxtop without a terminal: a sample, its views with rows and details, and what is printed. */
#include "base/error.h"
#include "base/hash.h"
#include "ctxtop/batch.h"
#include "ctxtop/json.h"
#include "ctxtop/pane.h"
#include "ctxtop/view_table.h"
#include "digest.h"
#include "failing.h"
#include "findings/growth.h"
#include "inspect/source.h"

#define FIXTURE "../programs/fixtures/service.snapshot"

static bool no_memory(char *said, size_t size)
{
    snprintf(said, size, "memory ran out");
    return false;
}

static struct sample *sample_of(struct growth *growth, char *said, size_t size)
{
    struct error error = {""};
    struct snapshot *snapshot = NULL;
    struct session *session = session_open(FIXTURE, NULL, &error);
    if (session)
        snapshot = session_take(session, &error);
    if (session)
        session_close(session);
    snprintf(said, size, "%s", error.sentence);
    struct sample *sample = snapshot ? sample_new(snapshot, growth, NULL, 0) : NULL;
    if (snapshot && !sample)
        no_memory(said, size);
    return sample;
}

static struct model model_of(const struct sample *sample)
{
    return (struct model){.sample = sample, .now_ns = sample->snapshot->program.taken_ns};
}

/* ---- panes ---- */

static bool show_details(const struct pane *pane, const struct model *model)
{
    bool whole = true;
    for (uint32_t row = 0; row < pane->rows.count; row++) {
        struct lines lines = {0};
        pane->view->detail(model, pane_item_of_row(pane, row), &lines);
        whole &= !lines.failed;
        lines_free(&lines);
    }
    return whole;
}

/* As keys would: everything unfolded, sorted, filtered, and the details of each row. */
static bool show(const struct view *view, const struct model *model, uint32_t *rows)
{
    struct pane pane;
    pane_init(&pane, view);
    pane.height = 10;
    pane_refresh(&pane, model);
    pane_fold_depth(&pane, UINT32_MAX);
    *rows = pane.rows.count;
    bool whole = show_details(&pane, model);
    pane_set_order(&pane, model, (struct order){.column = 0});
    pane_set_filter(&pane, model, "server");
    pane_set_folded(&pane, 0, true);
    pane_set_filter(&pane, model, "");
    pane_move_to(&pane, pane.rows.count);
    whole &= !pane.tree.failed && pane.rows.count == *rows;
    pane_free(&pane);
    return whole;
}

static bool views(char *said, size_t size)
{
    static uint64_t all;
    struct growth *growth = growth_new();
    struct sample *sample = growth ? sample_of(growth, said, size) : NULL;
    bool whole = growth ? sample != NULL : no_memory(said, size);
    uint64_t hash = HASH_START;
    for (const struct view *const *view = view_table; whole && *view; view++) {
        uint32_t rows = 0;
        struct model model = model_of(sample);
        if (view_available(*view, &model))
            whole = show(*view, &model, &rows) || no_memory(said, size);
        hash = hash_number(hash, rows);
    }
    if (whole && failing_error() == 0)
        digest_check(&all, hash);
    sample_free(sample);
    growth_free(growth);
    return whole;
}

/* ---- printing ---- */

static char printed[1 << 20];
static FILE *out;

static bool print(bool (*print_it)(const struct model *model), uint64_t *whole, char *said,
                  size_t size)
{
    struct sample *sample = sample_of(NULL, said, size);
    if (!sample)
        return false;
    const struct model model = model_of(sample);
    rewind(out);
    bool done = print_it(&model) || no_memory(said, size);
    long length = ftell(out);
    assert_true(fflush(out) == 0 && length > 0 && (size_t)length < sizeof printed);
    if (done)
        digest_check(whole, hash_text_part(HASH_START, printed, (size_t)length));
    sample_free(sample);
    return done;
}

static bool print_text(const struct model *model)
{
    const struct sampling_state sampling = {.delay_ns = 1};
    struct text_options options = {.filter = "", .width = 100};
    unsigned count = 0;
    for (const struct view *const *view = view_table; *view; view++)
        if ((*view)->in_batch)
            options.views[count++] = *view;
    return text_print_sample(out, model, &sampling, &options);
}

static bool print_json(const struct model *model)
{
    return json_print_sample(out, model, NULL);
}

static bool text(char *said, size_t size)
{
    static uint64_t whole;
    return print(print_text, &whole, said, size);
}

static bool json(char *said, size_t size)
{
    static uint64_t whole;
    return print(print_json, &whole, said, size);
}

static void views_of_a_sample(void **state)
{
    (void)state;
    failing_drive("views", views, FAILING_ALL, 0);
}

static void a_sample_in_print(void **state)
{
    (void)state;
    out = fmemopen(printed, sizeof printed, "w");
    assert_non_null(out);
    failing_drive("text", text, FAILING_ALL, 0);
    failing_drive("json", json, 1000, 0);
    fclose(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(views_of_a_sample),
        cmocka_unit_test(a_sample_in_print),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
