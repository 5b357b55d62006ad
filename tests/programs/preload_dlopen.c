/* Loads a library with a thread of its own, after it has closed every descriptor but the first
 * three. */
#include "preload_stay.h"

#include <dlfcn.h>
#include <pthread.h>
#include <unistd.h>

int main(int count, char **arguments)
{
    REQUIRE(count == 2);
    for (int i = 3; i < 1024; i++)
        close(i);
    void *plugin = dlopen(arguments[1], RTLD_NOW);
    REQUIRE(plugin);
    say_ready_and_stay();
    REQUIRE(dlclose(plugin) == 0);
    int next = dup(0);
    REQUIRE(next == 3); /* nobody keeps a descriptor that the program does not know of */
    return 0;
}
