#ifndef CTXTRACE_BASE_BASE_NAME_H
#define CTXTRACE_BASE_BASE_NAME_H

/* What comes after the last slash of a path; all of it if there is none. Points into it. */
const char *base_name(const char *path);

#endif
