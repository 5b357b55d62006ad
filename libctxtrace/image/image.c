#include "image/image.h"

#include <stdlib.h>

void image_close(struct image *image)
{
    if (!image)
        return;
    if (image->close_state)
        image->close_state(image->state);
    memory_free(image->memory);
    elf_file_close(image->executable);
    free(image->threads);
    free(image->path);
    free(image->command);
    free(image);
}
