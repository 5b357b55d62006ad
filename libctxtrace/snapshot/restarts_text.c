#include "base/count.h"
#include "base/duration.h"
#include "snapshot/snapshot.h"

#include <stdio.h>
#include <string.h>

const char *restarts_text(const struct snapshot_restarts *restarts, char text[RESTARTS_TEXT_SIZE])
{
    char count[COUNT_SIZE], bounded[COUNT_SIZE], latest[DURATION_SIZE];
    const char *calls = restarts->count == 1 ? "call" : "calls";
    const char *each = restarts->count == 1 ? "" : "each ";
    count_text(count, sizeof count, restarts->count);
    count_text(bounded, sizeof bounded, restarts->count - restarts->unbounded);
    duration_text_at_most(latest, sizeof latest, restarts->latest_ns);
    text[0] = '\0';
    if (restarts->count && !restarts->unbounded)
        snprintf(text, RESTARTS_TEXT_SIZE, "%s timed %s restarted, %sat most %s late", count, calls,
                 each, latest);
    else if (restarts->count)
        snprintf(text, RESTARTS_TEXT_SIZE,
                 "%s timed %s restarted, %slate by less than its time-out", count, calls, each);
    if (restarts->unbounded && restarts->unbounded < restarts->count)
        snprintf(text + strlen(text), RESTARTS_TEXT_SIZE - strlen(text),
                 " and %s of them by at most %s", bounded, latest);
    return text;
}
