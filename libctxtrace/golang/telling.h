/* What the pieces that say a picture in the words of a snapshot share. */
#ifndef CTXTRACE_GOLANG_TELLING_H
#define CTXTRACE_GOLANG_TELLING_H

#include "golang/facts.h"
#include "golang/holders.h"
#include "golang/picture.h"
#include "golang/runtime_clock.h"
#include "golang/session.h"
#include "golang/stack_names.h"
#include "golang/waits.h"
#include "image/descriptor_names.h"

struct telling {
    const struct go_program *program;
    const struct context_types *types;
    const struct picture *picture;
    const struct facts *facts;
    const struct holders *holders;
    const struct runtime_clock *clock;
    const struct go_options *options;
    struct snapshot_builder *builder;
    struct stack_names *names;
    struct descriptor_names *descriptors; /* the session's */
    int64_t realtime_offset_ns;           /* 0: not known */
};

uint64_t context_id(const struct telling *telling, uint32_t index); /* 0 for none */
void tell_contexts(struct telling *telling);
void tell_goroutines(struct telling *telling);
/* `stack` is the index of its stack. */
void tell_waits(struct telling *telling, const struct goroutine *goroutine, uint32_t stack);

#endif
