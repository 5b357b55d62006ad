/* The bytes of protocol buffers, with the examples of the specification. */
#include "ctxreport/protobuf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void expect(struct message *message, const void *bytes, size_t size)
{
    assert_false(message->failed);
    assert_int_equal(message->size, size);
    assert_memory_equal(message->bytes, bytes, size);
    message_free(message);
}

static void numbers_are_varints(void **state)
{
    (void)state;
    struct message message = {0};
    message_number(&message, 1, 150);
    expect(&message, "\x08\x96\x01", 3);
    message_varint(&message, 0);
    message_varint(&message, 127);
    message_varint(&message, 128);
    expect(&message, "\x00\x7f\x80\x01", 4);
    message_varint(&message, (uint64_t)-2);
    expect(&message, "\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10);
}

static void texts_and_messages_have_lengths(void **state)
{
    (void)state;
    struct message message = {0}, inner = {0};
    message_text(&message, 2, "testing");
    expect(&message, "\x12\x07testing", 9);
    message_number(&inner, 1, 150);
    message_embed(&message, 3, &inner);
    assert_int_equal(inner.size, 0);
    expect(&message, "\x1a\x03\x08\x96\x01", 5);
    message_varint(&inner, 3);
    message_varint(&inner, 270);
    message_varint(&inner, 86942);
    message_embed(&message, 6, &inner);
    expect(&message, "\x32\x06\x03\x8e\x02\x9e\xa7\x05", 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_varints),
        cmocka_unit_test(texts_and_messages_have_lengths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
