/* SQLite and jansson allocate by functions that fail as those of failing.h do. */
#ifndef CTXTRACE_TESTS_LIBRARIES_H
#define CTXTRACE_TESTS_LIBRARIES_H

/* Before either is used. */
void failing_in_libraries(void);

#endif
