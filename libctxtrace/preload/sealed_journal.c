#include "preload/sealed_journal.h"

#include "segment/executions.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static struct sealed_executions *_Atomic shared;

void sealed_journal_open(const char *path)
{
    struct stat status;
    int file = shared ? -1 : open(path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK);
    if (file < 0)
        return;
    if (fstat(file, &status) == 0 && status.st_size == SEALED_EXECUTIONS_SIZE) {
        void *mapped =
            mmap(NULL, SEALED_EXECUTIONS_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        shared = mapped == MAP_FAILED ? NULL : mapped;
    }
    close(file);
}

char *sealed_journal_reserve(size_t size)
{
    struct sealed_executions *journal = shared;
    if (!journal || size > sizeof journal->records)
        return NULL;
    uint64_t at = atomic_fetch_add_explicit(&journal->used, size, memory_order_relaxed);
    return at <= sizeof journal->records - size ? journal->records + at : NULL;
}

void sealed_journal_set_kind(char *record, char kind)
{
    __atomic_store_n(record, kind, __ATOMIC_RELEASE);
}
