#include "ctxreport/text_difference.h"

#include "ctxreport/comparison.h"
#include "ctxreport/growth_between.h"
#include "ctxreport/page.h"
#include "ctxreport/text_suppressions.h"

#include <inttypes.h>

static void write_item(const struct page *page, const struct compared *item)
{
    static const enum style styles[CHANGE_COUNT] = {[CHANGE_NEW] = STYLE_PROVED,
                                                    [CHANGE_KEPT] = STYLE_PLAIN,
                                                    [CHANGE_GONE] = STYLE_GOOD,
                                                    [CHANGE_SUPPRESSED] = STYLE_FAINT};
    page_print(page, styles[item->change], "%-5s", change_name(item->change));
    unsigned confidence = item->change == CHANGE_GONE ? item->old_confidence : item->new_confidence;
    const struct run_finding *finding = item->finding;
    page_print(page, STYLE_TITLE, "%-8s %-20s", confidence_name(confidence), finding->rule);
    if (finding->site[0])
        page_print(page, STYLE_PLAIN, "  %s", finding->site);
    int64_t before = item->older.count[0], now = item->newer.count[0];
    if (item->had && item->has && before != now)
        page_print(page, now > before ? STYLE_WARNING : STYLE_GOOD, "  %" PRId64 " -> %" PRId64,
                   before, now);
    if (item->change == CHANGE_NEW && item->had)
        page_put(page, STYLE_WARNING, "  (more than was known)");
    if (item->change == CHANGE_KEPT && item->old_confidence != item->new_confidence)
        page_print(page, STYLE_WARNING, "  (was %s)", confidence_name(item->old_confidence));
    fputc('\n', page->out);
    if (item->change != CHANGE_GONE)
        page_paragraph(page, 5, STYLE_PLAIN, "", finding->sentence);
}

static void write_grown(const struct page *page, const struct grown_between *item)
{
    page_print(page, STYLE_WARNING, "%-5s", "more");
    page_print(page, STYLE_TITLE, "%-8s %-20s", confidence_name(CONFIDENCE_SUSPECT),
               "growing-site");
    if (item->site[0])
        page_print(page, STYLE_PLAIN, "  %s", item->site);
    page_print(page, STYLE_WARNING, "  %" PRId64 " -> %" PRId64, item->old_count, item->new_count);
    fputc('\n', page->out);
    page_paragraph(page, 5, STYLE_PLAIN, "", item->sentence);
}

static void write_last_line(const struct page *page, const int *counts, int exit_status)
{
    page_print(page, STYLE_TITLE, "ctxreport: %d new, %d kept, %d gone", counts[CHANGE_NEW],
               counts[CHANGE_KEPT], counts[CHANGE_GONE]);
    if (counts[CHANGE_SUPPRESSED] > 0)
        page_print(page, STYLE_TITLE, ", %d suppressed", counts[CHANGE_SUPPRESSED]);
    page_print(page, STYLE_TITLE, "; exit status %d", exit_status);
    fputc('\n', page->out);
}

bool text_difference(const struct format_difference *difference, FILE *out, struct error *error)
{
    const struct comparison *comparison = difference->comparison;
    const struct growth_between *growth = difference->growth;
    struct page page = page_for(out);
    int counts[CHANGE_COUNT] = {0};
    for (size_t i = 0; i < comparison->count; i++)
        counts[comparison->items[i].change]++;
    if (difference->is_quiet && counts[CHANGE_NEW] == 0 && growth->count == 0)
        return true;
    for (size_t i = 0; i < comparison->count; i++) {
        if (comparison->items[i].change != CHANGE_SUPPRESSED)
            write_item(&page, &comparison->items[i]);
    }
    for (size_t i = 0; i < growth->count; i++)
        write_grown(&page, &growth->items[i]);
    if (comparison->count > (size_t)counts[CHANGE_SUPPRESSED] || growth->count > 0)
        fputc('\n', out);
    bool good = text_useless_suppressions(&page, difference->newer->store,
                                          difference->newer->runs[0], error);
    write_last_line(&page, counts, difference->exit_status);
    return good;
}
