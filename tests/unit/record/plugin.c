/*
 * A library that calls back through a frame of PLUGIN_FRAME bytes, in a function called
 * PLUGIN_INNER. Built several times: the libraries have the same code at the same addresses, but
 * for what these two change.
 */
void plugin_call(void (*call)(void));

static volatile int sink;

__attribute__((noinline)) static void PLUGIN_INNER(void (*call)(void))
{
    volatile char frame[PLUGIN_FRAME];
    frame[0] = 1;
    call();
    sink += frame[0];
}

__attribute__((visibility("default"))) void plugin_call(void (*call)(void))
{
    PLUGIN_INNER(call);
    sink++;
}
