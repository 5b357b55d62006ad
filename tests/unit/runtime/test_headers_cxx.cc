/* The library in C++, with what its headers define inline. */
#include <ctxtrace/ctxtrace.h>

#include <cerrno>
#include <cstdio>

static int failures;

static void expect(bool holds, const char *what)
{
    if (holds)
        return;
    std::fprintf(stderr, "failed: %s\n", what);
    failures++;
}

static int send_answer(ctxt_t *context, void *argument)
{
    int answer = 42;
    return ctxt_chan_send(context, static_cast<ctxt_chan_t *>(argument), &answer);
}

static int answer_or_done(ctxt_t *context, ctxt_chan_t *channel)
{
    int answer = 0;
    ctxt_case_t cases[] = {ctxt_case_receive(channel, &answer), ctxt_case_done(context),
                           ctxt_case_send(nullptr, nullptr), ctxt_case_after(CTXT_MINUTE)};
    return ctxt_select(cases, 4) == 0 ? answer : -1;
}

int main()
{
    ctxt_scope context = ctxt_with_timeout(ctxt_background(), CTXT_MINUTE);
    ctxt_chan_t *channel = ctxt_chan_new(sizeof(int), 0);
    ctxt_group_t *group = ctxt_group_new(context);
    expect(ctxt_group_go(group, send_answer, channel) == 0, "a task is started");
    expect(answer_or_done(context, channel) == 42, "its value is received");
    expect(ctxt_group_wait(group) == 0, "the group ends well");
    ctxt_chan_unref(channel);
    ctxt_cond_t condition = CTXT_COND_INIT;
    ctxt_cond_signal(&condition);
    ctxt_cancel_cause(context, 7, "reason %d", 1);
    expect(ctxt_sleep(context, CTXT_SECOND) == ECANCELED, "sleeping ends with the context");
    expect(ctxt_version()[0] != '\0', "there is a version");
    return failures != 0;
}
