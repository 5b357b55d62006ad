#include "parts.h"

#include <stdlib.h>
int three(int value)
{
    return abs(value) * 7;
}
