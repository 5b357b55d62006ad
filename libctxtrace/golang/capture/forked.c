#include "golang/capture/forked.h"

#include "base/clock.h"
#include "base/error.h"
#include "image/clone_room.h"
#include "image/process.h"

/* Each page that the program first writes to while it has a clone costs it 3 us. */
#define CLONE_LIMIT_NS (10 * NS_PER_SECOND)

enum capture_outcome capture_forked(const struct go_program *program,
                                    const struct inject_place *place, int64_t limit_ns,
                                    struct go_capture *capture, struct error *why_not,
                                    struct error *error)
{
    if (!place->start) {
        error_set(why_not, "no code of its runtime was found that runs only once");
        return CAPTURE_NOT_STOPPED;
    }
    if (!clone_room_is_there(program->image->directory, &clone_room_system, why_not))
        return CAPTURE_NOT_STOPPED;
    struct pause pause = stopped_pause(program, limit_ns);
    pause.place = place;
    pause.clone_limit_ns = CLONE_LIMIT_NS;
    enum capture_outcome outcome = stopped_capture(program, &pause, capture, why_not, error);
    if (outcome != CAPTURE_TOO_LONG)
        return outcome;
    error_set(why_not, "%s",
              pause.cloned ? "reading its clone took too long" : obstacle_text(INJECT_LATE));
    return CAPTURE_NOT_STOPPED;
}
