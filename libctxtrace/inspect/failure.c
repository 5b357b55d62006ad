#include <stdarg.h>
#include <stdio.h>

#include "inspect/source.h"

bool failure_set(struct failure *failure, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(failure->sentence, sizeof failure->sentence, format, arguments);
    va_end(arguments);
    return false;
}
