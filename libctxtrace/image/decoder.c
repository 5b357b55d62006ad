#include "image/decoder.h"

#include <string.h>

static const struct decoder *const decoder_table[] = {&zstd_decoder, &lz4_decoder, &gzip_decoder};

const struct decoder *decoder_for(const unsigned char *head, size_t size)
{
    for (size_t i = 0; i < sizeof decoder_table / sizeof decoder_table[0]; i++) {
        const struct decoder *decoder = decoder_table[i];
        if (size >= decoder->magic_size && memcmp(head, decoder->magic, decoder->magic_size) == 0)
            return decoder;
    }
    return NULL;
}
