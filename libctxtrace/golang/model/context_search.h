/* The search for contexts, for its own parts. */
#ifndef CTXTRACE_GOLANG_MODEL_CONTEXT_SEARCH_H
#define CTXTRACE_GOLANG_MODEL_CONTEXT_SEARCH_H

#include "golang/heap/pointers.h"
#include "golang/model/contexts.h"

struct context_search {
    const struct go_program *program;
    const struct context_types *types;
    const struct heap *heap;
    const struct candidate_pattern *pattern;
    struct contexts *contexts;
    struct masks *masks;
    uint64_t channel_type; /* of done channels, once one was met */
    uint64_t error_type;   /* of the last error that was met */
    bool error_is_deadline;
    uint32_t pass;
    bool in_root;             /* a stack or global data is being searched */
    uint32_t without_core[2]; /* package context's types that have no cancelCtx */
    size_t without_core_count;
    struct address_map undecided; /* objects that may be contexts, see stack_contexts.h */
};

/* How a context was found: by a word that names its type, or by its structure. */
enum evidence { EVIDENCE_NAME, EVIDENCE_LOOKS };

/* There may be a context of this type (an index) at this address: adds it if it is sound. */
void context_search_offer(struct context_search *search, uint32_t type_index, uint64_t address,
                          enum evidence evidence);
/* The same for a type of package context: whichever the object has the structure of. */
void context_search_object(struct context_search *search, uint64_t address);
/* What a word says about the pointer after it, see context_words.h. */
void context_search_word(struct context_search *search, uint32_t number, uint64_t pointer);

#endif
