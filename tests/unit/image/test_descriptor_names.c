/* Descriptors of this very process have names that a person can use. */
#include "image/descriptor_names.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static const char *name_of(int descriptor)
{
    static char text[DESCRIPTOR_NAME_SIZE];
    struct descriptor_names names;
    descriptor_names_init(&names, getpid());
    descriptor_name(&names, descriptor, text);
    descriptor_names_free(&names);
    return text;
}

static void files_have_their_path(void **state)
{
    (void)state;
    int file = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_string_equal(name_of(file), "/dev/null");
    close(file);
    assert_string_equal(name_of(file), "");
}

static void pipes_and_anonymous_files_say_what_they_are(void **state)
{
    (void)state;
    char expected[64];
    struct stat status;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(fstat(ends[0], &status), 0);
    snprintf(expected, sizeof expected, "pipe %llu", (unsigned long long)status.st_ino);
    assert_string_equal(name_of(ends[0]), expected);
    close(ends[0]);
    close(ends[1]);
    int event = eventfd(0, EFD_CLOEXEC);
    assert_string_equal(name_of(event), "eventfd");
    close(event);
    int watch = inotify_init1(IN_CLOEXEC);
    assert_string_equal(name_of(watch), "inotify");
    close(watch);
}

/* A socket that listens on the loopback of this family; -1 where there is none. */
static int listen_on(struct sockaddr *address, socklen_t size)
{
    int server = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server >= 0 && bind(server, address, size) == 0 && listen(server, 1) == 0 &&
        getsockname(server, address, &size) == 0)
        return server;
    if (server >= 0)
        close(server);
    return -1;
}

static struct sockaddr_in loopback(void)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
}

static void tcp_sockets_have_both_addresses(void **state)
{
    (void)state;
    char expected[128];
    struct sockaddr_in address = loopback(), peer;
    socklen_t size = sizeof peer;
    int server = listen_on((struct sockaddr *)&address, sizeof address);
    assert_true(server >= 0);
    unsigned port = ntohs(address.sin_port);
    snprintf(expected, sizeof expected, "tcp listening on 127.0.0.1:%u", port);
    assert_string_equal(name_of(server), expected);

    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(client, (struct sockaddr *)&address, sizeof address), 0);
    int accepted = accept(server, (struct sockaddr *)&peer, &size);
    unsigned peer_port = ntohs(peer.sin_port);
    snprintf(expected, sizeof expected, "tcp 127.0.0.1:%u <- 127.0.0.1:%u", port, peer_port);
    assert_string_equal(name_of(accepted), expected);
    snprintf(expected, sizeof expected, "tcp 127.0.0.1:%u <-> 127.0.0.1:%u", peer_port, port);
    assert_string_equal(name_of(client), expected);

    /* With nobody listening any more, who called whom is not known of the other end either. */
    close(server);
    snprintf(expected, sizeof expected, "tcp 127.0.0.1:%u <-> 127.0.0.1:%u", port, peer_port);
    assert_string_equal(name_of(accepted), expected);
    close(accepted);
    close(client);

    int idle = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_non_null(strstr(name_of(idle), "socket ")); /* it is in no table yet */
    close(idle);
}

static void version_6_addresses_are_readable(void **state)
{
    (void)state;
    char expected[128];
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int server = listen_on((struct sockaddr *)&address, sizeof address);
    if (server < 0)
        skip(); /* this machine has no IPv6 */
    snprintf(expected, sizeof expected, "tcp listening on [::1]:%u", ntohs(address.sin6_port));
    assert_string_equal(name_of(server), expected);
    close(server);

    struct sockaddr_in6 everywhere = {.sin6_family = AF_INET6};
    server = listen_on((struct sockaddr *)&everywhere, sizeof everywhere);
    unsigned port = ntohs(everywhere.sin6_port);
    snprintf(expected, sizeof expected, "tcp listening on [::]:%u", port);
    assert_string_equal(name_of(server), expected);
    struct sockaddr_in to = loopback();
    to.sin_port = everywhere.sin6_port;
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(client, (struct sockaddr *)&to, sizeof to), 0);
    int accepted = accept(server, NULL, NULL);
    snprintf(expected, sizeof expected, "tcp 127.0.0.1:%u <- 127.0.0.1:", port);
    assert_ptr_equal(strstr(name_of(accepted), expected), name_of(accepted));
    close(accepted);
    close(client);
    close(server);
}

