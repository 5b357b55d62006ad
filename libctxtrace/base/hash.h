/*
 * Hashes, each for what it is good for:
 *
 * FNV-1a (the 64-bit one of Fowler, Noll and Vo) is the same in every run and on every machine, so
 * it is used for what reports and file names keep: fingerprints and identities. It is built up in
 * steps, from HASH_START.
 *
 * hash_scatter() is Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4): one
 * multiplication that spreads ids and addresses, of which the upper bits are the good ones.
 *
 * hash_mix() and hash_bytes() take a random seed, so that a target cannot choose names or addresses
 * that all collide in a table.
 */
#ifndef CTXTRACE_BASE_HASH_H
#define CTXTRACE_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_START UINT64_C(0xcbf29ce484222325)

static inline uint64_t hash_byte(uint64_t hash, uint8_t byte)
{
    return (hash ^ byte) * UINT64_C(0x100000001b3);
}

uint64_t hash_text_part(uint64_t hash, const char *text, size_t length);

/* Without the NUL at its end: hash_byte() of 0 separates it from a text that follows. */
uint64_t hash_text(uint64_t hash, const char *text);

/* Its eight bytes, the lowest first. */
uint64_t hash_number(uint64_t hash, uint64_t number);

static inline uint64_t hash_scatter(uint64_t key)
{
    return key * UINT64_C(0x9e3779b97f4a7c15); /* 2^64 divided by the golden ratio */
}

uint64_t hash_mix(uint64_t seed, uint64_t value);
uint64_t hash_bytes(uint64_t seed, const void *bytes, size_t length);
uint64_t hash_seed(void);

#endif
