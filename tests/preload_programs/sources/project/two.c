#include "parts.h"

#include <stdlib.h>
int two(int value)
{
    return abs(value) * 4;
}
