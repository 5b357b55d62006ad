/* The size of a page on every processor supported here, and addresses rounded to pages. */
#ifndef CTXTRACE_BASE_PAGE_H
#define CTXTRACE_BASE_PAGE_H

#include <stdint.h>

#define PAGE_BYTES UINT64_C(4096)

static inline uint64_t page_round_down(uint64_t address)
{
    return address & ~(PAGE_BYTES - 1);
}

/* 0 in the last page of the address space. */
static inline uint64_t page_round_up(uint64_t address)
{
    return page_round_down(address + PAGE_BYTES - 1);
}

#endif
