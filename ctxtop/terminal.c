#include "ctxtop/terminal.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <ncurses.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

#define ESCAPE_DELAY_MS 25
#define ALTERNATE_STACK (64 * 1024)

static struct {
    SCREEN *screen;
    bool active; /* the terminal is ours now */
    int wake[2]; /* signal handlers write the signal's number, so that poll() wakes */
    int ending;
    chtype attributes[MEANING_COUNT];
} terminal = {.wake = {-1, -1}};

/* ---- crashes ---- */

/* Everything that the handler needs, prepared beforehand: it may only call tcsetattr and write. */
static struct {
    struct termios settings;
    char sequences[512];
    size_t length;
    volatile sig_atomic_t armed;
} rescue;

static void add_sequence(const char *capability)
{
    const char *sequence = tigetstr(capability);
    /* tigetstr() answers -1 for what is no string; a sequence with a delay in it is not for us. */
    if (!sequence || sequence == (const char *)-1 || strstr(sequence, "$<"))
        return;
    size_t length = strlen(sequence);
    if (rescue.length + length > sizeof rescue.sequences)
        return;
    memcpy(rescue.sequences + rescue.length, sequence, length);
    rescue.length += length;
}

static void prepare_rescue(void)
{
    rescue.length = 0;
    add_sequence("sgr0");
    add_sequence("rmkx");
    add_sequence("cnorm");
    add_sequence("rmcup");
    add_sequence("op");
}

static void on_crash(int number)
{
    if (rescue.armed) {
        rescue.armed = 0;
        ssize_t written = write(STDOUT_FILENO, rescue.sequences, rescue.length);
        (void)written; /* there is nothing left to be done about it */
        tcsetattr(STDIN_FILENO, TCSANOW, &rescue.settings);
    }
    /* SA_RESETHAND has put the default action back: this ends the process, with its core. */
    raise(number);
}

static void catch_crashes(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
    static char space[ALTERNATE_STACK];
    const stack_t stack = {.ss_sp = space, .ss_size = sizeof space};
    /* Without it only the crash of a stack that is full goes unhandled. */
    sigaltstack(&stack, NULL);
    struct sigaction action = {.sa_handler = on_crash,
                               .sa_flags = SA_RESETHAND | SA_ONSTACK | SA_NODEFER};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        sigaction(signals[i], &action, NULL);
}

/* ---- signals that are events ---- */

static void on_signal(int number)
{
    int saved = errno;
    unsigned char byte = (unsigned char)number;
    ssize_t written = write(terminal.wake[1], &byte, 1);
    (void)written; /* full means that it wakes anyhow */
    errno = saved;
}

static bool catch_signals(struct error *error)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH};
    if (pipe2(terminal.wake, O_CLOEXEC | O_NONBLOCK) != 0)
        return error_set(error, "cannot make a pipe: %s", strerror(errno));
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        sigaction(signals[i], &action, NULL);
    /* Of a terminal that is gone: an error of write() is enough. */
    signal(SIGPIPE, SIG_IGN);
    return true;
}

/* ---- looks ---- */

static chtype make_attributes(const struct appearance *appearance, short pair)
{
    chtype attributes = 0;
    attributes |= appearance->bold ? A_BOLD : 0;
    attributes |= appearance->dim ? A_DIM : 0;
    attributes |= appearance->reverse ? A_REVERSE : 0;
    attributes |= appearance->underline ? A_UNDERLINE : 0;
    if (pair > 0)
        attributes |= (chtype)COLOR_PAIR(pair);
    return attributes;
}

