/*
 * An executable file: its segments, sections, symbols and build id.
 *
 * Works without section headers as far as program headers have the answer. Addresses here are the
 * file's own (before a position-independent executable was relocated). Threads: one file belongs to
 * one thread.
 */
#ifndef CTXTRACE_IMAGE_ELF_FILE_H
#define CTXTRACE_IMAGE_ELF_FILE_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

struct elf_file;

struct elf_range {
    uint64_t address, size;
    uint64_t offset;    /* in the file */
    uint64_t file_size; /* bytes that the file has of it, the rest is zero */
    bool writable, executable;
};

#define ELF_BUILD_ID_SIZE 128

/*
 * Opens an executable or shared library of our processor (processor.h). `shown_as` is its name in
 * complaints, which may be better than `path`. NULL and a sentence when it is none.
 */
struct elf_file *elf_file_open(const char *path, const char *shown_as, struct error *error);
void elf_file_close(struct elf_file *file); /* NULL is fine */

int elf_file_descriptor(const struct elf_file *file);
bool elf_file_is_position_independent(const struct elf_file *file);
uint64_t elf_file_program_headers(const struct elf_file *file); /* address of them, 0 unknown */

/* PT_LOAD number `index`; false when there are not so many. */
bool elf_file_segment(const struct elf_file *file, size_t index, struct elf_range *range);
/* Copies what the file has at this address. false if it has not all of it. */
bool elf_file_read(const struct elf_file *file, uint64_t address, void *bytes, size_t size);
/* By name. false when there is none, or there are no section headers. */
bool elf_file_section(const struct elf_file *file, const char *name, struct elf_range *range);

/* Address of a symbol of that exact name. false when there is none, as in a stripped file. */
bool elf_file_symbol(const struct elf_file *file, const char *name, uint64_t *address);

/* A variable. */
struct elf_object {
    uint64_t address, size;
    char name[128]; /* cut off where it is longer */
};

/* The one in which the address lies. false when there is none, as in a stripped file. */
bool elf_file_object_at(const struct elf_file *file, uint64_t address, struct elf_object *object);

/* Go's build id if it has one, else GNU's. Returns its length in bytes, 0 for none. */
size_t elf_file_build_id(const struct elf_file *file, unsigned char id[ELF_BUILD_ID_SIZE]);

#endif
