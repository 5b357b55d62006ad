#include "golang/model/context_words.h"

#include <stdlib.h>

#define CLOSE_TOGETHER (UINT64_C(1) << 20) /* bytes between neighbours of one cluster */
#define IN_ONE_REGION  (UINT64_C(1) << 28) /* the same of one region: those of one executable */

static bool put_all(const struct address_map *from, uint32_t flag, struct address_map *to)
{
    for (size_t i = 0; i < from->capacity; i++)
        if (from->slots[i].address &&
            !address_map_put(to, from->slots[i].address, from->slots[i].number | flag))
            return false;
    return true;
}

static int ascending(const void *a, const void *b)
{
    const uint64_t *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

/* Returns how many clusters there are if words so close together make one. */
static unsigned cluster(const uint64_t *sorted, size_t count, uint64_t close,
                        struct word_clusters *made)
{
    unsigned clusters = 0;
    for (size_t first = 0, behind; first < count; first = behind, clusters++) {
        for (behind = first + 1; behind < count && sorted[behind] - sorted[behind - 1] <= close;)
            behind++;
        if (clusters < MAX_WORD_CLUSTERS)
            made->items[clusters] =
                (struct word_cluster){sorted[first], sorted[behind - 1] - sorted[first]};
    }
    return clusters;
}

static void make_clusters(const uint64_t *sorted, size_t count, uint64_t close,
                          struct word_clusters *made)
{
    while ((made->count = cluster(sorted, count, close, made)) > MAX_WORD_CLUSTERS)
        close = close > UINT64_MAX / 4 ? UINT64_MAX : close * 4;
}

static bool arrange(struct context_words *words)
{
    uint64_t *sorted = malloc((words->numbers.count + 1) * sizeof *sorted);
    size_t count = 0;
    if (!sorted)
        return false;
    for (size_t i = 0; i < words->numbers.capacity; i++)
        if (words->numbers.slots[i].address)
            sorted[count++] = words->numbers.slots[i].address;
    qsort(sorted, count, sizeof *sorted, ascending);
    make_clusters(sorted, count, CLOSE_TOGETHER, &words->clusters);
    make_clusters(sorted, count, IN_ONE_REGION, &words->regions);
    free(sorted);
    return true;
}

bool context_words_make(const struct context_types *types, struct context_words *words)
{
    *words = (struct context_words){0};
    return put_all(&types->by_itab, 0, &words->numbers) &&
           put_all(&types->by_type, 0, &words->numbers) &&
           put_all(&types->cancel_functions, CONTEXT_WORD_CLOSURE, &words->numbers) &&
           arrange(words);
}

void context_words_free(struct context_words *words)
{
    address_map_free(&words->numbers);
    *words = (struct context_words){0};
}
