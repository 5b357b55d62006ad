#include "preload/sealed.h"

#include <stdatomic.h>

static _Atomic bool is_sealed;

bool preload_is_sealed(void)
{
    return atomic_load_explicit(&is_sealed, memory_order_relaxed);
}

void preload_set_sealed(bool sealed)
{
    atomic_store(&is_sealed, sealed);
}
