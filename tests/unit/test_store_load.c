/* store, the history: what detection gets, in which order, whatever the order of the files was. */
#include "store_util.h"

#define T0 1700000000

static const char LAMBDA[] = "AWS::Lambda::Function", ROLE[] = "AWS::IAM::Role";

/* The log of these tests: one record a row, so that orders of ingestion are orders of rows. */
static void make_row(struct made *m, unsigned row)
{
    struct tl_resource f = resource_named("111122223333", "eu-west-1", LAMBDA, "f");
    struct tl_resource other = resource_named("111122223333", "eu-west-1", LAMBDA, "never-judged");
    struct tl_resource role = resource_named("111122223333", "global", ROLE, "AROA1");
    struct tl_resource role_name = resource_named("111122223333", "global", ROLE, "deploy");
    switch (row) {
    case 0:
        make_verdict(m, 0x10, T0, "public", TL_NON_COMPLIANT, f);
        break;
    case 1:
        make_attempt(m, 0x11, T0 + 1, "fix", "exec-1", "deploy");
        m->values[1] = TL_STR("another");
        m->attempt.n_values = 2;
        break;
    case 2:
        make_change(m, 0x12, T0 + 1, "RemovePermission", f);
        m->ev.execution_id = TL_STR("exec-1");
        break;
    case 3:
        make_change(m, 0x13, T0 + 2, "AddPermission", f);
        m->ev.flags |= TL_EVENT_FAILED | TL_EVENT_PERSON;
        break;
    case 4: /* nobody judges it */
        make_change(m, 0x14, T0 + 2, "AddPermission", other);
        break;
    case 5: /* the role is judged by its id, and changed by its name */
        make_verdict(m, 0x15, T0 + 3, "role", TL_NON_COMPLIANT, role);
        break;
    case 6:
        make_change(m, 0x16, T0 + 4, "PutRolePolicy", role_name);
        m->ev.region = TL_STR("us-east-1");
        break;
    case 7: /* any record may teach the alias */
        make_event(m, 0x17, T0 + 5, "sts", "AssumeRole");
        m->alias = (struct tl_alias){.resource = role, .name = TL_STR("deploy")};
        m->ev.aliases = &m->alias;
        m->ev.n_aliases = 1;
        m->ev.region = TL_STR("us-west-2");
        break;
    case 8:
        make_event(m, 0x18, T0 - 1000, "config", "PutRemediationConfigurations");
        m->ev.kind = TL_EVENT_IS_CONTROL;
        m->control = (struct tl_control){.action = TL_PUT_REMEDIATION_CONFIGURATION,
                                         .rule = TL_STR("public"),
                                         .document = TL_STR("fix"),
                                         .automatic = true,
                                         .attempts = 10,
                                         .window_s = 600};
        m->ev.controls = &m->control;
        m->ev.n_controls = 1;
        break;
    case 9: /* one call with both of its names is one change */
        make_change(m, 0x19, T0 + 6, "TagRole", role);
        m->resource[1] = role_name;
        m->ev.n_resources = 2;
        break;
    default: /* a failed attempt */
        make_attempt(m, 0x1a, T0 + 7, "", "", NULL);
        m->attempt.by_config = false;
        m->ev.flags = TL_EVENT_FAILED;
    }
}
#define N_ROWS 11

static struct tl_store *store_with(const unsigned *order, size_t n)
{
    struct tl_store *s = open_store(NULL, TL_STORE_TEMPORARY);
    struct made m;
    MUST(tl_store_begin(s, err));
    for (size_t i = 0; i < n; i++) {
        char name[32];
        snprintf(name, sizeof name, "/f%02u", order[i]);
        MUST(tl_store_file_begin(s, tl_str_from(name), tl_str_from(name), err));
        make_row(&m, order[i]);
        MUST(tl_store_put(s, &m.ev, &(struct tl_origin){0, 0, 9}, err));
        struct tl_source src = done_source(1);
        MUST(tl_store_file_end(s, &src, false, err));
    }
    MUST(tl_store_commit(s, err));
    return s;
}

static void add_resource(struct tl_buf *b, const struct tl_history *h, uint32_t i)
{
    if (i == TL_NONE)
        tl_buf_printf(b, "-");
    else
        tl_buf_printf(b, "%u=%.*s", i, TL_FMT(h->resources[i].id));
}

