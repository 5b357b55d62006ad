/*
 * A foreign program as a whole: its memory, its executable, its threads; live or a core.
 *
 * Threads: one image belongs to one thread.
 */
#ifndef CTXTRACE_IMAGE_IMAGE_H
#define CTXTRACE_IMAGE_IMAGE_H

#include "base/error.h"
#include "image/elf_file.h"
#include "image/intervention.h"
#include "image/memory.h"

#include <stddef.h>
#include <stdint.h>

#define IMAGE_REGISTERS    16
#define IMAGE_VECTOR_WORDS 64

struct stopper;

struct image_thread {
    int tid;
    int own_tid; /* as the program knows it: another number in a PID namespace of its own */
    bool asleep; /* in a system call: it was not stopped, and only what that is told is known */
    uint64_t pc, sp;
    uint64_t fs_base;                     /* thread-local storage; 0 unknown */
    uint64_t record;                      /* where the program keeps its own record of it; or 0 */
    uint64_t registers[IMAGE_REGISTERS];  /* the general ones, in no particular order */
    uint64_t vectors[IMAGE_VECTOR_WORDS]; /* see processor.h; 0 of one in a system call */
};

struct image {
    int pid;
    bool live;
    int directory; /* of a live process, in /proc: never that of another which gets its number */
    struct memory *memory;
    struct elf_file *executable;
    uint64_t bias;      /* where an address of the executable's file is in memory, less it */
    char *path;         /* of the executable, as a person knows it */
    char *command;      /* command line, words separated by blanks; never NULL */
    int64_t started_ns; /* monotonic; INT64_MIN unknown */
    struct image_thread *threads; /* of a core, or of a process while it is stopped */
    size_t thread_count, thread_capacity;
    struct intervention stops, thread_stops; /* of all threads, and of one after the other */
    struct intervention clones;              /* and how long they were there */
    bool truncated;                          /* a core that is shorter than it says */
    int64_t stopped_each_ns; /* how long stopping a thread took, the last time; 0: never */
    struct stopper *stopper; /* while it is stopped, see process.h */
    void *state;             /* the backend's */
    void (*close_state)(void *state);
};

/*
 * A live process. Needs the permission to trace it. NULL and a sentence when it is not there, may
 * not be read, or is a program of another processor.
 */
struct image *image_open_process(int pid, struct error *error);

/*
 * A core file. `executable` is the path of the program that left it, NULL to take the path that the
 * core names. An executable of another build is refused.
 */
struct image *image_open_core(const char *path, const char *executable, struct error *error);

void image_close(struct image *image); /* NULL is fine; resumes a stopped process */

/*
 * Forgets what was read of writable memory and reads a live process's mappings again. false when
 * the process has ended, or runs another program by now.
 */
bool image_refresh(struct image *image, struct error *error);

/*
 * Is this still the process that was opened, running the same program? A PID is reused when its
 * process has ended. If it is, all that was read before came from that process. A core stays what
 * it is.
 */
bool image_is_same(const struct image *image, struct error *error);

#endif
