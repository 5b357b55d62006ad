/*
 * Paths of source files as a repository has them: --source-root.
 */
#ifndef CTXREPORT_SOURCE_ROOT_H
#define CTXREPORT_SOURCE_ROOT_H

/*
 * The part of a path that is below `root`; other absolute paths as they are. A relative one is what
 * the compiler was given: of one that leads out of a folder for building, which is in the root as a
 * rule, only what follows the ./ and ../ in front. Without a root (NULL) every path is as it is.
 * Points into `path`, which may be NULL.
 */
const char *path_in_sources(const char *path, const char *root);

#endif
