#include "base/lack.h"

#include <stdlib.h>

static _Thread_local bool noted;

void lack_note(void)
{
    noted = true;
}

void *lack_malloc(size_t size)
{
    void *memory = malloc(size);
    if (!memory)
        lack_note();
    return memory;
}

bool lack_was_noted(void)
{
    bool was_noted = noted;
    noted = false;
    return was_noted;
}