/* Indexes included: they too must not depend on the order. Owned by the caller. */
static char *history_text(const struct tl_history *h)
{
    static const char *const kinds[] = {"verdict", "attempt", "change"};
    struct tl_buf b = {0};
    for (size_t i = 0; i < h->n_steps; i++) {
        const struct tl_step *st = &h->steps[i];
        tl_str subject = st->kind == TL_STEP_CHANGE ? h->apis[st->subject].action : h->texts[st->subject];
        tl_buf_printf(&b, "%+d %02x %s ", (int)(st->time_s - T0), st->event.b[3], kinds[st->kind]);
        add_resource(&b, h, st->resource);
        tl_buf_printf(&b, " %u=%.*s @%.*s x=%.*s f=%d c=%d by=%u\n", st->subject, TL_FMT(subject),
                      TL_FMT(h->scopes[st->scope].region), TL_FMT(h->texts[st->execution]), st->flags,
                      st->compliance, st->caller);
    }
    for (size_t i = 0; i < h->n_values; i++)
        tl_buf_printf(&b, "value %u %.*s\n", h->values[i].step, TL_FMT(h->texts[h->values[i].text]));
    for (size_t i = 0; i < h->n_controls; i++) {
        const struct tl_control_step *c = &h->controls[i];
        tl_buf_printf(&b, "control %+d %d rule=%.*s doc=%.*s %d/%d auto=%d on ", (int)(c->time_s - T0),
                      (int)c->action, TL_FMT(h->texts[c->rule]), TL_FMT(h->texts[c->document]), c->attempts,
                      (int)c->window_s, c->automatic);
        add_resource(&b, h, c->resource);
        tl_buf_printf(&b, "\n");
    }
    for (size_t i = 0; i < h->n_scopes; i++)
        tl_buf_printf(&b, "scope %.*s %.*s %+d %+d n=%d\n", TL_FMT(h->scopes[i].account),
                      TL_FMT(h->scopes[i].region), (int)(h->scopes[i].first_s - T0),
                      (int)(h->scopes[i].last_s - T0), (int)h->scopes[i].n_records);
    assert_int_equal(tl_buf_add(&b, "", 1), 0);
    return b.p;
}

static char *load_text(struct tl_store *s, int64_t since_s, int64_t until_s)
{
    struct tl_history h = {0};
    MUST(tl_store_load(s, since_s, until_s, NULL, &h, err));
    assert_int_equal(h.texts[0].n, 0);
    char *text = history_text(&h);
    tl_history_fini(&h);
    return text;
}

