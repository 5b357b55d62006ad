#include "ctxreport/json_list.h"

#include "ctxreport/json_stream.h"
#include "inspect/watchable.h"

void json_list(const struct watchables *found, FILE *out)
{
    struct json_stream stream = {.out = out};
    stream_begin(&stream, NULL, '{');
    stream_value(&stream, "ctxtrace_list", json_integer(1));
    stream_begin(&stream, "targets", '[');
    for (size_t i = 0; i < found->count; i++) {
        const struct watchable *item = &found->items[i];
        json_t *value = json_object();
        json_object_set_new(value, "target", json_text(item->target));
        json_object_set_new(value, "pid", json_integer(item->pid));
        json_object_set_new(value, "state", json_string(watchable_state_name(item->state)));
        json_object_set_new(value, "source", json_string(item->source));
        json_object_set_new(value, "uid", json_integer(item->uid));
        json_object_set_new(value, "command", json_text(item->command));
        if (item->counted) {
            json_object_set_new(value, "contexts", json_integer((json_int_t)item->contexts));
            json_object_set_new(value, "started_ns", json_integer(item->started_realtime_ns));
        }
        stream_value(&stream, NULL, value);
    }
    stream_end(&stream);
    stream_value(&stream, "quiet", json_integer((json_int_t)found->quiet_count));
    stream_end(&stream);
}
