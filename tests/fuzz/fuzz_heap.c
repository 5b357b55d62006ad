/*
 * Spoils the memory of a Go program and reads all there is, with proofs. The input is a list of
 * patches. A sound run has shown which words a reader looks at, in which order; patches name the
 * words by that order, since in most of the memory they would change nothing:
 *
 *     u8 what, u24 which word, u64 value
 */
#include "base/error.h"
#include "fuzz.h"
#include "go_image.h"
#include "golang/binary/address_map.h"
#include "golang/session.h"

enum { MOST_PATCHES = 64, MOST_WORDS = 1 << 19, WORDS_OF_ONE = 32 };

struct patch {
    uint64_t address;
    uint8_t what;
    uint64_t value;
};

static uint64_t words[MOST_WORDS];
static size_t word_count, opening_count; /* the first of them are read while opening */
static struct address_map known;
static bool noting;
static struct patch patches[MOST_PATCHES];
static size_t patch_count;

/* ---- which words are looked at ---- */

static void note(uint64_t address, size_t size)
{
    if (!noting)
        return;
    uint64_t at = address & ~UINT64_C(7);
    for (size_t i = 0; i < WORDS_OF_ONE && at < address + size; i++, at += 8) {
        if (word_count == MOST_WORDS || address_map_get(&known, at) != ADDRESS_MAP_NONE ||
            !address_map_put(&known, at, (uint32_t)word_count))
            continue;
        words[word_count++] = at;
    }
}

#define WATCH(name, type, size)                                                                    \
    type __real_memory_##name(struct memory *memory, uint64_t address);                            \
    type __wrap_memory_##name(struct memory *memory, uint64_t address);                            \
    type __wrap_memory_##name(struct memory *memory, uint64_t address)                             \
    {                                                                                              \
        note(address, size);                                                                       \
        return __real_memory_##name(memory, address);                                              \
    }

WATCH(word, uint64_t, 8)
WATCH(u32, uint32_t, 4)
WATCH(u16, uint16_t, 2)
WATCH(u8, uint8_t, 1)

const void *__real_memory_at(struct memory *memory, uint64_t address, size_t size);
const void *__wrap_memory_at(struct memory *memory, uint64_t address, size_t size);
const void *__wrap_memory_at(struct memory *memory, uint64_t address, size_t size)
{
    note(address, size);
    return __real_memory_at(memory, address, size);
}

bool __real_memory_read(struct memory *memory, uint64_t address, void *buffer, size_t size);
bool __wrap_memory_read(struct memory *memory, uint64_t address, void *buffer, size_t size);
bool __wrap_memory_read(struct memory *memory, uint64_t address, void *buffer, size_t size)
{
    note(address, size);
    return __real_memory_read(memory, address, buffer, size);
}

static void watch_a_sound_run(void)
{
    struct error error = {.sentence = ""};
    const struct go_options options = {.want_proofs = false};
    go_image_sound();
    noting = true;
    struct go_session *session = go_session_open(go_image_spoilt(NULL), &options, &error);
    if (!session) {
        fprintf(stderr, "%s\n", error.sentence);
        exit(1);
    }
    go_session_close(session);
    opening_count = word_count;
    go_image_read_all(go_image_spoilt(NULL), 0);
    noting = false;
    fprintf(stderr, "%zu words to spoil, %zu of them read while opening\n", word_count,
            opening_count);
}

/* ---- patches ---- */

static uint64_t patched(const struct patch *patch, uint64_t old)
{
    switch (patch->what >> 1 & 7) {
    case 0:
        return patch->value;
    case 1:
        return old ^ UINT64_C(1) << (patch->value % 64);
    case 2: /* a pointer where there was another, or none */
        return words[patch->value % word_count];
    case 3:
        return old + (uint64_t)(int64_t)(int8_t)patch->value;
    case 4:
        return UINT64_MAX - (patch->value & 0xfff);
    case 5:
        return memory_word(go_image_sound()->memory, words[patch->value % word_count]);
    case 6:
        return (old & ~UINT64_C(0xffffffff)) | (patch->value & 0xffffffff);
    default:
        return old + patch->value % 65536 * 8;
    }
}

static void spoil(uint64_t start, unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < patch_count; i++) {
        const struct patch *patch = &patches[i];
        uint64_t word;
        if (patch->address < start || patch->address + 8 > start + size)
            continue;
        memcpy(&word, bytes + (patch->address - start), 8);
        word = patched(patch, word);
        memcpy(bytes + (patch->address - start), &word, 8);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    if (!word_count)
        watch_a_sound_run();
    for (patch_count = 0; patch_count < MOST_PATCHES && input.size; patch_count++) {
        struct patch *patch = &patches[patch_count];
        patch->what = (uint8_t)fuzz_number(&input, 1);
        size_t which = fuzz_number(&input, 3);
        patch->address = patch->what & 1 || opening_count == word_count
                             ? words[which % word_count]
                             : words[opening_count + which % (word_count - opening_count)];
        patch->value = fuzz_number(&input, 8);
    }
    fuzz_clock_start();
    go_image_read_all(go_image_spoilt(spoil), size);
    fuzz_clock_stop();
    return 0;
}
