/*
 * The contexts that a parent's own map of children knows.
 *
 * A map that says that it holds more children than were found is walked, whatever it is made of:
 * from its header along all pointers, but for those that are contexts themselves. Nothing has to be
 * known of buckets, groups or directories, which differ between releases; the map's keys are the
 * only interfaces in it, and its values are empty. What is walked is bounded by what the map says
 * that it holds.
 */
#ifndef CTXTRACE_GOLANG_MODEL_CHILDREN_MAPS_H
#define CTXTRACE_GOLANG_MODEL_CHILDREN_MAPS_H

#include "golang/model/context_search.h"

/*
 * Offers the children of all maps that know more than are linked to their owners. Returns whether
 * something new was found; then it has to be linked, and there may be more.
 */
bool children_maps_follow(struct context_search *search);

#endif
