#include "go_image.h"

#include "base/error.h"
#include "fuzz.h"
#include "golang/session.h"

#define MAX_REGIONS 256

static struct image *sound;
static struct elf_range regions[MAX_REGIONS];
static size_t region_count;
static spoil_bytes *spoil_now;

static void add_regions(const struct elf_file *file, bool all)
{
    struct elf_range range;
    for (size_t i = 0; elf_file_segment(file, i, &range) && region_count < MAX_REGIONS; i++)
        if (all || range.writable || range.executable) /* else reserved, and never used */
            regions[region_count++] = range;
}

static int by_address(const void *a, const void *b)
{
    const struct elf_range *left = a, *right = b;
    return (left->address > right->address) - (left->address < right->address);
}

static void skip(const char *why)
{
    fprintf(stderr, "skipped: %s\n", why);
    exit(FUZZ_SKIPPED);
}

struct image *go_image_sound(void)
{
    struct error error = {.sentence = ""};
    if (sound)
        return sound;
    if (access(FUZZ_IMAGE "/core", R_OK) != 0)
        skip("there is no core; the target fuzz_image makes it, with go and gcore");
    sound = image_open_core(FUZZ_IMAGE "/core", FUZZ_IMAGE "/program", &error);
    struct elf_file *core = elf_file_open(FUZZ_IMAGE "/core", "the core", &error);
    if (!sound || !core)
        skip(error.sentence);
    add_regions(core, false);
    add_regions(sound->executable, true);
    qsort(regions, region_count, sizeof *regions, by_address);
    elf_file_close(core);
    return sound;
}

static void fetch(void *state, const struct memory_range *ranges, void *const *local, size_t *read,
                  size_t count)
{
    (void)state;
    for (size_t i = 0; i < count; i++) {
        uint64_t at = ranges[i].start;
        unsigned char *to = local[i];
        while (at < ranges[i].end) {
            size_t size = ranges[i].end - at < 4096 ? (size_t)(ranges[i].end - at) : 4096;
            if (!memory_read(sound->memory, at, to, size))
                break;
            if (spoil_now)
                spoil_now(at, to, size);
            at += size;
            to += size;
        }
        read[i] = (size_t)(at - ranges[i].start);
    }
}

static const struct memory_backend backend = {.fetch = fetch};

static struct memory *spoilt_memory(void)
{
    struct memory *memory = memory_new(&backend, NULL);
    if (!memory)
        abort();
    memory_begin_regions(memory);
    for (size_t i = 0; i < region_count; i++)
        memory_add_region(memory, regions[i].address, regions[i].address + regions[i].size,
                          regions[i].writable);
    if (!memory_end_regions(memory))
        abort();
    return memory;
}

struct image *go_image_spoilt(spoil_bytes *spoil)
{
    struct error error = {.sentence = ""};
    struct image *image = calloc(1, sizeof *image);
    if (!image)
        abort();
    go_image_sound();
    spoil_now = spoil;
    *image = (struct image){.pid = sound->pid,
                            .memory = spoilt_memory(),
                            .bias = sound->bias,
                            .path = strdup(sound->path),
                            .command = strdup(sound->command),
                            .started_ns = sound->started_ns,
                            .thread_count = sound->thread_count};
    image->executable = elf_file_open(sound->path, sound->path, &error);
    image->threads = malloc(sound->thread_count * sizeof *image->threads);
    if (!image->executable || !image->threads || !image->path || !image->command)
        abort();
    memcpy(image->threads, sound->threads, sound->thread_count * sizeof *image->threads);
    return image;
}

/* A complaint is one sentence, and there is one if there is nothing else. */
static void check_complaint(const struct error *error)
{
    if (!error->sentence[0])
        abort();
}

void go_image_read_all(struct image *image, size_t choice)
{
    struct error error = {.sentence = ""};
    const struct go_options options = {.want_proofs = true,
                                       .max_pause_ns = INT64_C(60000000000),
                                       .show_values = true,
                                       .want_system = true};
    struct go_session *session = go_session_open(image, &options, &error);
    if (!session) {
        check_complaint(&error);
        return;
    }
    struct snapshot *snapshot = go_session_take(session, &error);
    if (!snapshot)
        check_complaint(&error);
    if (snapshot && snapshot->context_count) {
        char *chain = NULL;
        uint64_t id = snapshot->contexts[choice % snapshot->context_count].id;
        if (!go_session_keeps_alive(session, id, &chain, &error))
            check_complaint(&error);
        free(chain);
    }
    snapshot_free(snapshot);
    go_session_close(session);
}