static void udp_sockets_have_a_peer_if_they_have_one(void **state)
{
    (void)state;
    char expected[128];
    struct sockaddr_in address = loopback(), to = loopback();
    socklen_t size = sizeof address;
    int udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(udp, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(udp, (struct sockaddr *)&address, &size), 0);
    unsigned port = ntohs(address.sin_port);
    snprintf(expected, sizeof expected, "udp 127.0.0.1:%u", port);
    assert_string_equal(name_of(udp), expected);
    to.sin_port = htons(53);
    assert_int_equal(connect(udp, (struct sockaddr *)&to, sizeof to), 0);
    snprintf(expected, sizeof expected, "udp 127.0.0.1:%u -> 127.0.0.1:53", port);
    assert_string_equal(name_of(udp), expected);
    close(udp);
}

static void unix_sockets_have_their_path(void **state)
{
    (void)state;
    char expected[128], directory[] = "/tmp/ctxtrace names XXXXXX";
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_string_equal(name_of(pair[0]), "unix socket");
    close(pair[0]);
    close(pair[1]);

    struct sockaddr_un address = {.sun_family = AF_UNIX};
    assert_non_null(mkdtemp(directory));
    snprintf(address.sun_path, sizeof address.sun_path, "%s/a b", directory);
    int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(server, 1), 0);
    int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(client, (struct sockaddr *)&address, sizeof address), 0);
    int accepted = accept(server, NULL, NULL);
    snprintf(expected, sizeof expected, "unix listening on %s", address.sun_path);
    assert_string_equal(name_of(server), expected);
    snprintf(expected, sizeof expected, "unix %s", address.sun_path);
    assert_string_equal(name_of(accepted), expected);
    assert_string_equal(name_of(client), "unix socket");
    close(accepted);
    close(client);
    close(server);
    unlink(address.sun_path);
    rmdir(directory);
}

/* One look names all; the tables are not read again, and not at all if nobody asks for a socket. */
static void tables_are_read_once_and_only_if_needed(void **state)
{
    (void)state;
    char text[DESCRIPTOR_NAME_SIZE];
    struct descriptor_names names;
    struct sockaddr_in address = loopback();
    descriptor_names_init(&names, getpid());
    descriptor_name(&names, 0, text);
    assert_true(names.read_ns == 0);
    int server = listen_on((struct sockaddr *)&address, sizeof address);
    descriptor_name(&names, server, text);
    assert_non_null(strstr(text, "tcp listening on 127.0.0.1:"));
    assert_true(names.read_ns != 0);
    struct sockaddr_in later = loopback();
    int second = listen_on((struct sockaddr *)&later, sizeof later);
    descriptor_name(&names, second, text);
    assert_ptr_equal(strstr(text, "socket "), text);
    descriptor_names_free(&names);
    close(second);
    close(server);
}

static void a_process_that_is_gone_has_no_names(void **state)
{
    (void)state;
    char text[DESCRIPTOR_NAME_SIZE] = "x";
    struct descriptor_names names;
    descriptor_names_init(&names, 0);
    descriptor_name(&names, 0, text);
    assert_string_equal(text, "");
    descriptor_names_free(&names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_have_their_path),
        cmocka_unit_test(pipes_and_anonymous_files_say_what_they_are),
        cmocka_unit_test(tcp_sockets_have_both_addresses),
        cmocka_unit_test(version_6_addresses_are_readable),
        cmocka_unit_test(udp_sockets_have_a_peer_if_they_have_one),
        cmocka_unit_test(unix_sockets_have_their_path),
        cmocka_unit_test(tables_are_read_once_and_only_if_needed),
        cmocka_unit_test(a_process_that_is_gone_has_no_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
