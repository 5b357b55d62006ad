#include "image/symbol_table.h"

#include "base/array.h"
#include "base/invariant.h"
#include "base/lack.h"
#include "base/sorted.h"

#include <gelf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool add_entry(struct symbol_table *table, const struct symbol_entry *entry)
{
    if (!ARRAY_ROOM(table->entries, table->capacity, table->count + 1)) {
        lack_note();
        return false;
    }
    table->entries[table->count++] = *entry;
    return true;
}

static bool is_function(const GElf_Sym *symbol)
{
    unsigned type = GELF_ST_TYPE(symbol->st_info);
    return (type == STT_FUNC || type == STT_GNU_IFUNC) && symbol->st_shndx != SHN_UNDEF &&
           symbol->st_value != 0;
}

static void read_section(struct symbol_table *table, Elf *elf, Elf_Scn *section,
                         const GElf_Shdr *header)
{
    Elf_Data *data = elf_getdata(section, NULL);
    if (!data || header->sh_entsize == 0)
        return;
    size_t count = data->d_size / header->sh_entsize;
    for (size_t i = 0; i < count && i < INT32_MAX; i++) {
        GElf_Sym symbol;
        if (!gelf_getsym(data, (int)i, &symbol) || !is_function(&symbol))
            continue;
        const char *name = elf_strptr(elf, header->sh_link, symbol.st_name);
        struct symbol_entry entry = {
            .address = symbol.st_value, .size = symbol.st_size, .name = name};
        if (name && name[0] && !add_entry(table, &entry))
            return;
    }
}

void symbol_table_read(struct symbol_table *table, Elf *elf)
{
    for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) &&
            (header.sh_type == SHT_SYMTAB || header.sh_type == SHT_DYNSYM))
            read_section(table, elf, section, &header);
    }
}

/*
 * Where two symbols are at one address, the larger, and then the one with fewer underscores first.
 */
static int by_address(const void *a, const void *b)
{
    const struct symbol_entry *one = a, *other = b;
    if (one->address != other->address)
        return one->address < other->address ? -1 : 1;
    if (one->size != other->size)
        return one->size > other->size ? -1 : 1;
    size_t one_lead = strspn(one->name, "_"), other_lead = strspn(other->name, "_");
    return one_lead < other_lead ? -1 : one_lead > other_lead;
}

void symbol_table_sort(struct symbol_table *table)
{
    if (table->count > 0)
        qsort(table->entries, table->count, sizeof *table->entries, by_address);
    invariant(
        SORTED_ALL(i, table->count, by_address(&table->entries[i - 1], &table->entries[i]) <= 0));
}

void symbol_table_free(struct symbol_table *table)
{
    free(table->entries);
    *table = (struct symbol_table){0};
}

const char *symbol_table_find(const struct symbol_table *table, uint64_t address)
{
    size_t place = SORTED_FIRST(i, 0, table->count, table->entries[i].address > address);
    if (place == 0)
        return NULL;
    uint64_t start = table->entries[place - 1].address;
    while (place > 1 && table->entries[place - 2].address == start)
        place--;
    const struct symbol_entry *entry = &table->entries[place - 1];
    /* Hand-written assembly often has no size: it goes on to the next symbol, within reason. */
    uint64_t size = entry->size ? entry->size : 4096;
    return address - entry->address < size ? entry->name : NULL;
}
