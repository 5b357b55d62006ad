/*
 * The contexts in a parent's own map of children.
 *
 * A map that claims more children than were found is walked, whatever its implementation: from its
 * header along all pointers except those to contexts. Buckets, groups and directories, which differ
 * between releases, need not be known; the map's keys are the only interfaces in it, and its values
 * are empty. The walk is bounded by the number of children that the map claims.
 */
#ifndef CTXTRACE_GOLANG_MODEL_CHILDREN_MAPS_H
#define CTXTRACE_GOLANG_MODEL_CHILDREN_MAPS_H

#include "golang/model/context_search.h"

/*
 * Offers the children in all maps that have more of them than are linked to the owner. Returns
 * whether something new was found; then that has to be linked, and there may be more.
 */
bool children_maps_follow(struct context_search *search);

#endif
