#include "image/regular_file.h"

#include "image/seen_path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* NONBLOCK and NOCTTY matter only without /proc, where the name has to be opened once more. */
enum { FLAGS = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY };

static int close_with(int descriptor, int number)
{
    close(descriptor);
    errno = number;
    return -1;
}

/* For reading, what `place` stands for. */
static int open_again(int place, const struct stat *expected, const char *path)
{
    char link[32];
    struct stat status;
    snprintf(link, sizeof link, "/proc/self/fd/%d", place);
    int descriptor = open(link, FLAGS);
    if (descriptor < 0 && errno == ENOENT)
        descriptor = seen_path_open(path, FLAGS);
    if (descriptor < 0)
        return -1;
    if (fstat(descriptor, &status) != 0)
        return close_with(descriptor, errno);
    bool same = status.st_dev == expected->st_dev && status.st_ino == expected->st_ino;
    return same ? descriptor : close_with(descriptor, EINVAL);
}

int regular_file_open(const char *path, struct stat *out)
{
    struct stat status;
    int place = seen_path_open(path, O_PATH | O_CLOEXEC);
    if (place < 0)
        return -1;
    if (fstat(place, &status) != 0)
        return close_with(place, errno);
    if (!S_ISREG(status.st_mode))
        return close_with(place, EINVAL);
    int descriptor = open_again(place, &status, path);
    int number = errno;
    close(place);
    errno = number;
    if (descriptor >= 0 && out)
        *out = status;
    return descriptor;
}

const char *regular_file_error(int number)
{
    return number == EINVAL ? "it is not a regular file" : strerror(number);
}

Elf *regular_file_elf(int descriptor)
{
    struct stat status;
    elf_version(EV_CURRENT);
    if (fstat(descriptor, &status) != 0 || status.st_size > REGULAR_FILE_MAX_ELF)
        return NULL;
    return elf_begin(descriptor, ELF_C_READ, NULL);
}
