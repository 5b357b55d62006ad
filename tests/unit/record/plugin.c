/*
 * A library that calls back through a frame of PLUGIN_FRAME words, in a function called
 * PLUGIN_INNER. Built several times: the libraries have the same code at the same addresses, but
 * for what these two change. The frame is filled with a return address, so that whoever looks for
 * one by the rules of another of the libraries finds one.
 */
void plugin_call(void (*call)(void));

static volatile int sink;

__attribute__((noinline)) static void PLUGIN_INNER(void (*call)(void))
{
    void *volatile frame[PLUGIN_FRAME];
    for (int i = 0; i < PLUGIN_FRAME; i++)
        frame[i] = __builtin_return_address(0);
    call();
    sink += frame[0] != 0;
}

__attribute__((visibility("default"))) void plugin_call(void (*call)(void))
{
    PLUGIN_INNER(call);
    sink++;
}
