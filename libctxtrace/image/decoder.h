/*
 * Decoders for compressed cores, one for each format; a row in decoder.c makes it known.
 *
 * What they read is foreign: they only use libraries that are made for that, and say what is wrong
 * instead of guessing. A file may hold several streams in a row, as pzstd and gzip make them; a
 * decoder continues with the next one by itself.
 */
#ifndef CTXTRACE_IMAGE_DECODER_H
#define CTXTRACE_IMAGE_DECODER_H

#include <stdbool.h>
#include <stddef.h>

/* What one step works on. It advances both pointers past what it has read and written. */
struct decoder_step {
    const unsigned char *in;
    size_t in_left;
    unsigned char *out;
    size_t out_room;
    bool is_whole; /* for the caller: no stream is open, so that the input may end here */
};

struct decoder {
    const char *name; /* of the format, and of the program that undoes it */
    unsigned char magic[4];
    size_t magic_size;
    void *(*open)(void); /* NULL when memory ran out */
    /* NULL, or what is wrong with the input. Takes or makes something, unless there is nothing. */
    const char *(*step)(void *state, struct decoder_step *step);
    void (*close)(void *state);
};

extern const struct decoder zstd_decoder, lz4_decoder, gzip_decoder;

/* The decoder for a file that begins like this; NULL if there is none. */
const struct decoder *decoder_for(const unsigned char *head, size_t size);

#endif
