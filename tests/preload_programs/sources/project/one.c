#include "parts.h"

#include <stdlib.h>
int one(int value)
{
    return abs(value) * 1;
}
