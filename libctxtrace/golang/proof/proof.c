#include "golang/proof/proof.h"

#include "base/clock.h"
#include "base/duration.h"
#include "base/error.h"
#include "golang/binary/experiments.h"
#include "golang/capture/estimate.h"
#include "golang/capture/forked.h"
#include "golang/capture/stopped.h"
#include "golang/proof/progress.h"
#include "golang/proof/retention_path.h"
#include "image/prefetch.h"
#include "image/process.h"

#include <stdlib.h>

#define DEFAULT_PAUSE_NS (250 * NS_PER_MS)
#define BETWEEN_LOOKS_NS (20 * NS_PER_MS)
#define LAGGARDS_NS      (3 * NS_PER_SECOND) /* how long they are waited for */

/* One look in the making. */
struct taking {
    const struct go_program *program;
    const struct context_types *types;
    const struct proof_options *options;
    int64_t limit_ns; /* of a stop */
    struct go_capture *capture;
    struct model *model;
    struct facts *facts;
    struct progress *progress; /* since the capture */
    struct error *why_not, *not_cloned, *error;
};

static bool no_memory(const struct taking *taking)
{
    return error_no_memory(taking->error);
}

/* For a build that was not tested everything is unknown, whatever a marking would say. */
static bool may_claim(const struct taking *taking)
{
    char why[256];
    const struct go_program *program = taking->program;
    if (taking->options->any_build ||
        go_build_is_tested(program->version, program->minor, why, sizeof why))
        return true;
    error_set(taking->why_not, "%s", why);
    return false;
}

/* Marks over the capture. */
static bool judge(const struct taking *taking)
{
    struct verdicts verdicts = {0}, if_hidden = {0};
    const struct go_program *program = &taking->capture->program;
    struct model *model = taking->model;
    if (!model->has_heap)
        return facts_unknown(model, PRECONDITION_NOT_OBSERVABLE, taking->facts);
    if (!may_claim(taking))
        return facts_unknown(model, PRECONDITION_TESTED_BUILD, taking->facts);
    progress_free(taking->progress);
    bool good = marking_run(program, taking->types, model, &verdicts, &if_hidden) &&
                progress_begin(program, taking->progress);
    verdicts.complete &= model->whole && !program->image->truncated;
    if (!verdicts.complete)
        error_set(taking->why_not, "not everything that can refer to something could be read");
    good = good && facts_from(model, taking->types, &verdicts, taking->facts);
    if (good && if_hidden.goroutines)
        good = facts_doubt(model, taking->types, &if_hidden, taking->facts);
    verdicts_free(&verdicts);
    verdicts_free(&if_hidden);
    return good;
}

static bool without_proof(const struct taking *taking, enum precondition missing)
{
    struct model *model = taking->model;
    model->taken_ns = now_ns();
    bool good = model_read(taking->program, taking->types, taking->options->scan,
                           taking->options->search_ns, model) &&
                facts_unknown(model, missing, taking->facts);
    if (!good)
        return no_memory(taking);
    return image_is_same(taking->program->image, taking->error);
}

/* ---- one look ---- */

static void say_too_long(const struct taking *taking, int64_t estimate_ns)
{
    char estimate[DURATION_SIZE];
    error_set(taking->why_not,
              "the program would have to be stopped for about %s (see --max-pause)",
              duration_text(estimate, sizeof estimate, estimate_ns));
}

/* How long the program would have to be stopped: to stop, to be copied, and to be let go. */
static int64_t estimate_of(const struct taking *taking)
{
    return capture_estimate_ns(taking->program, taking->limit_ns, taking->capture) +
           process_estimate_ns(taking->program->image);
}

/* false, and why: it would have to be stopped for longer than it may be. */
static bool is_short_enough(const struct taking *taking)
{
    int64_t estimate = estimate_of(taking);
    if (estimate > taking->limit_ns)
        say_too_long(taking, estimate);
    return estimate <= taking->limit_ns;
}

/* Of its clone, where there is to be one and can be; else while it is stopped. */
static enum capture_outcome capture(const struct taking *taking)
{
    const struct go_program *program = taking->program;
    int64_t pause_ns = 0;
    if (taking->options && taking->options->place) {
        enum capture_outcome outcome =
            capture_forked(program, taking->options->place, taking->limit_ns, taking->capture,
                           taking->not_cloned, taking->error);
        if (outcome != CAPTURE_NOT_STOPPED)
            return outcome;
        pause_ns = taking->capture->pause_ns;
        capture_empty(taking->capture);
        taking->capture->pause_ns = pause_ns;
        if (!is_short_enough(taking))
            return CAPTURE_NOT_STOPPED;
    }
    enum capture_outcome outcome =
        capture_stopped(program, taking->limit_ns, taking->capture, taking->why_not, taking->error);
    if (pause_ns > taking->capture->pause_ns)
        taking->capture->pause_ns = pause_ns;
    return outcome;
}

