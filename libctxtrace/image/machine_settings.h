/*
 * What the machine's owner says about looking at programs on it, in /etc/ctxtrace.conf:
 *
 *     # Nothing may be done to a program but reading it.
 *     read-only = yes
 *     # What is done to programs is written into the system's log.
 *     syslog = yes
 *
 * CTXTRACE_READ_ONLY and CTXTRACE_SYSLOG in the environment (anything but an empty text and "0") do
 * the same for one command. Either is enough: neither can undo the other.
 */
#ifndef CTXTRACE_IMAGE_MACHINE_SETTINGS_H
#define CTXTRACE_IMAGE_MACHINE_SETTINGS_H

#include <stdbool.h>

#define MACHINE_SETTINGS_PATH "/etc/ctxtrace.conf"

struct machine_settings {
    bool read_only, syslog;
    char read_only_because[192]; /* "CTXTRACE_READ_ONLY is set"; empty if it is not */
};

/*
 * No file, no settings. A file that cannot be read, or a line that is not understood, forbids:
 * whoever meant to forbid something must not find that it was done.
 */
void machine_settings_read(const char *path, struct machine_settings *settings);

#endif
