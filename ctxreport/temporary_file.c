#include "ctxreport/temporary_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Another one than before there were locks: those could still be at work on theirs. */
#define PREFIX ".ctxreport-new-"

enum { NUMBER_DIGITS = 16, NAME_SIZE = sizeof PREFIX + NUMBER_DIGITS, TRIES = 16 };

/* The longest rest between two tries is the shortest times two to the power of TRIES - 1: 33 ms. */
enum { SHORTEST_REST_NS = 1000 };

/* ---- names ---- */

static bool choose_name(char name[NAME_SIZE])
{
    uint64_t number;
    if (getrandom(&number, sizeof number, 0) != sizeof number)
        return false;
    snprintf(name, NAME_SIZE, PREFIX "%016" PRIx64, number);
    return true;
}

static bool is_such_name(const char *name)
{
    if (strncmp(name, PREFIX, sizeof PREFIX - 1) != 0)
        return false;
    const char *digits = name + sizeof PREFIX - 1;
    return strspn(digits, "0123456789abcdef") == NUMBER_DIGITS && !digits[NUMBER_DIGITS];
}

static void descriptor_path(char *out, size_t size, int descriptor)
{
    snprintf(out, size, "/proc/self/fd/%d", descriptor);
}

/* ---- locks ---- */

enum lock_result { LOCKED, BUSY, NO_LOCKS };

static enum lock_result lock(int descriptor)
{
    while (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
            return BUSY;
        if (errno != EINTR)
            return NO_LOCKS;
    }
    return LOCKED;
}

void temporary_file_unlock(int descriptor)
{
    flock(descriptor, LOCK_UN);
}

static bool is_file_of(int directory, const char *name, int descriptor)
{
    struct stat named, opened;
    return fstat(descriptor, &opened) == 0 &&
           fstatat(directory, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           named.st_dev == opened.st_dev && named.st_ino == opened.st_ino;
}

/* ---- making ---- */

/* A file without a name, which /proc can give one later. */
static int make_nameless(int directory)
{
    char path[32];
    int descriptor = openat(directory, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    descriptor_path(path, sizeof path, descriptor);
    if (descriptor < 0 || access(path, F_OK) == 0)
        return descriptor;
    close(descriptor);
    return -1;
}

/* -1: the name is taken, or the file was; EEXIST says that another name may do. */
static int make_named(int directory, const char *name)
{
    int descriptor =
        openat(directory, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return -1;
    if (lock(descriptor) != BUSY && is_file_of(directory, name, descriptor))
        return descriptor;
    unlinkat(directory, name, 0);
    close(descriptor);
    errno = EEXIST;
    return -1;
}

/*
 * Whoever sweeps has taken the new file before it was locked. On one processor that can go on: the
 * two wait for each other at the directory, so that each is let in when the other has had its turn.
 */
static void rest(int tries)
{
    nanosleep(&(struct timespec){.tv_nsec = (long)SHORTEST_REST_NS << tries}, NULL);
}

static bool keep_name(int directory, const char *chosen, char **name)
{
    *name = strdup(chosen);
    if (!*name)
        unlinkat(directory, chosen, 0);
    return *name != NULL;
}

int temporary_file_make(int directory, char **name)
{
    char chosen[NAME_SIZE];
    *name = NULL;
    int descriptor = make_nameless(directory);
    if (descriptor >= 0) {
        lock(descriptor);
        return descriptor;
    }
    for (int i = 0; i < TRIES && choose_name(chosen); i++) {
        descriptor = make_named(directory, chosen);
        if (descriptor >= 0)
            break;
        if (errno != EEXIST)
            return -1;
        rest(i);
    }
    if (descriptor < 0 || keep_name(directory, chosen, name))
        return descriptor;
    close(descriptor);
    errno = ENOMEM;
    return -1;
}

bool temporary_file_link(int directory, int descriptor, const char *temporary, const char *name)
{
    char path[32];
    descriptor_path(path, sizeof path, descriptor);
    return temporary ? linkat(directory, temporary, directory, name, 0) == 0
                     : linkat(AT_FDCWD, path, directory, name, AT_SYMLINK_FOLLOW) == 0;
}

bool temporary_file_name(int directory, int descriptor, char **name)
{
    char chosen[NAME_SIZE];
    for (int i = 0; i < TRIES && choose_name(chosen); i++) {
        if (temporary_file_link(directory, descriptor, NULL, chosen))
            return keep_name(directory, chosen, name);
        if (errno != EEXIST)
            return false;
    }
    return false;
}

/* ---- sweeping ---- */

static void remove_if_nobodys(int directory, const char *name)
{
    struct stat status;
    /* Looked at before it is opened: opening a device may already do something. */
    if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(status.st_mode) ||
        status.st_uid != geteuid())
        return;
    int descriptor = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0)
        return;
    if (lock(descriptor) == LOCKED && is_file_of(directory, name, descriptor))
        unlinkat(directory, name, 0);
    close(descriptor);
}

void temporary_file_sweep(int directory)
{
    int descriptor = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = descriptor >= 0 ? fdopendir(descriptor) : NULL;
    const struct dirent *entry;
    while (list && (entry = readdir(list)))
        if (is_such_name(entry->d_name))
            remove_if_nobodys(directory, entry->d_name);
    if (list)
        closedir(list);
    else if (descriptor >= 0)
        close(descriptor);
}
