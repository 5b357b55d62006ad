#include "snapshot/snapshot.h"

#include <stdio.h>
#include <string.h>

const char *program_ending(const struct snapshot_program *program, char text[PROGRAM_ENDING_SIZE])
{
    const char *signal_name;
    switch (program->end) {
    case PROGRAM_EXITED:
        return "has exited";
    case PROGRAM_EXITED_WITH:
        snprintf(text, PROGRAM_ENDING_SIZE, "exited with status %d", program->end_detail);
        return text;
    case PROGRAM_KILLED_BY:
        signal_name = sigabbrev_np(program->end_detail);
        snprintf(text, PROGRAM_ENDING_SIZE, "was killed by signal %d%s%s%s", program->end_detail,
                 signal_name ? " (SIG" : "", signal_name ? signal_name : "",
                 signal_name ? ")" : "");
        return text;
    case PROGRAM_EXECED:
        return "became another program (exec)";
    default:
        return "ended, and nobody saw how (killed, crashed, or left by _exit)";
    }
}
