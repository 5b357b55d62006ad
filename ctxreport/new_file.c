#include "ctxreport/new_file.h"

#include "base/error.h"
#include "ctxreport/temporary_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- where ---- */

static int open_directory(const char *directory)
{
    int descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    /* One that may be entered but not listed will do. */
    if (descriptor < 0 && errno == EACCES)
        descriptor = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return descriptor;
}

int new_file_directory(const char *path, char **name, struct error *error)
{
    char *for_directory = strdup(path), *for_name = strdup(path);
    int directory = -1;
    *name = for_name ? strdup(basename(for_name)) : NULL;
    if (!for_directory || !*name)
        error_no_memory(error);
    else if ((directory = open_directory(dirname(for_directory))) < 0)
        error_set(error, "%s cannot be made: %s; name a directory that exists", path,
                  strerror(errno));
    free(for_directory);
    free(for_name);
    if (directory < 0) {
        free(*name);
        *name = NULL;
    }
    return directory;
}

/* ---- what is there ---- */

/* A file that is mounted by itself, as containers have them, cannot be replaced, only changed. */
static bool is_mount(int directory, const char *name)
{
    struct statx status;
    return statx(directory, name, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &status) == 0 &&
           (status.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) &&
           (status.stx_attributes & STATX_ATTR_MOUNT_ROOT);
}

bool new_file_may_replace(const char *path, int directory, const char *name,
                          const struct stat *status, struct error *error)
{
    if (S_ISLNK(status->st_mode))
        return error_set(error, "%s is a symbolic link; name the file itself", path);
    if (S_ISDIR(status->st_mode))
        return error_set(error, "%s is a directory; name a file", path);
    if (!S_ISREG(status->st_mode))
        return error_set(error, "%s is not a regular file; name another one", path);
    if (status->st_uid != geteuid())
        return error_set(error,
                         "%s belongs to another user (uid %u) and is left alone; name a file of "
                         "your own",
                         path, status->st_uid);
    if (is_mount(directory, name))
        return error_set(error,
                         "%s is mounted as a file, and cannot be replaced as a whole; name a "
                         "file in a directory",
                         path);
    return true;
}

static bool check_place(const struct new_file *file, struct error *error)
{
    struct stat status;
    if (fstatat(file->directory, file->name, &status, AT_SYMLINK_NOFOLLOW) == 0)
        return new_file_may_replace(file->path, file->directory, file->name, &status, error);
    return errno == ENOENT || error_set(error, "%s cannot be written: %s; name another file",
                                        file->path, strerror(errno));
}

/* ---- making ---- */

bool new_file_make(struct new_file *file, const char *path, struct error *error)
{
    *file = NEW_FILE_NONE;
    file->path = path;
    file->directory = new_file_directory(path, &file->name, error);
    if (file->directory < 0)
        return false;
    if (!check_place(file, error)) {
        new_file_abandon(file);
        return false;
    }
    temporary_file_sweep(file->directory);
    file->descriptor = temporary_file_make(file->directory, &file->temporary);
    /* The mode is not the umask's to choose. */
    if (file->descriptor >= 0 && fchmod(file->descriptor, 0600) == 0)
        return true;
    error_set(error, "%s cannot be written: its directory takes no new file: %s; name another",
              path, strerror(errno));
    new_file_abandon(file);
    return false;
}

void new_file_resemble(const struct new_file *file, const struct stat *status)
{
    mode_t mode = status->st_mode & 0777;
    /* What was the old group's to read is not to be another group's. */
    if (fchown(file->descriptor, (uid_t)-1, status->st_gid) != 0)
        mode &= ~(mode_t)070;
    (void)!fchmod(file->descriptor, mode);
}

/* ---- publishing ---- */

/* A name beside, which the last step needs to replace a file that is there. */
static bool name_it(struct new_file *file)
{
    return file->temporary ||
           temporary_file_name(file->directory, file->descriptor, &file->temporary);
}

static void forget_name(struct new_file *file)
{
    free(file->temporary);
    file->temporary = NULL;
}

static bool place_new(struct new_file *file)
{
    if (!temporary_file_link(file->directory, file->descriptor, file->temporary, file->name))
        return false;
    if (file->temporary)
        unlinkat(file->directory, file->temporary, 0);
    forget_name(file);
    return true;
}

static bool place_over(struct new_file *file)
{
    if (!name_it(file) ||
        renameat(file->directory, file->temporary, file->directory, file->name) != 0)
        return false;
    forget_name(file);
    return true;
}

bool new_file_publish(struct new_file *file, bool must_be_new, struct error *error)
{
    /* A disk that is full may say so only now. */
    if (fsync(file->descriptor) != 0)
        return error_set(error, "%s cannot be written: %s; what was there before is unchanged",
                         file->path, strerror(errno));
    if (!check_place(file, error))
        return false;
    if (!(must_be_new ? place_new(file) : place_over(file)))
        return error_set(error,
                         errno == EEXIST
                             ? "%s was made by another program meanwhile (%s); try again"
                             : "%s cannot be put in its place: %s; name another file",
                         file->path, strerror(errno));
    temporary_file_unlock(file->descriptor);
    /* Without this the name might not outlive a loss of power; the contents would. */
    fsync(file->directory);
    return true;
}

void new_file_abandon(struct new_file *file)
{
    if (file->temporary)
        unlinkat(file->directory, file->temporary, 0);
    if (file->descriptor >= 0)
        close(file->descriptor);
    if (file->directory >= 0)
        close(file->directory);
    free(file->temporary);
    free(file->name);
    *file = NEW_FILE_NONE;
}
