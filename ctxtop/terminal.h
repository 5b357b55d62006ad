/*
 * The terminal: taken over at the start, given back whatever happens.
 *
 * It is given back at a regular end, on an error, by SIGINT, SIGTERM and SIGHUP (which arrive as
 * events), while stopped by SIGTSTP, and in a crash (SIGSEGV, SIGABRT ...), where the handler
 * writes what was prepared before and lets the signal do its work. Only SIGKILL cannot be helped.
 *
 * Threads: one thread draws and calls all of this. A crash may happen in any.
 */
#ifndef CTXTOP_TERMINAL_H
#define CTXTOP_TERMINAL_H

#include "base/error.h"
#include "ctxtop/theme.h"
#include "inspect/source.h"

#include <poll.h>

/* Takes the terminal over, in full-screen mode. */
bool terminal_start(enum scheme scheme, struct error *error);

/* Gives it back. May be called more than once. */
void terminal_end(void);

/* What happened while waiting; several at a time are possible. */
enum terminal_event {
    TERMINAL_KEY = 1,
    TERMINAL_RESIZED = 2, /* already done; draw all */
    TERMINAL_RESUMED = 4, /* was stopped, and is back; draw all */
    TERMINAL_ENDING = 8,  /* a signal asks to end, or the terminal is gone */
    TERMINAL_OTHER = 16   /* `other` can be read from */
};

/* Waits for any of these, for at most `timeout_ms`. Stops the process on SIGTSTP. */
unsigned terminal_wait(int other, int timeout_ms);

/* The signal that asked to end; 0 if none did. */
int terminal_ending_signal(void);

/*
 * The next key: a character of the locale (a wint_t), or what ncurses calls KEY_...;
 * TERMINAL_NO_KEY when there is none.
 */
#define TERMINAL_NO_KEY (-1)
int terminal_key(bool *is_function_key);

/* What ncurses calls an attribute, for a meaning in the scheme. */
unsigned terminal_attributes(enum meaning meaning);

#endif
