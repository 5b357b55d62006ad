/* A page of memory, on the processors that there are files for. */
#ifndef CTXTRACE_BASE_PAGE_H
#define CTXTRACE_BASE_PAGE_H

enum { PAGE_BYTES = 4096 };

#endif
