#include "image/intervention.h"

#include "base/clock.h"
#include "base/error.h"
#include "image/machine_settings.h"

#include <syslog.h>

bool intervention_allowed(const char *what, struct error *error)
{
    struct machine_settings settings;
    machine_settings_read(MACHINE_SETTINGS_PATH, &settings);
    if (!settings.read_only)
        return true;
    return error_set(error, "%s, because %s", what, settings.read_only_because);
}

void intervention_done(struct intervention *intervention, int pid, const char *what,
                       int64_t duration_ns)
{
    intervention->count++;
    intervention->total_ns += duration_ns;
    if (duration_ns > intervention->longest_ns)
        intervention->longest_ns = duration_ns;
    struct machine_settings settings;
    machine_settings_read(MACHINE_SETTINGS_PATH, &settings);
    if (settings.syslog)
        syslog(LOG_NOTICE, "process %d was %s for %lld us", pid, what,
               (long long)(duration_ns / NS_PER_US));
}
