/*
 * What others write into a program's segment: that they saw the program alive, and how and when it
 * ended. A program that hangs writes nothing, so without a witness its last sign of life is the
 * moment at which it began to hang.
 *
 * Only the words that the format leaves to witnesses are written ("Liveness" in segment/format.h).
 * Nothing is written where that is forbidden (image/machine_settings.h), nor to a file that we may
 * not write: a witness who cannot write is no failure, only the report is less exact.
 */
#ifndef CTXTRACE_SEGMENT_WITNESS_H
#define CTXTRACE_SEGMENT_WITNESS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The program was alive at `alive_ns` of its own clock, as a snapshot has it. The later of two
 * moments stays. Was it written?
 */
bool segment_saw_alive(const char *path, int64_t alive_ns);

/*
 * The child `pid` of the calling process has ended at `ended_ns` of our monotonic clock, with a
 * status as waitpid() gives it. Segments of other processes, and of one that is still alive, are
 * left alone; what the program itself has recorded about its end stays.
 */
void segment_saw_end(const char *path, int pid, int64_t ended_ns, int wait_status);

#endif
