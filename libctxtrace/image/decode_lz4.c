/* The frame format of LZ4; the older one, without frames, has another magic. */
#include "image/decoder.h"

#include <lz4frame.h>

static void *open_stream(void)
{
    LZ4F_dctx *context = NULL;
    return LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION)) ? NULL : context;
}

static const char *take_step(void *state, struct decoder_step *step)
{
    size_t taken = step->in_left, made = step->out_room;
    size_t left = LZ4F_decompress(state, step->out, &made, step->in, &taken, NULL);
    if (LZ4F_isError(left))
        return LZ4F_getErrorName(left);
    step->in += taken;
    step->in_left -= taken;
    step->out += made;
    step->out_room -= made;
    step->is_whole = left == 0;
    return NULL;
}

static void close_stream(void *state)
{
    LZ4F_freeDecompressionContext(state);
}

const struct decoder lz4_decoder = {.name = "lz4",
                                    .magic = {0x04, 0x22, 0x4d, 0x18},
                                    .magic_size = 4,
                                    .open = open_stream,
                                    .step = take_step,
                                    .close = close_stream};
