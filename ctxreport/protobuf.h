/*
 * Writing protocol buffers: the wire format of https://protobuf.dev/programming-guides/encoding,
 * as far as a profile needs it.
 *
 * A message is a sequence of fields in any order. Each begins with its number and the kind of what
 * follows, (number << 3 | kind), as a varint: a number in groups of 7 bits, the lowest first, each
 * in a byte whose top bit says that more follow. Kind 0 is a varint; kind 2 is a length, as a
 * varint, and so many bytes: a text, a message, or many varints of one field ("packed"). A field
 * that is 0 or empty need not be there.
 */
#ifndef CTXREPORT_PROTOBUF_H
#define CTXREPORT_PROTOBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zeroes is an empty message. */
struct message {
    unsigned char *bytes;
    size_t size, capacity;
    bool failed; /* there was no memory for all of it */
};

/* A bare one, as packed fields have them. */
void message_varint(struct message *message, uint64_t value);

void message_number(struct message *message, unsigned field, uint64_t value);
void message_text(struct message *message, unsigned field, const char *text);

/* A message or packed numbers as a field; takes it over, so that `inner` is empty afterwards. */
void message_embed(struct message *message, unsigned field, struct message *inner);

void message_free(struct message *message);

#endif
