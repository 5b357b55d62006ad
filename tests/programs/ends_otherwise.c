/*
 * Ends in ways that no exit handler sees, with a context left behind: by _exit(), or by becoming
 * another program. Not a defect in itself.
 */
#include "stay.h"

#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    require(argc == 2, "say how to end: _exit or exec");
    require(ctxt_with_cancel(ctxt_background()) != NULL, "no memory");
    say_ready_and_stay();
    if (strcmp(argv[1], "_exit") == 0)
        _exit(3);
    execlp("sleep", "sleep", "1000", (char *)NULL);
    return 1;
}
