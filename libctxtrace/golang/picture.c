#include "golang/picture.h"

bool picture_read(const struct go_program *program, const struct context_types *types,
                  struct picture *picture)
{
    if (!goroutines_read(program, &picture->goroutines))
        return false;
    picture->has_heap = heap_read(program, &picture->heap);
    return !picture->has_heap || contexts_read(program, types, &picture->heap,
                                               &picture->goroutines, &picture->contexts);
}

void picture_free(struct picture *picture)
{
    goroutines_free(&picture->goroutines);
    contexts_free(&picture->contexts);
    heap_free(&picture->heap);
}
