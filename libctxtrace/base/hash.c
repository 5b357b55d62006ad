#include "base/hash.h"

#include "base/clock.h"

#include <string.h>
#include <sys/random.h>

uint64_t hash_text_part(uint64_t hash, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        hash = hash_byte(hash, (uint8_t)text[i]);
    return hash;
}

uint64_t hash_text(uint64_t hash, const char *text)
{
    for (; *text; text++)
        hash = hash_byte(hash, (uint8_t)*text);
    return hash;
}

uint64_t hash_number(uint64_t hash, uint64_t number)
{
    for (unsigned byte = 0; byte < 8; byte++)
        hash = hash_byte(hash, (uint8_t)(number >> (8 * byte)));
    return hash;
}

uint64_t hash_mix(uint64_t seed, uint64_t value)
{
    unsigned __int128 product = (unsigned __int128)(seed ^ value ^ UINT64_C(0x2d358dccaa6c78a5)) *
                                (seed | UINT64_C(0x8bb84b93962eacc9));
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t hash_bytes(uint64_t seed, const void *bytes, size_t length)
{
    const char *next = bytes;
    uint64_t hash = hash_mix(seed, length);
    for (; length >= 8; length -= 8, next += 8) {
        uint64_t word;
        memcpy(&word, next, 8);
        hash = hash_mix(seed, hash ^ word);
    }
    uint64_t rest = 0;
    memcpy(&rest, next, length);
    return hash_mix(seed, hash ^ rest);
}

uint64_t hash_seed(void)
{
    uint64_t seed;
    if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) == (ssize_t)sizeof seed)
        return seed;
    uint64_t now = (uint64_t)realtime_ns();
    return now << 32 ^ now >> 32 ^ (uintptr_t)&seed;
}
