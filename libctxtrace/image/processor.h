/*
 * What depends on the processor of the programs that are looked at: a thread's registers, and the
 * system call that it is in. A file for each processor, processor_x86_64.c; another is one more
 * file. Programs of other processors than our own are not read.
 */
#ifndef CTXTRACE_IMAGE_PROCESSOR_H
#define CTXTRACE_IMAGE_PROCESSOR_H

#include "image/image.h"

#include <sys/user.h>

extern const char processor_name[];      /* as a person knows it */
extern const char processor_go_name[];   /* as GOARCH */
extern const unsigned processor_machine; /* ELF's number of it */

/* Fills in what the general registers show: themselves, pc, sp, and thread-local storage. */
void processor_see(const struct user_regs_struct *registers, struct image_thread *seen);

/* What a thread in a system call is known to have in them: the call's arguments, and sp. */
void processor_see_call(const uint64_t arguments[6], uint64_t sp, struct image_thread *seen);

/* ---- of a thread that is stopped; by system calls only, as they are used in the stopper ---- */

bool processor_registers(int tid, struct user_regs_struct *registers);

/* The number of the system call that it is in, less than 0 if it is in none. */
long processor_call(const struct user_regs_struct *registers);
void processor_call_arguments(const struct user_regs_struct *registers, uint64_t arguments[6]);
int64_t processor_call_result(const struct user_regs_struct *registers);
void processor_set_call_result(int tid, const struct user_regs_struct *registers, int64_t result);

/* ---- vector registers ---- */

/*
 * The vector registers of a thread, word by word. Memory is copied through them, so a pointer can
 * be in one and nowhere else: while a slice is shifted, its old place is overwritten before it is
 * stored in its new one. Taken from the processor's state as the kernel gives it; registers that
 * are not in it are 0.
 */
void processor_vectors(const void *area, size_t size, uint64_t words[IMAGE_VECTOR_WORDS]);

/* Does a core's note of this type have that state? Of several the last one counts. */
bool processor_is_vector_note(unsigned type);
/* What ptrace(PTRACE_GETREGSET) calls it. */
unsigned processor_vector_note(void);

#endif
