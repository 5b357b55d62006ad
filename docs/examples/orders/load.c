/*
 * orders-load: clients for orders, some of which hang up early.
 *
 * All of them work below one context, which ends them when the time is over: sleeping, connecting,
 * sending and receiving end with it.
 */
#include <ctxtrace/ctxtrace.h>

#include <argp.h>
#include <arpa/inet.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LONGEST_PATIENCE (50 * CTXT_MILLISECOND) /* of a client that hangs up */
#define PAUSE            (2 * CTXT_MILLISECOND)  /* between two requests of a client */
#define STATUSES         600

struct load {
    uint16_t port;
    unsigned clients, hangup_percent;
    unsigned requests; /* of each client; 0: no limit */
    double seconds;
    char **routes;
    unsigned route_count;

    _Atomic unsigned long answers[STATUSES];
    _Atomic unsigned long hangups, failures, unfinished;
};

struct client {
    struct load *load;
    unsigned number;
    unsigned seed; /* of its random numbers; always the same ones */
};

/* ---- one request ---- */

static int connect_to_server(ctxt_t *context, const struct load *load)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(load->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int connection = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connection < 0)
        return -1;
    if (ctxt_connect(context, connection, (struct sockaddr *)&address, sizeof address) == 0)
        return connection;
    int error = errno;
    close(connection);
    errno = error;
    return -1;
}

static int send_request(ctxt_t *context, int connection, const char *route)
{
    char text[1024];
    int length = snprintf(text, sizeof text,
                          "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", route);
    if (length >= (int)sizeof text) {
        errno = ENAMETOOLONG;
        return -1;
    }
    /* So short a text fits into the buffer of a new socket as a whole. */
    return ctxt_send(context, connection, text, (size_t)length, 0) == length ? 0 : -1;
}

/* Reads the answer to its end. Its status, or -1. */
static int receive_answer(ctxt_t *context, int connection)
{
    char head[64] = "", rest[4096];
    size_t have = 0;
    ssize_t size;
    while (have < sizeof head - 1) {
        size = ctxt_recv(context, connection, head + have, sizeof head - 1 - have, 0);
        if (size <= 0)
            break;
        have += (size_t)size;
    }
    do
        size = ctxt_recv(context, connection, rest, sizeof rest, 0);
    while (size > 0);
    int status;
    if (size < 0 || sscanf(head, "HTTP/1.1 %3d", &status) != 1 || status < 0 || status >= STATUSES)
        return -1;
    return status;
}

/* ---- clients ---- */

static void count_failure(ctxt_t *context, struct load *load)
{
    atomic_fetch_add(ctxt_err(context) ? &load->unfinished : &load->failures, 1);
}

static void request_over(ctxt_t *context, struct client *client, int connection)
{
    struct load *load = client->load;
    const char *route = load->routes[(unsigned)rand_r(&client->seed) % load->route_count];
    bool impatient = (unsigned)rand_r(&client->seed) % 100 < load->hangup_percent;
    if (send_request(context, connection, route) < 0) {
        count_failure(context, load);
        return;
    }
    if (impatient) {
        ctxt_sleep(context, rand_r(&client->seed) % LONGEST_PATIENCE);
        atomic_fetch_add(&load->hangups, 1);
        return;
    }
    int status = receive_answer(context, connection);
    if (status < 0)
        count_failure(context, load);
    else
        atomic_fetch_add(&load->answers[status], 1);
}

static int run_client(ctxt_t *context, void *argument)
{
    struct client *client = argument;
    struct load *load = client->load;
    ctxt_task_set_name(NULL, "client %u", client->number);
    for (unsigned i = 0; (load->requests == 0 || i < load->requests) && !ctxt_err(context); i++) {
        int connection = connect_to_server(context, load);
        if (connection < 0) {
            count_failure(context, load);
            ctxt_sleep(context, 100 * CTXT_MILLISECOND);
            continue;
        }
        request_over(context, client, connection);
        close(connection);
        ctxt_sleep(context, PAUSE);
    }
    return 0; /* a failed request is counted, and no reason to stop the others */
}