/* Captures what is needed and judges, while the program runs on. */
static enum capture_outcome look(const struct taking *taking)
{
    enum capture_outcome outcome = capture(taking);
    taking->model->pause_ns = taking->capture->pause_ns;
    if (outcome != CAPTURE_MADE)
        return outcome;
    if (model_of_capture(taking->capture, taking->types, taking->model) && judge(taking))
        return CAPTURE_MADE;
    no_memory(taking);
    return CAPTURE_FAILED;
}

/* Shows what there is without proof, after a stop that came to nothing. */
static bool make_do(const struct taking *taking, enum capture_outcome outcome,
                    enum precondition missing)
{
    int64_t pause_ns = taking->model->pause_ns;
    capture_free(taking->capture);
    memory_drop_all(taking->program->memory);
    if (outcome == CAPTURE_FAILED)
        return false;
    if (outcome == CAPTURE_TOO_LONG) {
        char limit[DURATION_SIZE];
        missing = PRECONDITION_PAUSE_WITHIN_LIMIT;
        error_set(taking->why_not, "stopping the program for %s was not enough (see --max-pause)",
                  duration_text(limit, sizeof limit, taking->limit_ns));
    }
    model_free(taking->model);
    /* What is shown now is what is there now, and not the rest of a broken-off copy. */
    bool good =
        image_refresh(taking->program->image, taking->error) && without_proof(taking, missing);
    taking->model->pause_ns = pause_ns;
    return good;
}

static int64_t limit_of(int64_t max_pause_ns)
{
    return max_pause_ns > 0 ? max_pause_ns : DEFAULT_PAUSE_NS;
}

/* ---- the second stop ---- */

static size_t claimed_goroutines(struct model *model, const struct facts *facts,
                                 struct goroutine **claimed)
{
    size_t count = 0;
    for (size_t i = 0; i < model->goroutines.count; i++)
        if (facts_claim_of_goroutine(facts, i))
            claimed[count++] = &model->goroutines.items[i];
    return count;
}

/*
 * Once nothing can wake a goroutine, nothing ever will. So for a program at rest a second look only
 * has to show that the goroutine is still in the same place; then the first look was no accident of
 * the moment. This stop reads only the goroutines that something is claimed about.
 */
static void confirm(const struct taking *taking, struct goroutine **claimed, size_t count)
{
    struct model *model = taking->model;
    bool checked = stopped_check(taking->program, taking->limit_ns, claimed, count,
                                 &model->pause_ns, taking->why_not);
    for (size_t i = 0; i < count; i++) {
        if (!checked || claimed[i]->moved)
            facts_withhold(taking->facts, (size_t)(claimed[i] - model->goroutines.items));
        claimed[i]->moved = false; /* since the capture; in it, it stood still */
    }
}

static bool confirm_goroutines(const struct taking *taking)
{
    struct goroutine **claimed = calloc(taking->model->goroutines.count + 1, sizeof *claimed);
    if (!claimed)
        return no_memory(taking);
    size_t count = claimed_goroutines(taking->model, taking->facts, claimed);
    if (count)
        confirm(taking, claimed, count);
    free(claimed);
    return true;
}

/*
 * Is a goroutine's stack still not enough?
 *
 * A context whose cancel function is lost may be about to become garbage, as many do, harmlessly:
 * only a second look at everything shows that something still holds it. What only a parent's
 * cancellation could wake can be woken by more once that has happened. Where the queues of
 * finalizers cannot be found, a finalizer that is due may hold anything for a moment. So may a
 * thread that ran Go code when it was captured.
 */
static bool needs_second_capture(const struct taking *taking)
{
    const struct model *model = taking->model;
    if (facts_claim_of_contexts(model, taking->facts) || !taking->progress->was_at_rest)
        return true;
    for (size_t i = 0; i < model->goroutines.count; i++) {
        bool leaked = taking->facts->wakeable[i].value == FACT_NO;
        bool by_parent = taking->facts->wakeable_without_parent[i].value == FACT_NO && !leaked;
        if (by_parent || (leaked && !taking->program->last_finalizers))
            return true;
    }
    return false;
}

static bool look_again(const struct taking *taking)
{
    struct model earlier_model = *taking->model;
    struct facts earlier = *taking->facts;
    *taking->model = (struct model){0};
    *taking->facts = (struct facts){0};
    capture_empty(taking->capture);
    enum capture_outcome outcome = look(taking);
    bool good = true;
    if (outcome == CAPTURE_MADE)
        facts_agree(taking->model, taking->facts, &earlier_model, &earlier);
    else
        good = make_do(taking, outcome, PRECONDITION_TWO_SNAPSHOTS_AGREE);
    if (earlier_model.pause_ns > taking->model->pause_ns)
        taking->model->pause_ns = earlier_model.pause_ns;
    model_free(&earlier_model);
    facts_free(&earlier);
    return good;
}

