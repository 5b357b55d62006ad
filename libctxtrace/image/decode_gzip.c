/* gzip, by zlib. */
#include "image/decoder.h"

#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

#define GZIP_WINDOW (15 + 16) /* the largest window; gzip's header and checksum, not zlib's */

static void *open_stream(void)
{
    z_stream *stream = calloc(1, sizeof *stream);
    if (stream && inflateInit2(stream, GZIP_WINDOW) == Z_OK)
        return stream;
    free(stream);
    return NULL;
}

static const char *take_step(void *state, struct decoder_step *step)
{
    z_stream *stream = state;
    if (step->is_whole && step->in_left)
        inflateReset(stream); /* another member begins */
    stream->next_in = (unsigned char *)(size_t)step->in;
    stream->avail_in = step->in_left < UINT_MAX ? (unsigned)step->in_left : UINT_MAX;
    stream->next_out = step->out;
    stream->avail_out = step->out_room < UINT_MAX ? (unsigned)step->out_room : UINT_MAX;
    int result = inflate(stream, Z_NO_FLUSH);
    step->in_left -= (size_t)(stream->next_in - step->in);
    step->in = stream->next_in;
    step->out_room -= (size_t)(stream->next_out - step->out);
    step->out = stream->next_out;
    step->is_whole = result == Z_STREAM_END;
    if (result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR)
        return NULL;
    return stream->msg ? stream->msg : zError(result);
}

static void close_stream(void *state)
{
    inflateEnd(state);
    free(state);
}

const struct decoder gzip_decoder = {.name = "gzip",
                                     .magic = {0x1f, 0x8b},
                                     .magic_size = 2,
                                     .open = open_stream,
                                     .step = take_step,
                                     .close = close_stream};
