/* C18: under a deadline, a plain read from a pipe that nobody may ever write to. */
#include "stay.h"

#include <unistd.h>

static _Atomic int reading;

OUT_OF_LINE static int read_reply(ctxt_t *context, void *argument)
{
    const int *descriptor = argument;
    char byte;
    /* A read that is not ours shows only if it is described, as a wrapper of read() would. */
    ctxt_wait_description_t description = {
        .object = CTXT_WAIT_DESCRIPTOR,
        .operation = CTXT_WAIT_TO_READ,
        .descriptor = *descriptor,
        .until_ns = CTXT_NEVER,
    };
    (void)context;
    reading++;
    uint32_t token = ctxt_wait_begin(&description);
    ssize_t got = read(*descriptor, &byte, 1);
    ctxt_wait_end(token);
    return got == 1 ? 0 : 1;
}

int main(void)
{
    static int ends[2];
    require(pipe(ends) == 0, "no pipe");
    ctxt_t *request = ctxt_with_timeout(ctxt_background(), 600 * CTXT_SECOND);
    ctxt_task_t *task = ctxt_go(request, read_reply, ends);
    require(task != NULL, "no thread");
    until_blocked(&reading, 1);
    say_ready_and_stay();
    require(write(ends[1], "x", 1) == 1, "no write");
    ctxt_join(ctxt_background(), task, NULL);
    ctxt_end_scope(&request);
    return 0;
}
