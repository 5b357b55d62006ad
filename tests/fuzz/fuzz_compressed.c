/* Compressed cores: damaged, cut, of streams behind each other, and what they hold is no core. */
#include "base/error.h"
#include "fuzz.h"
#include "image/decompress.h"
#include "image/image.h"

#include <sys/stat.h>

enum { MOST = 16 << 20 }; /* bytes that one input may become: more only takes time */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fuzz_file file;
    struct error error = {.sentence = ""};
    struct stat status;
    bool is_cut = false;
    fuzz_file_write(&file, data, size);
    if (lseek(file.descriptor, 0, SEEK_SET) != 0)
        abort();
    fuzz_clock_start();
    int plain = decompress_core(file.descriptor, "the input", &is_cut, &error);
    if (plain < 0 && !error.sentence[0])
        abort();
    bool small = plain >= 0 && fstat(plain, &status) == 0 && status.st_size <= MOST;
    if (plain >= 0)
        close(plain);
    if (small)
        image_close(image_open_core(file.path, "/dev/null", &error));
    fuzz_clock_stop();
    return 0;
}
