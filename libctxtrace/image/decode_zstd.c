/* Zstandard, which systemd-coredump writes. */
#include "image/decoder.h"

#include <zstd.h>

#define WINDOW_LOG 31 /* the largest there is, as `zstd --long=31` makes it */

static void *open_stream(void)
{
    ZSTD_DStream *stream = ZSTD_createDStream();
    if (stream)
        ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, WINDOW_LOG);
    return stream;
}

static const char *take_step(void *state, struct decoder_step *step)
{
    ZSTD_inBuffer in = {step->in, step->in_left, 0};
    ZSTD_outBuffer out = {step->out, step->out_room, 0};
    size_t left = ZSTD_decompressStream(state, &out, &in);
    step->in += in.pos;
    step->in_left -= in.pos;
    step->out += out.pos;
    step->out_room -= out.pos;
    if (ZSTD_isError(left))
        return ZSTD_getErrorName(left);
    step->is_whole = left == 0;
    return NULL;
}

static void close_stream(void *state)
{
    ZSTD_freeDStream(state);
}

const struct decoder zstd_decoder = {.name = "zstd",
                                     .magic = {0x28, 0xb5, 0x2f, 0xfd},
                                     .magic_size = 4,
                                     .open = open_stream,
                                     .step = take_step,
                                     .close = close_stream};
