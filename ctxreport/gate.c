#include "ctxreport/gate.h"

#include <string.h>

struct gate gate_default(void)
{
    return (struct gate){.confidence = CONFIDENCE_PROVED, .severity = SEVERITY_LOW};
}

/* The number of the word of that length among `count` of them; `count` if it is none. */
static unsigned number_of(const char *text, size_t length, const char *(*name)(unsigned),
                          unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (strlen(name(i)) == length && memcmp(name(i), text, length) == 0)
            return i;
    }
    return count;
}

static bool parse_word(const char *text, size_t length, struct gate *gate)
{
    unsigned confidence = number_of(text, length, confidence_name, CONFIDENCE_COUNT),
             severity = number_of(text, length, severity_name, SEVERITY_COUNT);
    if (confidence < CONFIDENCE_COUNT)
        gate->confidence = confidence;
    else if (severity < SEVERITY_COUNT)
        gate->severity = severity;
    else
        return false;
    return true;
}

bool gate_parse(const char *text, struct gate *gate)
{
    if (strcmp(text, "none") == 0) {
        gate->confidence = FAIL_ON_NOTHING;
        return true;
    }
    const char *comma = strchr(text, ',');
    if (!comma)
        return parse_word(text, strlen(text), gate);
    return parse_word(text, (size_t)(comma - text), gate) &&
           parse_word(comma + 1, strlen(comma + 1), gate);
}

bool gate_stops(const struct gate *gate, unsigned confidence, unsigned severity)
{
    return confidence >= gate->confidence && severity >= gate->severity;
}

unsigned confidence_of(const char *name)
{
    unsigned confidence = number_of(name, strlen(name), confidence_name, CONFIDENCE_COUNT);
    return confidence < CONFIDENCE_COUNT ? confidence : CONFIDENCE_SUSPECT;
}

unsigned severity_of(const char *name)
{
    unsigned severity = number_of(name, strlen(name), severity_name, SEVERITY_COUNT);
    return severity < SEVERITY_COUNT ? severity : SEVERITY_CRITICAL;
}
