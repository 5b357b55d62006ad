#include "ctxreport/text_list.h"

#include "base/count.h"
#include "base/moment.h"
#include "ctxreport/page.h"
#include "inspect/watchable.h"

#include <inttypes.h>
#include <unistd.h>

/* They have no segment: there is nothing in it yet. */
static void write_quiet(const struct page *page, const struct watchables *found)
{
    if (found->quiet_count == 0)
        return;
    page_print(
        page, STYLE_FAINT,
        "%zu running %s recorded and %s made nothing to record so far: no context, no thread, "
        "no wait.",
        found->quiet_count, found->quiet_count == 1 ? "program is" : "programs are",
        found->quiet_count == 1 ? "has" : "have");
    fputc('\n', page->out);
}

void text_list(const struct watchables *found, FILE *out)
{
    struct page page = page_for(out);
    if (found->count == 0) {
        write_quiet(&page, found);
        page_put(&page, STYLE_PLAIN,
                 "There is nothing to look at: no recorded program, and no Go program that may be "
                 "read.");
        fputc('\n', out);
        page_put(&page, STYLE_FAINT,
                 "Record one with: ctxreport run -- COMMAND (or CTXTRACE=1 COMMAND).");
        fputc('\n', out);
        return;
    }
    page_print(&page, STYLE_TITLE, "%7s  %-6s  %-25s  %9s  %-10s  %s", "PID", "STATE", "SINCE",
               "CONTEXTS", "SOURCE", "COMMAND, and what to give to inspect when it is dead");
    fputc('\n', out);
    for (size_t i = 0; i < found->count; i++) {
        const struct watchable *item = &found->items[i];
        char since[MOMENT_SIZE] = "", contexts[COUNT_SIZE] = "";
        if (item->counted) {
            moment_text(since, sizeof since, item->started_realtime_ns);
            number_text(contexts, sizeof contexts, (int64_t)item->contexts);
        }
        bool alive = item->state == WATCHABLE_ALIVE;
        page_print(&page, STYLE_PLAIN, "%7d  ", item->pid);
        page_print(&page, alive ? STYLE_GOOD : STYLE_WARNING, "%-6s",
                   watchable_state_name(item->state));
        page_print(&page, STYLE_PLAIN, "  %-25s  %9s  %-10s  ", since, contexts, item->source);
        /* Only root sees those of others. */
        if (item->uid != geteuid())
            page_print(&page, STYLE_WARNING, "(of uid %u) ", item->uid);
        page_print(&page, STYLE_PLAIN, "%.200s", item->command);
        fputc('\n', out);
        if (!alive) {
            page_print(&page, STYLE_FAINT, "%18s%s", "", item->target);
            fputc('\n', out);
        }
    }
    write_quiet(&page, found);
}
