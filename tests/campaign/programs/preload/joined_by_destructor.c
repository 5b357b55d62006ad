/* The threads of a library are joined by its destructor, after main has returned. */
#include "preload_stay.h"

void pool_start(void);

int main(void)
{
    pool_start();
    say_ready_and_stay();
    return 0;
}