static void the_history_holds_what_detection_needs_in_order(void **state)
{
    static const unsigned order[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    struct tl_store *s = store_with(order, N_ROWS);
    char *have = load_text(s, INT64_MIN, INT64_MAX);
    assert_string_equal(have, "+0 10 verdict 0=f 5=public @eu-west-1 x= f=0 c=1 by=0\n"
                              "+1 11 attempt - 4=fix @eu-west-1 x=exec-1 f=4 c=0 by=0\n"
                              "+1 12 change 0=f 2=RemovePermission @eu-west-1 x=exec-1 f=0 c=0 by=0\n"
                              "+2 13 change 0=f 0=AddPermission @eu-west-1 x= f=3 c=0 by=1\n"
                              "+3 15 verdict 1=AROA1 6=role @eu-west-1 x= f=0 c=1 by=0\n"
                              "+4 16 change 1=AROA1 1=PutRolePolicy @us-east-1 x= f=0 c=0 by=0\n"
                              "+6 19 change 1=AROA1 3=TagRole @eu-west-1 x= f=0 c=0 by=0\n"
                              "+7 1a attempt - 0= @eu-west-1 x= f=1 c=0 by=0\n"
                              "value 1 another\n"
                              "value 1 deploy\n"
                              "control -1000 0 rule=public doc=fix 10/600 auto=1 on -\n"
                              "scope 111122223333 eu-west-1 -1000 +7 n=9\n"
                              "scope 111122223333 us-east-1 +4 +4 n=1\n"
                              "scope 111122223333 us-west-2 +5 +5 n=1\n");
    free(have);
    tl_store_close(s);
    (void)state;
}

static void the_history_does_not_depend_on_the_order_of_files(void **state)
{
    static const unsigned orders[][N_ROWS] = {{10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0},
                                              {7, 4, 9, 1, 6, 10, 3, 0, 8, 5, 2},
                                              {4, 3, 8, 6, 9, 0, 2, 10, 5, 7, 1}};
    static const unsigned first[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    struct tl_store *s = store_with(first, N_ROWS);
    char *want = load_text(s, INT64_MIN, INT64_MAX);
    tl_store_close(s);
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        s = store_with(orders[i], N_ROWS);
        char *have = load_text(s, INT64_MIN, INT64_MAX);
        assert_string_equal(have, want);
        free(have);
        tl_store_close(s);
    }
    free(want);
    (void)state;
}

static void a_span_clips_steps_and_coverage_but_keeps_earlier_settings(void **state)
{
    static const unsigned order[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    struct tl_store *s = store_with(order, N_ROWS);
    char *have = load_text(s, T0 + 1, T0 + 2);
    assert_string_equal(have, "+1 11 attempt - 4=fix @eu-west-1 x=exec-1 f=4 c=0 by=0\n"
                              "+1 12 change 0=f 1=RemovePermission @eu-west-1 x=exec-1 f=0 c=0 by=0\n"
                              "+2 13 change 0=f 0=AddPermission @eu-west-1 x= f=3 c=0 by=1\n"
                              "value 0 another\n"
                              "value 0 deploy\n"
                              "control -1000 0 rule=public doc=fix 10/600 auto=1 on -\n"
                              "scope 111122223333 eu-west-1 +1 +2 n=9\n"
                              "scope 111122223333 us-east-1 +2 +2 n=0\n"
                              "scope 111122223333 us-west-2 +2 +2 n=0\n");
    free(have);
    have = load_text(s, T0 - 9000, T0 - 8000);
    assert_string_equal(have, "scope 111122223333 eu-west-1 -8000 -8000 n=0\n"
                              "scope 111122223333 us-east-1 -8000 -8000 n=0\n"
                              "scope 111122223333 us-west-2 -8000 -8000 n=0\n");
    free(have);
    tl_store_close(s);
    (void)state;
}

static void an_empty_store_gives_an_empty_history(void **state)
{
    struct tl_store *s = open_store(NULL, TL_STORE_TEMPORARY);
    struct tl_history h = {0};
    MUST(tl_store_load(s, INT64_MIN, INT64_MAX, NULL, &h, err));
    assert_int_equal(h.n_steps + h.n_controls + h.n_values + h.n_resources + h.n_scopes, 0);
    assert_int_equal(h.n_texts, 1);
    tl_history_fini(&h);
    tl_store_close(s);
    (void)state;
}

/* A role deleted and made again: its name has stood for two ids. */
static void a_name_of_two_resources_counts_for_both(void **state)
{
    struct tl_store *s = open_store(NULL, TL_STORE_TEMPORARY);
    struct tl_history h = {0};
    struct made m;
    struct tl_resource ids[] = {resource_named("1", "global", ROLE, "AROA1"),
                                resource_named("1", "global", ROLE, "AROA2")};
    MUST(tl_store_begin(s, err));
    MUST(tl_store_file_begin(s, TL_STR("/a"), TL_STR("a"), err));
    for (unsigned i = 0; i < 2; i++) {
        make_verdict(&m, i, T0 + i, "role", TL_NON_COMPLIANT, ids[i]);
        m.alias = (struct tl_alias){.resource = ids[i], .name = TL_STR("deploy")};
        m.ev.aliases = &m.alias;
        m.ev.n_aliases = 1;
        MUST(tl_store_put(s, &m.ev, &(struct tl_origin){i, 0, 9}, err));
    }
    make_change(&m, 2, T0 + 5, "PutRolePolicy", resource_named("1", "global", ROLE, "deploy"));
    MUST(tl_store_put(s, &m.ev, &(struct tl_origin){2, 0, 9}, err));
    struct tl_source src = done_source(3);
    MUST(tl_store_file_end(s, &src, false, err));
    MUST(tl_store_load(s, INT64_MIN, INT64_MAX, NULL, &h, err)); /* inside the batch */
    assert_int_equal(h.n_steps, 4);
    assert_int_equal(h.steps[2].resource, 0);
    assert_int_equal(h.steps[3].resource, 1);
    tl_history_fini(&h);
    MUST(tl_store_commit(s, err));
    tl_store_close(s);
    (void)state;
}

/* Of two copies of a change that disagree the one in the smaller place counts: what the other said is gone,
 * from a store that first has to look for it, too. */
static void a_copy_in_a_smaller_place_replaces_what_was_changed(void **state)
{
    static const char *const files[] = {"/b", "/a"};
    struct tl_resource on[] = {resource_named("1", "eu-west-1", "AWS::S3::Bucket", "said-by-b"),
                               resource_named("1", "eu-west-1", "AWS::S3::Bucket", "said-by-a")};
    struct tl_store *s = open_store(NULL, TL_STORE_TEMPORARY);
    struct tl_history h = {0};
    struct made m;
    for (unsigned i = 0; i < 2; i++) {
        MUST(tl_store_begin(s, err));
        MUST(tl_store_file_begin(s, tl_str_from(files[i]), tl_str_from(files[i]), err));
        make_verdict(&m, i, T0 + i, "rule", TL_NON_COMPLIANT, on[i]);
        MUST(tl_store_put(s, &m.ev, &(struct tl_origin){0, 0, 9}, err));
        make_change(&m, 7, T0 + 5, "PutBucketPolicy", on[i]);
        MUST(tl_store_put(s, &m.ev, &(struct tl_origin){1, 0, 9}, err));
        struct tl_source src = done_source(2);
        MUST(tl_store_file_end(s, &src, false, err));
        MUST(tl_store_commit(s, err));
    }
    MUST(tl_store_load(s, INT64_MIN, INT64_MAX, NULL, &h, err));
    assert_int_equal(h.n_steps, 3);
    assert_int_equal(h.steps[2].kind, TL_STEP_CHANGE);
    assert_true(tl_str_eq(h.resources[h.steps[2].resource].id, TL_STR("said-by-a")));
    tl_history_fini(&h);
    tl_store_close(s);
    (void)state;
}

static void put_at(struct tl_store *s, unsigned id, int64_t time_s)
{
    struct made m;
    make_event(&m, id, time_s, "s3", "GetObject");
    MUST(tl_store_put(s, &m.ev, &(struct tl_origin){id, 0, 9}, err));
}

/* Kept or not, in whatever order: what lies between two minutes with a record is silence, over the border of
 * a block too, and only inside the span that is asked for. A file that is taken back was never heard. */
static void silences_are_what_lies_between_records(void **state)
{
    struct tl_history h = {0};
    const int64_t day = tl_seen_block(T0) * TL_SEEN_BLOCK_S; /* a block begins */
    struct tl_store *s = open_store(NULL, TL_STORE_TEMPORARY);
    struct tl_source src = done_source(4), cut = done_source(1);
    cut.outcome = TL_OUTCOME_CORRUPT;
    MUST(tl_store_begin(s, err));
    MUST(tl_store_file_begin(s, TL_STR("/bad"), TL_STR("bad"), err));
    put_at(s, 9, day + 50 * 60);
    MUST(tl_store_file_end(s, &cut, false, err));
    MUST(tl_store_file_begin(s, TL_STR("/a"), TL_STR("a"), err));
    put_at(s, 3, day + 64 * 60 + 61); /* the second minute of the next block */
    put_at(s, 1, day + 59);
    put_at(s, 2, day + 60);
    struct tl_seen unused = {.account = TL_STR("111122223333"),
                             .region = TL_STR("eu-west-1"),
                             .block = tl_seen_block(day),
                             .first_s = day + 40 * 60,
                             .last_s = day + 40 * 60,
                             .minutes = tl_seen_minute(day + 40 * 60, tl_seen_block(day)),
                             .n_records = 1};
    MUST(tl_store_note_unused(s, &unused, err));
    MUST(tl_store_file_end(s, &src, false, err));
    MUST(tl_store_load(s, INT64_MIN, INT64_MAX, NULL, &h, err));
    MUST(tl_store_silences(s, &h, 0, err));
    assert_int_equal(h.n_silences, 2);
    assert_int_equal(h.silences[0].from_s, day + 120);
    assert_int_equal(h.silences[0].to_s, day + 40 * 60);
    assert_int_equal(h.silences[1].from_s, day + 41 * 60);
    assert_int_equal(h.silences[1].to_s, day + 65 * 60);
    tl_history_fini(&h);
    h = (struct tl_history){0};
    MUST(tl_store_load(s, day + 20 * 60, INT64_MAX, NULL, &h, err));
    MUST(tl_store_silences(s, &h, 0, err));
    assert_int_equal(h.n_silences, 1);
    tl_history_fini(&h);
    MUST(tl_store_commit(s, err));
    tl_store_close(s);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_history_holds_what_detection_needs_in_order),
        cmocka_unit_test(the_history_does_not_depend_on_the_order_of_files),
        cmocka_unit_test(a_span_clips_steps_and_coverage_but_keeps_earlier_settings),
        cmocka_unit_test(an_empty_store_gives_an_empty_history),
        cmocka_unit_test(a_name_of_two_resources_counts_for_both),
        cmocka_unit_test(a_copy_in_a_smaller_place_replaces_what_was_changed),
        cmocka_unit_test(silences_are_what_lies_between_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
