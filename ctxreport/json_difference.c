#include "ctxreport/json_difference.h"

#include "ctxreport/comparison.h"
#include "ctxreport/growth_between.h"
#include "ctxreport/json_stream.h"
#include "ctxreport/json_suppressions.h"

static json_t *side(bool there, unsigned confidence, int64_t count)
{
    if (!there)
        return json_null();
    return json_pack("{s:s,s:I}", "confidence", confidence_name(confidence), "count",
                     (json_int_t)count);
}

static void write_findings(struct json_stream *stream, const struct comparison *comparison)
{
    stream_begin(stream, "findings", '[');
    for (size_t i = 0; i < comparison->count; i++) {
        const struct compared *item = &comparison->items[i];
        json_t *value =
            json_pack("{s:s,s:s,s:s,s:s,s:s,s:o,s:o}", "change", change_name(item->change), "rule",
                      item->finding->rule, "fingerprint", item->finding->fingerprint, "site",
                      item->finding->site, "sentence", item->finding->sentence, "old",
                      side(item->had, item->old_confidence, item->older.count[0]), "new",
                      side(item->has, item->new_confidence, item->newer.count[0]));
        if (value)
            stream_value(stream, NULL, value);
    }
    stream_end(stream);
}

static void write_grown(struct json_stream *stream, const struct growth_between *growth)
{
    stream_begin(stream, "grown", '[');
    for (size_t i = 0; i < growth->count; i++) {
        const struct grown_between *item = &growth->items[i];
        json_t *value = json_pack("{s:s,s:s,s:s,s:I,s:I}", "fingerprint", item->fingerprint, "site",
                                  item->site, "sentence", item->sentence, "old",
                                  (json_int_t)item->old_count, "new", (json_int_t)item->new_count);
        if (value)
            stream_value(stream, NULL, value);
    }
    stream_end(stream);
}

bool json_difference(const struct format_difference *difference, FILE *out, struct error *error)
{
    struct json_stream stream = {.out = out};
    stream_begin(&stream, NULL, '{');
    stream_value(&stream, "ctxtrace_diff", json_integer(1));
    stream_value(&stream, "exit_status", json_integer(difference->exit_status));
    write_findings(&stream, difference->comparison);
    write_grown(&stream, difference->growth);
    bool good =
        json_suppressions(&stream, difference->newer->store, difference->newer->runs[0], error);
    stream_end(&stream);
    return good;
}
