/* What matches a filter or search. */
#include "ctxtop/filter.h"
#include "scene.h"

static struct sample *sample;
static struct model model;
static struct items items;

static int begin(void **state)
{
    (void)state;
    sample = scene_sample();
    model = scene_model(sample);
    contexts_view.items(&model, &items);
    return 0;
}

static int end(void **state)
{
    (void)state;
    free(items.items);
    sample_free(sample);
    return 0;
}

/* Ids of what matches, as digits. */
static const char *matching(const char *text)
{
    static char ids[16];
    struct filter filter;
    size_t used = 0;
    filter_set(&filter, text);
    for (uint32_t i = 0; i < items.count; i++) {
        if (filter_matches(&filter, &contexts_view, &model, &items.items[i]))
            ids[used++] = (char)('0' + items.items[i].id);
    }
    ids[used] = '\0';
    return ids;
}

static void nothing_typed_lets_all_pass(void **state)
{
    (void)state;
    assert_string_equal(matching(""), "1246537");
    assert_string_equal(matching("   "), "1246537");
}

static void words_are_found_in_any_text(void **state)
{
    (void)state;
    assert_string_equal(matching("request"), "45");
    assert_string_equal(matching("REQUEST"), "");
    assert_string_equal(matching("canceled"), "5");
    assert_string_equal(matching("#6"), "6");
}

static void all_words_must_match(void **state)
{
    (void)state;
    assert_string_equal(matching("request open"), "4");
    assert_string_equal(matching("request open lost"), "");
}

static void fields_restrict(void **state)
{
    (void)state;
    assert_string_equal(matching("kind:cancel"), "253");
    assert_string_equal(matching("KIND:cancel"), "253");
    assert_string_equal(matching("state:cancel"), "5");
    assert_string_equal(matching("key:user"), "6");
    assert_string_equal(matching("finding:lost"), "3");
}

static void negation_turns_round(void **state)
{
    (void)state;
    assert_string_equal(matching("!request"), "12637");
    assert_string_equal(matching("kind:cancel !state:open"), "5");
}

static void half_typed_terms_restrict_nothing(void **state)
{
    (void)state;
    assert_string_equal(matching("!"), "1246537");
    assert_string_equal(matching("request state:"), "45");
}

static void colons_that_name_no_field_are_text(void **state)
{
    (void)state;
    assert_string_equal(matching("nosuchfield:request"), "");
    assert_string_equal(matching(":request"), "");
    assert_string_equal(matching("!nosuchfield:request"), "1246537");
}

static void too_many_terms_are_cut(void **state)
{
    (void)state;
    assert_string_equal(matching("e e e e e e e e e e e e e e e e e e e e request"), "1246537");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_typed_lets_all_pass),
        cmocka_unit_test(words_are_found_in_any_text),
        cmocka_unit_test(all_words_must_match),
        cmocka_unit_test(fields_restrict),
        cmocka_unit_test(negation_turns_round),
        cmocka_unit_test(half_typed_terms_restrict_nothing),
        cmocka_unit_test(colons_that_name_no_field_are_text),
        cmocka_unit_test(too_many_terms_are_cut),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
