/* Descriptors of this very process have names that a person can use. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "segment/descriptor_names.h"

static const char *name_of(int descriptor)
{
    static char text[256];
    struct descriptor_names names;
    descriptor_names_init(&names, getpid());
    descriptor_name(&names, descriptor, text, sizeof text);
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
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_non_null(strstr(name_of(ends[0]), "pipe"));
    close(ends[0]);
    close(ends[1]);
}

static void sockets_have_their_addresses(void **state)
{
    (void)state;
    char expected[128];
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(server, 1), 0);
    assert_int_equal(getsockname(server, (struct sockaddr *)&address, &length), 0);
    unsigned port = ntohs(address.sin_port);
    snprintf(expected, sizeof expected, "tcp 127.0.0.1:%u, listening", port);
    assert_string_equal(name_of(server), expected);

    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(client, (struct sockaddr *)&address, sizeof address), 0);
    snprintf(expected, sizeof expected, " to 127.0.0.1:%u", port);
    assert_non_null(strstr(name_of(client), expected));
    close(client);
    close(server);

    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_string_equal(name_of(pair[0]), "unix socket");
    close(pair[0]);
    close(pair[1]);
}

static void version_6_addresses_are_readable(void **state)
{
    (void)state;
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int server = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server < 0 || bind(server, (struct sockaddr *)&address, sizeof address) != 0)
        skip(); /* this machine has no IPv6 */
    assert_int_equal(listen(server, 1), 0);
    assert_non_null(strstr(name_of(server), "tcp [::1]:"));
    close(server);
}

static void a_process_that_is_gone_has_no_names(void **state)
{
    (void)state;
    char text[64] = "x";
    struct descriptor_names names;
    descriptor_names_init(&names, 0);
    descriptor_name(&names, 0, text, sizeof text);
    assert_string_equal(text, "");
    descriptor_names_free(&names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_have_their_path),
        cmocka_unit_test(sockets_have_their_addresses),
        cmocka_unit_test(version_6_addresses_are_readable),
        cmocka_unit_test(a_process_that_is_gone_has_no_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
