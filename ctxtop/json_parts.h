/* One thing of a snapshot as a JSON value. All return NULL when memory ran out. */
#ifndef CTXTOP_JSON_PARTS_H
#define CTXTOP_JSON_PARTS_H

#include "ctxtop/view.h"

#include <jansson.h>

/* Never is null; a moment that is not known is left out by its caller. */
void json_set_time(json_t *object, const char *name, int64_t moment);
/* Empty text is left out. */
void json_set_text(json_t *object, const char *name, const char *text);
void json_set_string(json_t *object, const char *name, const struct snapshot *snapshot,
                     snapshot_string string);

json_t *json_program(const struct sample *sample);
json_t *json_counts(const struct sample *sample);
json_t *json_loss(const struct sample *sample, uint32_t index);
json_t *json_context(const struct sample *sample, uint32_t index);
json_t *json_task(const struct sample *sample, uint32_t index);
json_t *json_object_waited_for(const struct sample *sample, uint32_t index);
json_t *json_wait(const struct sample *sample, uint32_t index);
json_t *json_finding(const struct sample *sample, uint32_t index);
json_t *json_site(const struct sample *sample, uint32_t index);
json_t *json_event(const struct sample *sample, uint32_t index);
json_t *json_stack(const struct sample *sample, uint32_t index);

#endif
