/*
 * The words that stand in front of a pointer to a context, wherever one is held:
 *
 *     an interface with methods    itab, pointer          itabs of context types, for any interface
 *     any                          type, pointer          context types themselves
 *     a cancel function            entry, pointer, ...    function literals of context.go
 *
 * Most other words are ruled out by two comparisons, since itabs, types and functions each lie
 * close together: these places are the clusters. Of the words of a heap nearly all are ruled out by
 * one or two, for all clusters are in a few regions: those of the executables, and of what the
 * program made itself.
 */
#ifndef CTXTRACE_GOLANG_MODEL_CONTEXT_WORDS_H
#define CTXTRACE_GOLANG_MODEL_CONTEXT_WORDS_H

#include "golang/model/context_types.h"

#define MAX_WORD_CLUSTERS 8

struct word_cluster {
    uint64_t first, extent; /* the last one is first + extent */
};

struct word_clusters {
    struct word_cluster items[MAX_WORD_CLUSTERS];
    unsigned count;
};

struct context_words {
    struct address_map numbers;    /* of each word, see below */
    struct word_clusters clusters; /* close ones */
    struct word_clusters regions;  /* wide ones, of which there are one or two */
};

/* false when memory ran out. Free it in any case. */
bool context_words_make(const struct context_types *types, struct context_words *words);
void context_words_free(struct context_words *words);

/*
 * The number of a word that was found: with CONTEXT_WORD_CLOSURE it is a function literal's, and
 * the other bits are the kind of what it captures (enum closure_kind); without, it is the index of
 * the type.
 */
#define CONTEXT_WORD_CLOSURE (UINT32_C(1) << 31)

/* ADDRESS_MAP_NONE if it is none of them. */
static inline uint32_t context_word_number(const struct context_words *words, uint64_t word)
{
    return address_map_get(&words->numbers, word);
}

/* The same for words that mostly are none: asks the clusters first. */
static inline uint32_t context_words_find(const struct context_words *words, uint64_t word)
{
    for (unsigned i = 0; i < words->clusters.count; i++)
        if (word - words->clusters.items[i].first <= words->clusters.items[i].extent)
            return context_word_number(words, word);
    return ADDRESS_MAP_NONE;
}

#endif
