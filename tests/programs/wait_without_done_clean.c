/* C18, as it should be: a read that ends with the deadline. */
#include "stay.h"

#include <fcntl.h>
#include <unistd.h>

OUT_OF_LINE static int read_reply(ctxt_t *context, void *argument)
{
    const int *descriptor = argument;
    char byte;
    return ctxt_read(context, *descriptor, &byte, 1) == 1 ? 0 : 1;
}

int main(void)
{
    static int ends[2];
    require(pipe2(ends, O_NONBLOCK) == 0, "no pipe");
    ctxt_t *request = ctxt_with_timeout(ctxt_background(), 600 * CTXT_SECOND);
    ctxt_task_t *task = ctxt_go(request, read_reply, ends);
    require(task != NULL, "no thread");
    say_ready_and_stay();
    require(write(ends[1], "x", 1) == 1, "no write");
    ctxt_join(ctxt_background(), task, NULL);
    ctxt_end_scope(&request);
    return 0;
}