static void prepare_looks(enum scheme scheme)
{
    bool colours = scheme != SCHEME_MONOCHROME && has_colors() && start_color() == OK &&
                   use_default_colors() == OK;
    if (!colours)
        scheme = SCHEME_MONOCHROME;
    for (short i = 0; i < (short)MEANING_COUNT; i++) {
        const struct appearance *appearance = &theme_table[i][scheme];
        bool coloured = appearance->foreground >= 0 || appearance->background >= 0;
        short pair = 0;
        if (colours && coloured &&
            init_pair((short)(i + 1), appearance->foreground, appearance->background) == OK)
            pair = (short)(i + 1);
        terminal.attributes[i] = make_attributes(appearance, pair);
    }
}

unsigned terminal_attributes(enum meaning meaning)
{
    return (unsigned)terminal.attributes[meaning];
}

/* ---- start and end ---- */

bool terminal_start(enum scheme scheme, struct error *error)
{
    const char *type = getenv("TERM");
    if (tcgetattr(STDIN_FILENO, &rescue.settings) != 0)
        return error_set(error, "standard input is not a terminal; use --batch for text");
    /* Asked first, as a newterm() that fails leaves memory behind. */
    int answer;
    if (setupterm(NULL, STDOUT_FILENO, &answer) != ERR) {
        del_curterm(cur_term);
        terminal.screen = newterm(NULL, stdout, stdin);
    }
    if (!terminal.screen)
        return error_set(error,
                         "cannot draw on a terminal of type '%s' (TERM); use --batch for text",
                         type ? type : "");
    terminal.active = true;
    prepare_rescue();
    rescue.armed = 1;
    catch_crashes();
    if (!catch_signals(error)) {
        terminal_end();
        return false;
    }
    cbreak();
    noecho();
    nonl();
    curs_set(0);
    set_escdelay(ESCAPE_DELAY_MS);
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    idlok(stdscr, FALSE);
    prepare_looks(scheme);
    return true;
}

void terminal_end(void)
{
    if (!terminal.active)
        return;
    terminal.active = false;
    curs_set(1);
    endwin();
    rescue.armed = 0;
}

/* ---- waiting ---- */

static void stop_and_resume(void)
{
    curs_set(1);
    endwin();
    raise(SIGSTOP);
    /* Here again after SIGCONT. The size may have changed meanwhile. */
    refresh();
    curs_set(0);
}

static void follow_size(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
        resizeterm(size.ws_row, size.ws_col);
}

static unsigned handle_signal(int number)
{
    switch (number) {
    case SIGTSTP:
        stop_and_resume();
        follow_size();
        return TERMINAL_RESUMED;
    case SIGCONT:
        follow_size();
        return TERMINAL_RESUMED;
    case SIGWINCH:
        follow_size();
        return TERMINAL_RESIZED;
    default:
        terminal.ending = number;
        return TERMINAL_ENDING;
    }
}

static unsigned handle_signals(void)
{
    unsigned events = 0;
    unsigned char numbers[64];
    ssize_t got = read(terminal.wake[0], numbers, sizeof numbers);
    for (ssize_t i = 0; i < got; i++)
        events |= handle_signal(numbers[i]);
    return events;
}

unsigned terminal_wait(int other, int timeout_ms)
{
    struct pollfd watched[] = {
        {.fd = STDIN_FILENO, .events = POLLIN},
        {.fd = terminal.wake[0], .events = POLLIN},
        {.fd = other, .events = POLLIN},
    };
    if (poll(watched, sizeof watched / sizeof watched[0], timeout_ms) <= 0)
        return 0;
    unsigned events = 0;
    if (watched[1].revents != 0)
        events |= handle_signals();
    if (watched[0].revents & POLLIN)
        events |= TERMINAL_KEY;
    else if (watched[0].revents != 0)
        events |= TERMINAL_ENDING;
    if (watched[2].revents != 0)
        events |= TERMINAL_OTHER;
    return events;
}

int terminal_ending_signal(void)
{
    return terminal.ending;
}

int terminal_key(bool *is_function_key)
{
    wint_t key;
    int result = get_wch(&key);
    *is_function_key = result == KEY_CODE_YES;
    return result == ERR ? TERMINAL_NO_KEY : (int)key;
}
