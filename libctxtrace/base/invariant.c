#include "base/invariant.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void invariant_broken(const char *condition, const char *file, int line)
{
    char text[512];
    int length = snprintf(text, sizeof text, "ctxtrace: broken invariant at %s:%d: %s\n", file,
                          line, condition);
    size_t size = length < (int)sizeof text ? (size_t)length : sizeof text - 1;
    ssize_t written = write(STDERR_FILENO, text, size);
    (void)written;
    abort();
}
