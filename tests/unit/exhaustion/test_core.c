/* A core, and the file of its executable. */
#include "../image/made_core.h"
#include "base/error.h"
#include "base/hash.h"
#include "digest.h"
#include "failing.h"
#include "image/image.h"

/* What is in the core, and what comes from the executable's file. */
static uint64_t digest_of_core(const struct image *image)
{
    const uint64_t headers = getauxval(AT_PHDR) & ~UINT64_C(4095);
    uint64_t hash = hash_number(HASH_START, image->thread_count);
    for (size_t i = 0; i < image->thread_count; i++)
        hash = hash_number(hash, (uint64_t)image->threads[i].tid);
    hash = hash_number(hash, image->bias);
    hash = hash_number(hash, image->truncated);
    hash = hash_number(hash, memory_u8(image->memory, STACK_AT + STACK - 1));
    return hash_number(hash, memory_u8(image->memory, headers + 1));
}

static bool a_core(char *said, size_t size)
{
    static uint64_t whole;
    struct error error = {""};
    struct image *image = image_open_core(path, NULL, &error);
    snprintf(said, size, "%s", error.sentence);
    if (!image)
        return false;
    digest_check(&whole, digest_of_core(image));
    image_close(image);
    return true;
}

static void a_core_is_read_whole_or_not(void **state)
{
    (void)state;
    failing_drive("core", a_core, FAILING_ALL, 0);
}

static int leave_core(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "/tmp/ctxtrace-exhaustion-core-%d", getpid());
    make_core();
    write_core(CORE_SIZE);
    return 0;
}

static int remove_core(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_core_is_read_whole_or_not),
    };
    return cmocka_run_group_tests(tests, leave_core, remove_core);
}
