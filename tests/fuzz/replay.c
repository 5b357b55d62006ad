/*
 * Runs a fuzz target without a fuzzer:
 *
 *     TARGET NUMBER [FILE|DIRECTORY]...
 *
 * feeds it the files, then NUMBER inputs that are made of random bytes and of damaged files, the
 * same ones in every run. A fault ends the program by itself; the input is named before.
 */
#include "fuzz.h"

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

#define LARGEST         (1 << 20)
#define LARGEST_DAMAGED (1 << 16) /* larger ones are run as they are */
#define MAX_FILES       4096

struct file {
    uint8_t *data;
    size_t size;
};

static struct file files[MAX_FILES];
static size_t file_count;
static uint64_t seed = 1;
static const char *current; /* said when it ends badly */

static uint64_t next_random(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static void say_current(int number)
{
    (void)!write(2, "while running ", 14);
    (void)!write(2, current, strlen(current));
    (void)!write(2, "\n", 1);
    signal(number, SIG_DFL);
    raise(number);
}

static void run(const char *name, const uint8_t *data, size_t size)
{
    /* Exactly as large as the input, so that reading past its end is noticed. */
    uint8_t *copy = malloc(size ? size : 1);
    if (!copy)
        abort();
    if (size)
        memcpy(copy, data, size);
    current = name;
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static void run_file(const char *path)
{
    FILE *stream = fopen(path, "rb");
    if (!stream || file_count == MAX_FILES)
        abort();
    struct file *file = &files[file_count++];
    file->data = malloc(LARGEST);
    if (!file->data)
        abort();
    file->size = fread(file->data, 1, LARGEST, stream);
    fclose(stream);
    run(path, file->data, file->size);
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void run_path(const char *path)
{
    struct stat status;
    struct dirent **entries;
    if (stat(path, &status) != 0)
        return; /* a target need not have a corpus */
    if (!S_ISDIR(status.st_mode)) {
        run_file(path);
        return;
    }
    int count = scandir(path, &entries, is_visible, alphasort);
    for (int i = 0; i < count; i++) {
        char name[PATH_MAX];
        snprintf(name, sizeof name, "%s/%s", path, entries[i]->d_name);
        run_file(name);
        free(entries[i]);
    }
    free(entries);
}

/* Some bytes of a file spoilt, or none but random ones. */
static size_t make_input(uint8_t *input)
{
    const struct file *from = file_count ? &files[next_random() % file_count] : NULL;
    bool damage = from && from->size && from->size <= LARGEST_DAMAGED && next_random() % 4;
    size_t size = damage ? from->size : next_random() % 1024;
    if (damage)
        memcpy(input, from->data, size);
    else
        for (size_t i = 0; i < size; i++)
            input[i] = (uint8_t)next_random();
    for (uint64_t changes = next_random() % 16; size && changes; changes--) {
        size_t at = next_random() % size, length = 1 + next_random() % 8;
        uint64_t value = next_random() % 3 ? next_random() : UINT64_MAX - next_random() % 256;
        memcpy(input + at, &value, length < size - at ? length : size - at);
    }
    return size && next_random() % 8 == 0 ? next_random() % size : size;
}

int main(int count, char **arguments)
{
    static uint8_t input[LARGEST];
    char name[64];
    if (count < 2) {
        fprintf(stderr, "usage: %s NUMBER [FILE|DIRECTORY]...\n", arguments[0]);
        return 2;
    }
    signal(SIGABRT, say_current);
    for (int i = 2; i < count; i++)
        run_path(arguments[i]);
    unsigned long wanted = strtoul(arguments[1], NULL, 10);
    for (unsigned long i = 0; i < wanted; i++) {
        size_t size = make_input(input);
        snprintf(name, sizeof name, "random input %lu", i);
        run(name, input, size);
    }
    printf("%zu files, %lu random inputs\n", file_count, wanted);
    for (size_t i = 0; i < file_count; i++)
        free(files[i].data);
    return 0;
}
