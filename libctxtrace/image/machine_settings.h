/*
 * What the machine's owner says about looking at programs on it, in /etc/ctxtrace.conf:
 *
 *     # Nothing may be done to a program but reading it.
 *     read-only = yes
 *     # What is done to programs is written into the system's log.
 *     syslog = yes
 *
 * For one command the same is said by CTXTRACE_READ_ONLY and CTXTRACE_SYSLOG in its environment
 * (anything but an empty text and "0"). Either is enough: neither can take back what the other
 * says.
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
 * No file is no setting. One that cannot be read, or a line that is not understood, forbids: who
 * meant to forbid something must not find that it was done.
 */
void machine_settings_read(const char *path, struct machine_settings *settings);

#endif
