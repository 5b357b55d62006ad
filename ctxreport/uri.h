/* Paths as URIs (RFC 3986, RFC 8089). */
#ifndef CTXREPORT_URI_H
#define CTXREPORT_URI_H

/*
 * The URI of a file whose path is given as a report has it, with control characters and bytes that
 * are not UTF-8 as visible escapes (base/escape.h): these become the bytes that they stand for,
 * and all but letters, digits, "/" and "-._~" is percent-encoded. Relative paths give relative
 * references. To be freed; NULL when memory ran out.
 */
char *uri_of_path(const char *path);

#endif
