/*
 * A Go program whose debug information lies about its types: the input changes offsets and sizes in
 * the layout, then all there is is read by it. The input is a list of
 *
 *     u8 which field, u8 what, i32 value
 */
#include "base/error.h"
#include "fuzz.h"
#include "go_image.h"
#include "golang/binary/layout.h"

static struct fuzz_input lies;

static int32_t changed(int32_t old, unsigned what, int32_t value)
{
    switch (what % 4) {
    case 0:
        return value;
    case 1:
        return value % 1024;
    case 2:
        return (int32_t)((uint32_t)old + (uint32_t)(value % 64));
    default:
        return old & ~7;
    }
}

bool __real_layout_find(struct layout *layout, int minor, const char *version, int descriptor,
                        struct error *error);
bool __wrap_layout_find(struct layout *layout, int minor, const char *version, int descriptor,
                        struct error *error);
bool __wrap_layout_find(struct layout *layout, int minor, const char *version, int descriptor,
                        struct error *error)
{
    if (!__real_layout_find(layout, minor, version, descriptor, error))
        return false;
    while (lies.size >= 6) {
        size_t field = fuzz_number(&lies, 1) % LAYOUT_FIELD_COUNT;
        unsigned what = (unsigned)fuzz_number(&lies, 1);
        int32_t value = (int32_t)fuzz_number(&lies, 4);
        layout->at[field] = changed(layout->at[field], what, value);
    }
    return layout_check(layout, version, error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    go_image_sound();
    lies = (struct fuzz_input){data, size};
    fuzz_clock_start();
    go_image_read_all(go_image_spoilt(NULL), size);
    fuzz_clock_stop();
    return 0;
}