static bool claims_something(const struct taking *taking)
{
    for (size_t i = 0; i < taking->model->goroutines.count; i++)
        if (facts_claim_of_goroutine(taking->facts, i))
            return true;
    return facts_claim_of_contexts(taking->model, taking->facts);
}

/* What is claimed has to hold a second time, independently of the first; see progress.h. */
static bool confirm_claims(const struct taking *taking)
{
    struct image *image = taking->program->image;
    if (!claims_something(taking))
        return true;
    if (progress_wait(image, taking->progress, BETWEEN_LOOKS_NS, now_ns() + LAGGARDS_NS))
        return needs_second_capture(taking) ? look_again(taking) : confirm_goroutines(taking);
    error_set(taking->why_not, "thread %d did not go on for %d seconds",
              taking->progress->laggards[0].thread.tid, (int)(LAGGARDS_NS / NS_PER_SECOND));
    facts_withhold_all(taking->model, taking->facts, PRECONDITION_THREADS_GO_ON);
    return true;
}

/* ---- the whole ---- */

static bool of_live_program(const struct taking *taking)
{
    if (!taking->options->wanted)
        return without_proof(taking, PRECONDITION_STOPPED_PROGRAM);
    if (!may_claim(taking))
        return without_proof(taking, PRECONDITION_TESTED_BUILD);
    if (!taking->options->place && !is_short_enough(taking))
        return without_proof(taking, PRECONDITION_PAUSE_WITHIN_LIMIT);
    enum capture_outcome outcome = look(taking);
    if (outcome != CAPTURE_MADE)
        return make_do(taking, outcome, PRECONDITION_STOPPED_PROGRAM);
    return confirm_claims(taking);
}

static bool of_core(const struct taking *taking)
{
    return (capture_core(taking->program, taking->capture) &&
            model_of_capture(taking->capture, taking->types, taking->model) && judge(taking)) ||
           no_memory(taking);
}

/* What is claimed is known now: in the capture that it was found in. */
static bool find_holders(const struct taking *taking, struct holders *holders)
{
    if (!taking->model->captured)
        return true;
    return holders_find(&taking->capture->program, taking->types, taking->model, taking->facts,
                        holders) ||
           no_memory(taking);
}

bool proof_take(const struct go_program *program, const struct context_types *types,
                const struct proof_options *options, struct proof *proof, struct error *error)
{
    struct progress progress = {0};
    const struct taking taking = {.program = program,
                                  .types = types,
                                  .options = options,
                                  .limit_ns = limit_of(options->max_pause_ns),
                                  .capture = &proof->capture,
                                  .model = &proof->model,
                                  .facts = &proof->facts,
                                  .progress = &progress,
                                  .why_not = &proof->why_not,
                                  .not_cloned = &proof->not_cloned,
                                  .error = error};
    if (!image_refresh(program->image, error))
        return false;
    bool good = program->image->live ? of_live_program(&taking) : of_core(&taking);
    progress_free(&progress);
    return good && find_holders(&taking, &proof->holders);
}

void proof_free(struct proof *proof)
{
    model_free(&proof->model);
    facts_free(&proof->facts);
    holders_free(&proof->holders);
}

/* ---- what keeps something alive ---- */

static bool capture_live(const struct taking *taking)
{
    if (!is_short_enough(taking))
        return false;
    enum capture_outcome outcome = capture_stopped(taking->program, taking->limit_ns,
                                                   taking->capture, taking->why_not, taking->error);
    if (outcome == CAPTURE_TOO_LONG)
        say_too_long(taking, taking->capture->pause_ns);
    return outcome == CAPTURE_MADE;
}

static bool model_now(const struct taking *taking)
{
    struct go_capture *capture = taking->capture;
    bool captured = taking->program->image->live
                        ? capture_live(taking)
                        : capture_core(taking->program, capture) || no_memory(taking);
    return captured &&
           (model_of_capture(capture, taking->types, taking->model) || no_memory(taking));
}

bool proof_retention_path(const struct go_program *program, const struct context_types *types,
                          int64_t max_pause_ns, uint64_t id, char **out, struct error *error)
{
    struct go_capture capture = {0};
    struct model model = {0};
    const struct taking taking = {.program = program,
                                  .types = types,
                                  .limit_ns = limit_of(max_pause_ns),
                                  .capture = &capture,
                                  .model = &model,
                                  .why_not = error,
                                  .error = error};
    *out =
        model_now(&taking) ? retention_path_of(&capture.program, types, &model, id, error) : NULL;
    capture_free(&capture);
    memory_drop_all(program->memory);
    model_free(&model);
    return *out != NULL;
}
