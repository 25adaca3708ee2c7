/* Verdicts: PutEvaluations and PutExternalEvaluation. Each evaluation is read on its own, so that a tree is
 * never larger than one of them, and what is none takes no memory however often a hostile record repeats it.
 * An evaluation that names no resource is left out; the others of its record stay. What was evaluated in test
 * mode is told as a control: AWS Config does not keep it, but somebody may act on the call. */
#include "arn.h"
#include "dom.h"

#include <strings.h>

static enum tl_compliance compliance_parse(json_t *value)
{
    if (json_is_string(value))
        for (int c = TL_COMPLIANT; c < TL_COMPLIANCE_UNKNOWN; c++)
            if (strcasecmp(json_string_value(value), tl_compliance_name((enum tl_compliance)c)) == 0)
                return (enum tl_compliance)c;
    return TL_COMPLIANCE_UNKNOWN;
}

/* 0 with *has, or TL_ENOMEM. */
static int read_evaluation(struct work *w, json_t *evaluation, tl_str rule, struct tl_verdict *out, bool *has)
{
    tl_str type, id;
    int r = dom_text(w->x, dom_get(evaluation, "complianceResourceType"), &type);
    if (!r)
        r = dom_text(w->x, dom_get(evaluation, "complianceResourceId"), &id);
    *has = !r && id.n;
    if (r || !*has)
        return r;
    out->rule = rule;
    out->compliance = compliance_parse(dom_get(evaluation, "complianceType"));
    r = resource_make(&w->x->arena, w->ev, type, id, &out->resource);
    if (!r && arn_is_as_judged(type)) {
        tl_str name = out->resource.id;
        out->resource.id = id;
        r = names_add(w->x, &out->resource, name);
    }
    if (!r)
        r = names_add_own(w->x, &out->resource);
    return r ? r : names_add_general(w->x, &out->resource);
}

struct verdicts {
    struct work *w;
    tl_str rule;
    struct tl_verdict *items; /* in the arena */
    size_t n, cap;
};

static int add_evaluation(struct verdicts *v, struct js_value value)
{
    struct work *w = v->w;
    json_t *dom;
    bool has = false;
    int r = dom_load(w->x, value, &dom);
    if (r == DOM_TOO_LARGE) {
        w->ev->flags |= TL_EVENT_WITHHELD;
        return 0;
    }
    if (!r)
        r = work_grow(w->x, &v->items, &v->cap, v->n, sizeof *v->items);
    if (!r)
        r = read_evaluation(w, dom, v->rule, &v->items[v->n], &has);
    json_decref(dom);
    v->n += has;
    return r;
}

static int read_all(struct verdicts *v, struct js_value evaluations)
{
    if (evaluations.type != JS_ARRAY)
        return add_evaluation(v, evaluations);
    struct js j = js_inside(evaluations);
    struct js_value value;
    bool first = true;
    int r = 0;
    js_open(&j);
    while (!r && js_next_element(&j, &first) && js_read_value(&j, 1, &value))
        r = add_evaluation(v, value);
    return r;
}

static int make_tests(struct verdicts *v)
{
    struct tl_control *tests = tl_arena_calloc(&v->w->x->arena, v->n + 1, sizeof *tests);
    if (!tests)
        return TL_ENOMEM;
    for (size_t i = 0; i < v->n; i++)
        tests[i] = (struct tl_control){
            .action = TL_EVALUATE_IN_TEST_MODE, .rule = v->rule, .resource = v->items[i].resource};
    v->w->ev->controls = tests;
    v->w->ev->n_controls = v->n;
    if (v->n)
        v->w->ev->kind = TL_EVENT_IS_CONTROL;
    return 0;
}

int verdicts_read(struct work *w)
{
    bool external = tl_str_eq(w->ev->action, TL_STR("PutExternalEvaluation"));
    struct js_value request, additional;
    tl_str rule;
    int r = work_object(w->x, w->f.v[F_REQUEST], &request);
    if (!r)
        r = work_object(w->x, w->f.v[F_ADDITIONAL], &additional);
    if (!r)
        r = work_text(w->x, js_get(external ? request : additional, TL_STR("configRuleName")), &rule);
    if (r || w->ev->flags & TL_EVENT_FAILED)
        return r;
    struct verdicts v = {.w = w, .rule = rule};
    r = read_all(&v, js_get(request, external ? TL_STR("externalEvaluation") : TL_STR("evaluations")));
    if (r || work_is_true(js_get(request, TL_STR("testMode"))))
        return r ? r : make_tests(&v);
    w->ev->verdicts = v.items;
    w->ev->n_verdicts = v.n;
    if (v.n)
        w->ev->kind = TL_EVENT_IS_VERDICT;
    return r;
}
