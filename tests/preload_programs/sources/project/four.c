#include "parts.h"

#include <stdlib.h>
int four(int value)
{
    return abs(value) * 10;
}
