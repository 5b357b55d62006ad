#include "image/intervention.h"

#include "base/clock.h"
#include "base/error.h"
#include "image/machine_settings.h"

#include <inttypes.h>
#include <syslog.h>

bool intervention_allowed(const char *what, struct error *error)
{
    struct machine_settings settings;
    machine_settings_read(MACHINE_SETTINGS_PATH, &settings);
    if (!settings.read_only)
        return true;
    return error_set(error, "%s, because %s", what, settings.read_only_because);
}

static void add_restarts(struct restarts *sum, const struct restarts *more)
{
    sum->count += more->count;
    sum->unbounded += more->unbounded;
    if (more->latest_ns > sum->latest_ns)
        sum->latest_ns = more->latest_ns;
}

/* One line: whoever reads a system's log expects all of it on one. */
static void write_to_system_log(int pid, const char *what, int64_t duration_ns,
                                const struct restarts *restarts)
{
    if (!restarts->count) {
        syslog(LOG_NOTICE, "process %d was %s for %" PRId64 " us", pid, what,
               duration_ns / NS_PER_US);
        return;
    }
    syslog(LOG_NOTICE,
           "process %d was %s for %" PRId64 " us; %" PRIu64 " timed calls restarted, %" PRIu64
           " late by less than their time-outs, others by at most %" PRId64 " us",
           pid, what, duration_ns / NS_PER_US, restarts->count, restarts->unbounded,
           restarts->latest_ns / NS_PER_US + 1);
}

void intervention_done(struct intervention *intervention, int pid, const char *what,
                       int64_t duration_ns, const struct restarts *restarts)
{
    intervention->count++;
    intervention->total_ns += duration_ns;
    if (duration_ns > intervention->longest_ns)
        intervention->longest_ns = duration_ns;
    add_restarts(&intervention->restarts, restarts);
    struct machine_settings settings;
    machine_settings_read(MACHINE_SETTINGS_PATH, &settings);
    if (settings.syslog)
        write_to_system_log(pid, what, duration_ns, restarts);
}