static int run_clients(struct load *load)
{
    ctxt_scope all = ctxt_with_timeout(ctxt_background(), (int64_t)(load->seconds * 1e9));
    struct client *clients = calloc(load->clients, sizeof *clients);
    ctxt_group_t *group = all && clients ? ctxt_group_new(all) : NULL;
    int error = group ? 0 : ENOMEM;
    for (unsigned i = 0; i < load->clients && !error; i++) {
        clients[i] = (struct client){.load = load, .number = i + 1, .seed = i + 1};
        error = ctxt_group_go(group, run_client, &clients[i]);
    }
    if (group)
        ctxt_group_wait(group);
    free(clients);
    return error;
}

static void print_counts(const struct load *load)
{
    for (unsigned status = 0; status < STATUSES; status++) {
        if (load->answers[status])
            printf("answered %u: %lu\n", status, load->answers[status]);
    }
    printf("hung up early: %lu\n", load->hangups);
    printf("unfinished when time was over: %lu\n", load->unfinished);
    printf("failed: %lu\n", load->failures);
}

/* ---- options ---- */

static const struct argp_option option_table[] = {
    {"port", 'p', "PORT", 0, "Port of the server on 127.0.0.1 (8080)", 0},
    {"clients", 'c', "NUMBER", 0, "Clients at a time (8)", 0},
    {"seconds", 's', "SECONDS", 0, "For so long (2)", 0},
    {"requests", 'n', "NUMBER", 0, "End earlier, after so many requests of each client", 0},
    {"hang-up", 'u', "PERCENT", 0, "Of the requests are given up after at most 50 ms (0)", 0},
    {NULL, 0, NULL, 0, NULL, 0},
};

static double read_number(const char *text, double least, double most, const char *what,
                          struct argp_state *state)
{
    char *end;
    double number = strtod(text, &end);
    if (end == text || *end || !(number >= least && number <= most))
        argp_error(state, "%s must be from %g to %g, not '%s'", what, least, most, text);
    return number;
}

static error_t read_option(int key, char *text, struct argp_state *state)
{
    struct load *load = state->input;
    switch (key) {
    case 'p':
        load->port = (uint16_t)read_number(text, 1, 65535, "the port", state);
        return 0;
    case 'c':
        load->clients = (unsigned)read_number(text, 1, 10000, "the number of clients", state);
        return 0;
    case 's':
        load->seconds = read_number(text, 0.001, 86400, "the time", state);
        return 0;
    case 'n':
        load->requests = (unsigned)read_number(text, 1, 1e9, "the number of requests", state);
        return 0;
    case 'u':
        load->hangup_percent = (unsigned)read_number(text, 0, 100, "the percentage", state);
        return 0;
    case ARGP_KEY_ARGS:
        load->routes = state->argv + state->next;
        load->route_count = (unsigned)(state->argc - state->next);
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "at least one route is needed, for example /orders?user=ann");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp parser = {
    .options = option_table,
    .parser = read_option,
    .args_doc = "ROUTE...",
    .doc = "Puts load on orders: clients that each ask for one of the routes after the other, at "
           "random, some of them hanging up early. Prints what came back.\v"
           "Exit status: 0 fine, 1 some requests failed (an answer with an error is none that "
           "failed), 2 wrong use.",
};

int main(int argc, char **argv)
{
    static struct load load = {.port = 8080, .clients = 8, .seconds = 2};
    argp_program_version = ctxt_version();
    argp_err_exit_status = 2;
    argp_parse(&parser, argc, argv, 0, NULL, &load);
    int error = run_clients(&load);
    if (error)
        fprintf(stderr, "orders-load: the clients could not be started: %s.\n", strerror(error));
    print_counts(&load);
    return error || load.failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
