/*
 * What /proc says of a process, with names in it that the process chose itself: command, paths of
 * mappings and sockets, the journal of executions. Files under /proc that are asked for are the
 * input, whichever they are; so is the journal.
 */
#include "base/error.h"
#include "fuzz.h"
#include "image/descriptor_names.h"
#include "image/permission.h"
#include "image/sockets.h"
#include "inspect/executions.h"
#include "segment/directory.h"
#include "segment/liveness.h"

#include <fcntl.h>
#include <stdarg.h>

static struct fuzz_input text;

static bool is_foreign(const char *path)
{
    return strncmp(path, "/proc/", 6) == 0 || strncmp(path, "/nowhere/", 9) == 0;
}

static int open_text(void)
{
    int descriptor = memfd_create("text", MFD_CLOEXEC);
    if (descriptor < 0 || write(descriptor, text.data, text.size) != (ssize_t)text.size ||
        lseek(descriptor, 0, SEEK_SET) != 0)
        abort();
    return descriptor;
}

FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode)
{
    return is_foreign(path) ? fdopen(open_text(), "r") : __real_fopen(path, mode);
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    unsigned mode = flags & O_CREAT ? va_arg(arguments, unsigned) : 0;
    va_end(arguments);
    return is_foreign(path) ? open_text() : __real_open(path, flags, mode);
}

ssize_t __wrap_readlink(const char *path, char *out, size_t size);
ssize_t __wrap_readlink(const char *path, char *out, size_t size)
{
    (void)path;
    size_t length = text.size < size ? text.size : size;
    if (length)
        memcpy(out, text.data, length);
    return (ssize_t)length;
}

static void look_at_sockets(void)
{
    char found[SOCKET_TEXT_SIZE];
    struct sockets sockets;
    sockets_read(&sockets, 1);
    for (uint64_t inode = 0; inode < 64; inode++)
        if (socket_text(&sockets, inode, found) && strlen(found) >= sizeof found)
            abort();
    sockets_free(&sockets);
}

static void look_at_descriptors(void)
{
    char name[DESCRIPTOR_NAME_SIZE];
    struct descriptor_names names;
    descriptor_names_init(&names, 1);
    for (int descriptor = 0; descriptor < 3; descriptor++) {
        descriptor_name(&names, descriptor, name);
        if (strlen(name) >= sizeof name)
            abort();
    }
    descriptor_names_free(&names);
}

static void look_at_journal(void)
{
    struct executions found;
    executions_read("/nowhere", "/bin/true", 1, &found);
    for (int pid = 0; pid < 8; pid++)
        executions_find(&found, pid);
    executions_free(&found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error error = {.sentence = ""};
    struct segment_file file = {.descriptor = -1, .header = {.pid = 1, .process_start_time = 1}};
    char path[256];
    text = (struct fuzz_input){data, size};
    fuzz_clock_start();
    look_at_sockets();
    look_at_descriptors();
    look_at_journal();
    segment_start_time(1);
    segment_life(&file);
    segment_directory_find(1, path, sizeof path);
    permission_explain_reading(1, &error);
    permission_explain_stopping(1, 1, &error);
    fuzz_clock_stop();
    return 0;
}
