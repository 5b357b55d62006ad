/*
 * A core and its executable, both damaged, up to the question whether it is of a Go program. The
 * input is
 *
 *     u32 length of the executable, the executable, the core
 */
#include "base/error.h"
#include "fuzz.h"
#include "golang/binary/program.h"
#include "image/image.h"
#include "image/prefetch.h"

static void look_at_memory(struct image *image)
{
    struct elf_range range;
    for (size_t i = 0; i < image->thread_count && i < 64; i++) {
        memory_word(image->memory, image->threads[i].sp);
        memory_u8(image->memory, image->threads[i].pc);
    }
    for (size_t i = 0; i < 64 && elf_file_segment(image->executable, i, &range); i++) {
        uint64_t start = range.address + image->bias;
        const unsigned char *first = memory_at(image->memory, start, 1);
        const struct memory_range all = {start, start + 65536};
        memory_covers(image->memory, start, range.size);
        if (first && *first == 0xff && all.end > start)
            memory_prefetch(image->memory, &all, 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fuzz_file core, executable;
    struct fuzz_input input = {data, size};
    struct error error = {.sentence = ""};
    size_t length = fuzz_number(&input, 4);
    if (length > input.size)
        length = input.size;
    fuzz_file_write(&executable, input.data, length);
    fuzz_file_write(&core, input.data + length, input.size - length);
    fuzz_clock_start();
    /* Without a path it opens the one that the core names, which is nobody's file. */
    struct image *image = image_open_core(core.path, executable.path, &error);
    if (image) {
        look_at_memory(image);
        go_program_close(go_program_open(image, &error));
        image_close(image);
    } else if (!error.sentence[0]) {
        abort();
    }
    fuzz_clock_stop();
    return 0;
}
