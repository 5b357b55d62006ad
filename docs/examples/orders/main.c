/* orders: an HTTP server over a slow database. See README.md. */
#include "seed.h"
#include "server.h"

#include <argp.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    struct server server;
    unsigned orders;
};

enum { OPTION_CONNECTIONS = 256, OPTION_ORDERS, OPTION_LOG };

static const struct argp_option option_table[] = {
    {"port", 'p', "PORT", 0, "Listen on this port of 127.0.0.1; 0: on any (8080)", 0},
    {"database", 'd', "FILE", 0, "The database, made and filled when missing (orders.sqlite)", 0},
    {"orders", OPTION_ORDERS, "NUMBER", 0, "How many to fill it with (12000)", 0},
    {"connections", OPTION_CONNECTIONS, "NUMBER", 0, "Connections to the database (4)", 0},
    {"timeout", 't', "MS", 0, "Milliseconds that a request may take (2000)", 0},
    {"log", OPTION_LOG, NULL, 0, "Print a line for each request on standard error", 0},
    {NULL, 0, NULL, 0, NULL, 0},
};

static long read_number(const char *text, long least, long most, const char *what,
                        struct argp_state *state)
{
    char *end;
    errno = 0;
    long number = strtol(text, &end, 10);
    if (errno || end == text || *end || number < least || number > most)
        argp_error(state, "%s must be a whole number from %ld to %ld, not '%s'", what, least, most,
                   text);
    return number;
}

static error_t read_option(int key, char *text, struct argp_state *state)
{
    struct options *options = state->input;
    switch (key) {
    case 'p':
        options->server.port = (uint16_t)read_number(text, 0, 65535, "the port", state);
        return 0;
    case 'd':
        options->server.file = text;
        return 0;
    case 't':
        options->server.timeout_ms = read_number(text, 1, 3600000, "the timeout", state);
        return 0;
    case OPTION_ORDERS:
        options->orders = (unsigned)read_number(text, 1, 10000000, "the number of orders", state);
        return 0;
    case OPTION_CONNECTIONS:
        options->server.connections =
            (unsigned)read_number(text, 1, 1000, "the number of connections", state);
        return 0;
    case OPTION_LOG:
        options->server.log = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "'%s' is not understood", text);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp parser = {
    .options = option_table,
    .parser = read_option,
    .doc = "Serves orders from a slow database. GET / lists the routes; those below /leak plant "
           "defects for ctxtop and ctxreport to find.\v"
           "Run it with CTXTRACE=1 to have it recorded. SIGTERM or SIGINT stops it.",
};

int main(int argc, char **argv)
{
    /* A static object: who ignores the end of the server's context may still look at it. */
    static struct options options = {
        .server = {.port = 8080, .timeout_ms = 2000, .connections = 4, .file = "orders.sqlite"},
        .orders = 12000,
    };
    argp_program_version = ctxt_version();
    argp_err_exit_status = 2;
    argp_parse(&parser, argc, argv, 0, NULL, &options);

    /* Before any thread is made, so that all inherit it: only sigwait() takes these signals. */
    sigset_t stopping;
    sigemptyset(&stopping);
    sigaddset(&stopping, SIGINT);
    sigaddset(&stopping, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &stopping, NULL);
    signal(SIGPIPE, SIG_IGN);

    if (!seed_database(options.server.file, options.orders) || !server_start(&options.server))
        return EXIT_FAILURE;
    printf("orders listens on http://127.0.0.1:%u/\n", options.server.port);
    fflush(stdout);
    int signal_number;
    sigwait(&stopping, &signal_number);
    server_stop(&options.server, strsignal(signal_number));
    return EXIT_SUCCESS;
}
