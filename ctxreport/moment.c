#include "ctxreport/moment.h"

#include "base/clock.h"

#include <stdio.h>
#include <time.h>

const char *moment_text(char *buffer, size_t size, int64_t ns)
{
    time_t seconds = (time_t)(ns / NS_PER_SECOND - (ns % NS_PER_SECOND < 0));
    struct tm local;
    if (!localtime_r(&seconds, &local) ||
        strftime(buffer, size, "%Y-%m-%d %H:%M:%S %z", &local) == 0)
        snprintf(buffer, size, "an unknown time");
    return buffer;
}
