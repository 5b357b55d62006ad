#include "ctxreport/protobuf.h"

#include "base/array.h"

#include <stdlib.h>
#include <string.h>

enum { KIND_VARINT = 0, KIND_BYTES = 2, GROUP_BITS = 7, GROUP = 0x7f, MORE = 0x80 };

static void put(struct message *message, const void *bytes, size_t size)
{
    if (message->failed || !ARRAY_ROOM(message->bytes, message->capacity, message->size + size)) {
        message->failed = true;
        return;
    }
    if (size > 0)
        memcpy(message->bytes + message->size, bytes, size);
    message->size += size;
}

void message_varint(struct message *message, uint64_t value)
{
    unsigned char bytes[10];
    size_t size = 0;
    for (; value > GROUP; value >>= GROUP_BITS)
        bytes[size++] = (unsigned char)((value & GROUP) | MORE);
    bytes[size++] = (unsigned char)value;
    put(message, bytes, size);
}

static void put_bytes(struct message *message, unsigned field, const void *bytes, size_t size)
{
    message_varint(message, field << 3 | KIND_BYTES);
    message_varint(message, size);
    put(message, bytes, size);
}

void message_number(struct message *message, unsigned field, uint64_t value)
{
    message_varint(message, field << 3 | KIND_VARINT);
    message_varint(message, value);
}

void message_text(struct message *message, unsigned field, const char *text)
{
    put_bytes(message, field, text, strlen(text));
}

void message_embed(struct message *message, unsigned field, struct message *inner)
{
    message->failed |= inner->failed;
    put_bytes(message, field, inner->bytes, inner->size);
    message_free(inner);
}

void message_free(struct message *message)
{
    free(message->bytes);
    *message = (struct message){0};
}
