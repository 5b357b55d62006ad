#include "golang/proof.h"

#include "image/process.h"

#include <stdlib.h>
#include <time.h>

#define DEFAULT_PAUSE_NS INT64_C(250000000)
#define STOP_TIMEOUT_NS  INT64_C(1000000000)
#define BETWEEN_LOOKS_NS 20000000

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static bool no_memory(struct complaint *complaint)
{
    return complain(complaint, "memory ran out");
}

/* Marks over a frozen picture, so that nothing newer than the stop is mixed in. */
static bool judge(const struct go_program *program, const struct context_types *types,
                  struct picture *picture, struct facts *facts)
{
    struct verdicts verdicts = {0};
    memory_freeze(program->memory, true);
    bool good = marking_run(program, types, picture, &verdicts);
    memory_freeze(program->memory, false);
    verdicts.complete &=
        !picture->uncopied && !picture->goroutines.unreadable && !program->image->truncated;
    good = good && facts_from(picture, types, &verdicts, facts);
    verdicts_free(&verdicts);
    return good;
}

static bool without_proof(const struct go_program *program, const struct context_types *types,
                          enum precondition missing, struct picture *picture, struct facts *facts,
                          struct complaint *complaint)
{
    picture->taken_ns = now_ns();
    return (picture_read(program, types, picture) && facts_unknown(picture, missing, facts)) ||
           no_memory(complaint);
}

enum outcome { FAILED, NOT_STOPPED, JUDGED };

/* The stop itself. `stopped` tells why it failed, if it did. */
static bool copy_stopped(const struct go_program *program, struct picture *picture, bool *stopped,
                         struct complaint *complaint)
{
    struct image *image = program->image;
    int64_t begin = now_ns();
    *stopped = process_stop(image, STOP_TIMEOUT_NS, complaint);
    if (!*stopped)
        return false;
    bool good = image_refresh(image, complaint);
    picture->taken_ns = begin;
    if (good && !picture_copy(program, picture))
        good = no_memory(complaint);
    process_resume(image);
    picture->pause_ns = now_ns() - begin;
    return good;
}

bool proof_copy(const struct go_program *program, const struct context_types *types,
                struct picture *picture, struct complaint *complaint)
{
    bool stopped;
    if (program->image->live ? !copy_stopped(program, picture, &stopped, complaint)
                             : !picture_copy(program, picture))
        return false;
    return picture_examine(program, types, picture) || no_memory(complaint);
}

/* One stop: copies what is needed, lets the program run on, and judges. */
static enum outcome look(const struct go_program *program, const struct context_types *types,
                         struct picture *picture, struct facts *facts, struct complaint *why_not,
                         struct complaint *complaint)
{
    bool stopped;
    bool good = copy_stopped(program, picture, &stopped, why_not);
    if (!good)
        *complaint = *why_not;
    if (good && (!picture_examine(program, types, picture) ||
                 (picture->has_heap ? !judge(program, types, picture, facts)
                                    : !facts_unknown(picture, PRECONDITION_NOT_OBSERVABLE, facts))))
        good = no_memory(complaint);
    program->image->thread_count = 0; /* they are running again */
    return good ? JUDGED : stopped ? FAILED : NOT_STOPPED;
}

/* ---- the second look ---- */

/*
 * That nothing can wake a goroutine stays true once it is true. What a second look has to show is
 * only that it is still there, at the same place; then the first was no accident of the moment.
 */
static void withhold_moved(struct picture *picture, struct facts *facts,
                           struct goroutine **claimed, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (claimed[i]->moved)
            facts_withhold(facts, (size_t)(claimed[i] - picture->goroutines.items));
}

static size_t claimed_goroutines(struct picture *picture, const struct facts *facts,
                                 struct goroutine **claimed)
{
    size_t count = 0;
    for (size_t i = 0; i < picture->goroutines.count; i++)
        if (facts_claim_of_goroutine(facts, i))
            claimed[count++] = &picture->goroutines.items[i];
    return count;
}

