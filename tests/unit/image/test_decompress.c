/* Compressed cores: whole, in several streams, cut at every byte, spoilt, and what is no core. */
#include "base/error.h"
#include "image/decompress.h"

#include <elf.h>
#include <fcntl.h>
#include <lz4frame.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <cmocka.h>

#define SIZE ((size_t)3 << 20) /* more than one step makes */
#define ROOM (SIZE + 65536)

static unsigned char plain[SIZE], compressed[ROOM], again[SIZE];

/* Begins like a core; then a mixture of noise, text and zeros, which end it. */
static void make_plain(void)
{
    uint64_t random = 88172645463325252u;
    memset(plain, 0, sizeof plain);
    for (size_t i = 0; i < SIZE - ((size_t)1 << 20); i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        if (i % 65536 < 8192)
            plain[i] = i % 16384 < 4096 ? (unsigned char)random : 'x';
    }
    Elf64_Ehdr header = {.e_type = ET_CORE, .e_machine = EM_X86_64};
    memcpy(header.e_ident, ELFMAG "\2\1\1", 7);
    memcpy(plain, &header, sizeof header);
}

static size_t with_zstd(const unsigned char *bytes, size_t size, unsigned char *to, size_t room)
{
    return ZSTD_compress(to, room, bytes, size, 3);
}

static size_t with_lz4(const unsigned char *bytes, size_t size, unsigned char *to, size_t room)
{
    LZ4F_preferences_t preferences = {
        .frameInfo = {.contentChecksumFlag = LZ4F_contentChecksumEnabled}};
    return LZ4F_compressFrame(to, room, bytes, size, &preferences);
}

static size_t with_gzip(const unsigned char *bytes, size_t size, unsigned char *to, size_t room)
{
    z_stream stream = {.next_in = (unsigned char *)(uintptr_t)bytes,
                       .avail_in = (unsigned)size,
                       .next_out = to,
                       .avail_out = (unsigned)room};
    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    size_t made = stream.total_out;
    deflateEnd(&stream);
    return made;
}

typedef size_t compressor(const unsigned char *, size_t, unsigned char *, size_t);
static compressor *const compressors[] = {with_zstd, with_lz4, with_gzip};
#define COMPRESSORS (sizeof compressors / sizeof compressors[0])

/* The descriptor of what becomes of these bytes, or -1. */
static int decompress(const unsigned char *bytes, size_t size, bool *is_cut, struct error *error)
{
    char path[] = "/tmp/decompress-test-XXXXXX";
    int file = mkstemp(path);
    unlink(path);
    assert_int_equal(write(file, bytes, size), (ssize_t)size);
    assert_int_equal(lseek(file, 0, SEEK_SET), 0);
    *is_cut = false;
    *error = (struct error){.sentence = ""};
    int made = decompress_core(file, "/a/core", is_cut, error);
    close(file);
    return made;
}

static off_t size_of(int file)
{
    struct stat status;
    assert_int_equal(fstat(file, &status), 0);
    return status.st_size;
}

static void assert_plain(int file)
{
    assert_int_equal(size_of(file), SIZE);
    assert_int_equal(pread(file, again, SIZE, 0), SIZE);
    assert_memory_equal(again, plain, SIZE);
}

static void test_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < COMPRESSORS; i++) {
        bool is_cut;
        struct error error;
        size_t size = compressors[i](plain, SIZE, compressed, ROOM);
        assert_true(decompress_knows(compressed, size));
        int file = decompress(compressed, size, &is_cut, &error);
        if (file < 0)
            fail_msg("%s", error.sentence);
        assert_false(is_cut);
        assert_plain(file);
        struct stat status;
        fstat(file, &status);
        assert_int_equal(status.st_mode & 0777, 0600);
        assert_int_equal(status.st_nlink, 0);
        assert_true(status.st_blocks * 512 < (off_t)SIZE / 2); /* zeros are holes */
        close(file);
    }
}

/* As parallel compressors write. */
static void test_several_streams(void **state)
{
    (void)state;
    for (size_t i = 0; i < COMPRESSORS; i++) {
        bool is_cut;
        struct error error;
        size_t half = SIZE / 2 + 100;
        size_t size = compressors[i](plain, half, compressed, ROOM);
        size += compressors[i](plain + half, SIZE - half, compressed + size, ROOM - size);
        int file = decompress(compressed, size, &is_cut, &error);
        assert_true(file >= 0);
        assert_false(is_cut);
        assert_plain(file);
        close(file);
    }
}

/* What came before the end is there, byte for byte, and it is said that it is not all. */
static void test_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < COMPRESSORS; i++) {
        size_t size = compressors[i](plain, SIZE, compressed, ROOM), shown = 0;
        for (size_t length = 4; length < size; length += 1 + size / 60) {
            bool is_cut;
            struct error error;
            int file = decompress(compressed, length, &is_cut, &error);
            if (file < 0) {
                assert_non_null(strstr(error.sentence, "damaged or cut short"));
                continue;
            }
            assert_true(is_cut);
            off_t part = size_of(file);
            assert_true(part <= (off_t)SIZE);
            assert_int_equal(pread(file, again, SIZE, 0), part);
            assert_memory_equal(again, plain, (size_t)part);
            close(file);
            shown++;
        }
        assert_true(shown > 20);
    }
}

/* It may be noticed or, without a checksum, not; but nothing breaks and nothing is endless. */
static void test_spoilt(void **state)
{
    (void)state;
    uint64_t random = 88172645463325252u;
    for (size_t i = 0; i < COMPRESSORS; i++) {
        for (int round = 0; round < 60; round++) {
            size_t size = compressors[i](plain, SIZE, compressed, ROOM);
            for (int k = 0; k < 3; k++) {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                compressed[4 + random % (size - 4)] ^= (unsigned char)(1 + (random >> 32) % 255);
            }
            bool is_cut;
            struct error error;
            int file = decompress(compressed, size, &is_cut, &error);
            if (file >= 0)
                close(file);
            else
                assert_true(error.sentence[0]);
        }
    }
}

static void test_what_is_no_core(void **state)
{
    (void)state;
    for (size_t i = 0; i < COMPRESSORS; i++) {
        bool is_cut;
        struct error error;
        memset(again, 'x', SIZE);
        size_t size = compressors[i](again, SIZE, compressed, ROOM);
        assert_int_equal(decompress(compressed, size, &is_cut, &error), -1);
        assert_non_null(strstr(error.sentence, "is not a core"));
    }
    assert_false(decompress_knows((const unsigned char *)"\x7f"
                                                         "ELF",
                                  4));
    assert_false(decompress_knows((const unsigned char *)"", 0));
}

static void test_no_place(void **state)
{
    (void)state;
    bool is_cut;
    struct error error;
    size_t size = with_zstd(plain, SIZE, compressed, ROOM);
    setenv("TMPDIR", "/nonexistent", 1);
    assert_int_equal(decompress(compressed, size, &is_cut, &error), -1);
    assert_non_null(strstr(error.sentence, "/nonexistent"));
    assert_non_null(strstr(error.sentence, "set TMPDIR"));
    unsetenv("TMPDIR");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_several_streams),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_spoilt),
        cmocka_unit_test(test_what_is_no_core),
        cmocka_unit_test(test_no_place),
    };
    make_plain();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
