#include "findings/rule.h"

#include "base/clock.h"

struct thresholds thresholds_default(void)
{
    return (struct thresholds){
        .min_age_ns = NS_PER_SECOND,
        .max_depth = 50,
        .max_repeats = 3,
        .max_children = 1000,
        .max_lag_ns = NS_PER_SECOND,
        .max_registrations = 10,
        .min_growth = 4,
    };
}

const char *confidence_name(unsigned confidence)
{
    static const char *const names[CONFIDENCE_COUNT] = {"suspect", "likely", "proved"};
    return confidence < CONFIDENCE_COUNT ? names[confidence] : "unknown";
}

const char *severity_name(unsigned severity)
{
    static const char *const names[SEVERITY_COUNT] = {"low", "medium", "high", "critical"};
    return severity < SEVERITY_COUNT ? names[severity] : "unknown";
}

const char *subject_kind_name(unsigned kind)
{
    static const char *const names[SUBJECT_KIND_COUNT] = {"context", "task", "object"};
    return kind < SUBJECT_KIND_COUNT ? names[kind] : "unknown";
}