/* A stop in which only the goroutines are read that something is claimed of. */
static bool confirm_goroutines(const struct go_program *program, struct picture *picture,
                               struct facts *facts, struct complaint *why_not,
                               struct complaint *complaint)
{
    struct goroutine **claimed = calloc(picture->goroutines.count + 1, sizeof *claimed);
    if (!claimed)
        return no_memory(complaint);
    size_t count = claimed_goroutines(picture, facts, claimed);
    int64_t begin = now_ns();
    if (process_stop(program->image, STOP_TIMEOUT_NS, why_not)) {
        goroutines_check(program, claimed, count);
        process_resume(program->image);
    } else {
        for (size_t i = 0; i < count; i++)
            claimed[i]->moved = true;
    }
    if (now_ns() - begin > picture->pause_ns)
        picture->pause_ns = now_ns() - begin;
    program->image->thread_count = 0;
    withhold_moved(picture, facts, claimed, count);
    free(claimed);
    return true;
}

/*
 * A context whose cancel function is lost may be about to become garbage, which is the harmless end
 * of many. That something holds it still is seen only by looking at everything again.
 */
static bool look_again(const struct go_program *program, const struct context_types *types,
                       struct picture *picture, struct facts *facts, struct complaint *why_not,
                       struct complaint *complaint)
{
    struct picture earlier_picture = *picture;
    struct facts earlier = *facts;
    *picture = (struct picture){0};
    *facts = (struct facts){0};
    enum outcome outcome = look(program, types, picture, facts, why_not, complaint);
    bool good = outcome == JUDGED;
    if (good)
        facts_agree(picture, facts, &earlier_picture, &earlier);
    else if (outcome == NOT_STOPPED)
        good = without_proof(program, types, PRECONDITION_TWO_PICTURES_AGREE, picture, facts,
                             complaint);
    if (earlier_picture.pause_ns > picture->pause_ns)
        picture->pause_ns = earlier_picture.pause_ns;
    picture_free(&earlier_picture);
    facts_free(&earlier);
    return good;
}

static bool claims_of_goroutines(const struct picture *picture, const struct facts *facts)
{
    for (size_t i = 0; i < picture->goroutines.count; i++)
        if (facts_claim_of_goroutine(facts, i))
            return true;
    return false;
}

static bool look_twice(const struct go_program *program, const struct context_types *types,
                       struct picture *picture, struct facts *facts, struct complaint *why_not,
                       struct complaint *complaint)
{
    enum outcome outcome = look(program, types, picture, facts, why_not, complaint);
    if (outcome == NOT_STOPPED)
        return without_proof(program, types, PRECONDITION_STOPPED_PROGRAM, picture, facts,
                             complaint);
    if (outcome == FAILED)
        return false;
    bool of_contexts = facts_claim_of_contexts(picture, facts);
    if (!of_contexts && !claims_of_goroutines(picture, facts))
        return true;
    nanosleep(&(struct timespec){0, BETWEEN_LOOKS_NS}, NULL);
    return of_contexts ? look_again(program, types, picture, facts, why_not, complaint)
                       : confirm_goroutines(program, picture, facts, why_not, complaint);
}

static bool of_core(const struct go_program *program, const struct context_types *types,
                    struct picture *picture, struct facts *facts, struct complaint *complaint)
{
    if (!picture_copy(program, picture) || !picture_examine(program, types, picture))
        return no_memory(complaint);
    bool good = picture->has_heap ? judge(program, types, picture, facts)
                                  : facts_unknown(picture, PRECONDITION_NOT_OBSERVABLE, facts);
    return good || no_memory(complaint);
}

bool proof_take(const struct go_program *program, const struct context_types *types,
                const struct proof_options *options, struct picture *picture, struct facts *facts,
                struct complaint *why_not, struct complaint *complaint)
{
    int64_t limit = options->max_pause_ns > 0 ? options->max_pause_ns : DEFAULT_PAUSE_NS;
    if (!image_refresh(program->image, complaint))
        return false;
    if (!program->image->live)
        return of_core(program, types, picture, facts, complaint);
    if (!options->wanted)
        return without_proof(program, types, PRECONDITION_STOPPED_PROGRAM, picture, facts,
                             complaint);
    int64_t estimate = picture_estimate_ns(program);
    if (estimate <= limit)
        return look_twice(program, types, picture, facts, why_not, complaint);
    complain(why_not, "the program would have to be stopped for about %lld ms (see --max-pause)",
             (long long)(estimate / 1000000));
    return without_proof(program, types, PRECONDITION_PAUSE_WITHIN_LIMIT, picture, facts,
                         complaint);
}
