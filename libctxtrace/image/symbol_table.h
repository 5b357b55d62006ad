/* Functions by address, from the symbol table of an ELF file. For symbols.c. */
#ifndef CTXTRACE_IMAGE_SYMBOL_TABLE_H
#define CTXTRACE_IMAGE_SYMBOL_TABLE_H

#include <libelf.h>
#include <stddef.h>
#include <stdint.h>

struct symbol_entry {
    uint64_t address, size;
    const char *name; /* in the ELF file's memory */
};

struct symbol_table {
    struct symbol_entry *entries; /* by ascending address */
    size_t count, capacity;
};

/* Adds the functions of .symtab and .dynsym; what cannot be read is left out. */
void symbol_table_read(struct symbol_table *table, Elf *elf);
void symbol_table_sort(struct symbol_table *table);
void symbol_table_free(struct symbol_table *table);

/* The function that `address` is in, or NULL. */
const char *symbol_table_find(const struct symbol_table *table, uint64_t address);

#endif
