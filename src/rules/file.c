/* Rule files. The whole text is proved to be JSON first; then each object is read by a table of its members,
 * so that an unknown or missing one, or one of another type, is named with its place. What is not understood
 * is refused: a misspelt limit that is passed over would change what is found, silently. */
#include "internal.h"

#include "trailloop/json.h"

#include <stdio.h>
#include <string.h>

enum { MIN_CYCLES_MAX = 1000000, NAME_MAX_BYTES = 64, QUOTED_MAX = 60, MEMBERS_MAX = 8 };

struct reader {
    struct tl_rules *set;
    tl_str text, source; /* both in the set's arena */
    struct tl_rule_fault *f;
};

#define FAULT(r, p, ...) (place((r), (p)), fault_set((r)->f, __VA_ARGS__))

static void place(const struct reader *r, const char *p)
{
    fault_place(r->f, r->text, (size_t)(p - r->text.p));
}

/* ---- values ------------------------------------------------------------------------------------------ */

enum {
    TEXT = 1 << JS_STRING,
    NUMBER = 1 << JS_NUMBER,
    LIST = 1 << JS_ARRAY,
    OBJECT = 1 << JS_OBJECT,
    YES = 1 << JS_TRUE
};

static const char *type_name(unsigned types)
{
    return types == TEXT              ? "a text"
           : types == NUMBER          ? "a number"
           : types == LIST            ? "a list"
           : types == OBJECT          ? "an object"
           : types == (TEXT | NUMBER) ? "a text or a number"
           : types == YES             ? "true"
           : types == 1 << JS_FALSE   ? "false"
                                      : "null";
}

/* The first byte of a value as it stands in the text. */
static const char *start_of(struct js_value v)
{
    return v.type == JS_STRING ? v.raw.p - 1 : v.raw.p;
}

static int check_type(const struct reader *r, struct js_value v, unsigned types, const char *what)
{
    if (types >> v.type & 1)
        return 0;
    return FAULT(r, start_of(v), "%s must be %s, and is %s", what, type_name(types), type_name(1u << v.type));
}

static int read_text(const struct reader *r, struct js_value v, tl_str *out)
{
    *out = v.raw;
    if (!v.escaped)
        return 0;
    char *p = tl_arena_alloc(&r->set->arena, v.raw.n);
    if (!p)
        return TL_ENOMEM;
    *out = (tl_str){p, js_unescape(v.raw, p)};
    return 0;
}

/* A whole number in digits; -1 when it is none, or above `most`. */
static int64_t read_count(struct js_value v, int64_t most)
{
    int64_t n = 0;
    for (size_t i = 0; i < v.raw.n; i++) {
        if (v.raw.p[i] < '0' || v.raw.p[i] > '9')
            return -1;
        n = n * 10 + (v.raw.p[i] - '0');
        if (n > most)
            return -1;
    }
    return n;
}

/* ---- objects ----------------------------------------------------------------------------------------- */

struct member {
    const char *name;
    unsigned types;
    bool required;
};

static tl_str quoted(tl_str s)
{
    return tl_str_sub(s, 0, QUOTED_MAX);
}

static int unknown(const struct reader *r, struct js_value key, const struct member *table, size_t n,
                   const char *what)
{
    const char *names[MEMBERS_MAX], *near;
    char given[QUOTED_MAX + 1];
    tl_str name = quoted(key.raw);
    snprintf(given, sizeof given, "%.*s", TL_FMT(name));
    for (size_t i = 0; i < n; i++)
        names[i] = table[i].name;
    near = tl_nearest(given, names, n);
    if (near)
        return FAULT(r, start_of(key), "unknown field '%.*s' in %s: did you mean '%s'?", TL_FMT(name), what,
                     near);
    place(r, start_of(key));
    char known[128] = "";
    for (size_t i = 0, at = 0; i < n && at < sizeof known; i++)
        at += (size_t)snprintf(known + at, sizeof known - at, "%s%s", i ? ", " : "", names[i]);
    return fault_set(r->f, "unknown field '%.*s' in %s, which may have: %s", TL_FMT(name), what, known);
}

/* The members of `object` that the table knows: out[i] is that of table[i], JS_NONE where it is not there. */
static int read_object(const struct reader *r, struct js_value object, const struct member *table, size_t n,
                       const char *what, struct js_value *out)
{
    struct js j = js_inside(object);
    struct js_value key, value;
    bool first = true;
    for (size_t i = 0; i < n; i++)
        out[i] = (struct js_value){.type = JS_NONE};
    js_open(&j);
    while (js_next_member(&j, &first, &key) && js_read_value(&j, 1, &value)) {
        size_t i = 0;
        while (i < n && !js_key_is(key, tl_str_from(table[i].name), false))
            i++;
        if (i == n)
            return unknown(r, key, table, n, what);
        if (out[i].type != JS_NONE)
            return FAULT(r, start_of(key), "field '%s' is given twice in %s", table[i].name, what);
        char named[64];
        snprintf(named, sizeof named, "field '%s'", table[i].name);
        int e = check_type(r, value, table[i].types, named);
        if (e)
            return e;
        out[i] = value;
    }
    for (size_t i = 0; i < n; i++)
        if (table[i].required && out[i].type == JS_NONE)
            return FAULT(r, object.raw.p, "field '%s' is missing in %s", table[i].name, what);
    return 0;
}

/* ---- lists ------------------------------------------------------------------------------------------- */

struct list {
    struct js j;
    bool first;
};

static struct list list_of(struct js_value v)
{
    struct list l = {.j = js_inside(v), .first = true};
    js_open(&l.j);
    return l;
}

static bool list_next(struct list *l, struct js_value *out)
{
    return js_next_element(&l->j, &l->first) && js_read_value(&l->j, 1, out);
}

static size_t list_count(struct js_value v)
{
    struct list l = list_of(v);
    struct js_value ignored;
    size_t n = 0;
    while (list_next(&l, &ignored))
        n++;
    return n;
}

/* ---- a rule ------------------------------------------------------------------------------------------ */

enum { NAME, TITLE, MEANING, STEPS, LIMITS, SAMPLES, BUILT_IN, N_RULE };
static const struct member rule_members[N_RULE] = {
    [NAME] = {"name", TEXT, true},         [TITLE] = {"title", TEXT, true},
    [MEANING] = {"meaning", TEXT, false},  [STEPS] = {"steps", LIST, false},
    [LIMITS] = {"limits", OBJECT, false},  [SAMPLES] = {"samples", LIST, false},
    [BUILT_IN] = {"built_in", YES, false},
};

struct draft {
    struct tl_rule rule;
    struct tl_chain limits; /* what it says of them */
    tl_str name, steps[TL_CHAIN_MAX_STEPS + 1];
    const char *at[TL_CHAIN_MAX_STEPS + 1]; /* where the steps stand */
    size_t n_steps;
};

static int read_name(const struct reader *r, struct js_value v, struct draft *d)
{
    int e = read_text(r, v, &d->name);
    bool good = d->name.n > 0 && d->name.n <= NAME_MAX_BYTES;
    for (size_t i = 0; e == 0 && good && i < d->name.n; i++) {
        char c = d->name.p[i];
        good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               (i > 0 && (c == '-' || c == '_' || c == '.'));
    }
    if (e || good)
        return e;
    return FAULT(r, start_of(v),
                 "the name '%.*s': a name is of letters, digits, '-', '_' and '.', %d at most",
                 TL_FMT(quoted(d->name)), NAME_MAX_BYTES);
}

static int read_title(const struct reader *r, struct js_value v, struct draft *d)
{
    int e = read_text(r, v, &d->rule.title);
    if (e || d->rule.title.n)
        return e;
    return FAULT(r, start_of(v), "the title is empty: say in one line what happens");
}

/* One step more than a chain may have is taken, so that whoever makes the chain says so. */
static int read_steps(const struct reader *r, struct js_value v, struct draft *d)
{
    struct list l = list_of(v);
    struct js_value step;
    while (d->n_steps <= TL_CHAIN_MAX_STEPS && list_next(&l, &step)) {
        int e = check_type(r, step, TEXT, "a step");
        d->at[d->n_steps] = start_of(step);
        if (e == 0)
            e = read_text(r, step, &d->steps[d->n_steps]);
        if (e)
            return e;
        d->n_steps++;
    }
    return 0;
}

static int read_duration(const struct reader *r, struct js_value v, const char *name, int64_t *out)
{
    if (v.type == JS_NONE || tl_duration_parse(v.raw, out))
        return 0;
    return FAULT(r, start_of(v),
                 "%s is '%.*s': it must be a time, as 900, \"15m\", \"26h\" or \"4d\", a year at most", name,
                 TL_FMT(quoted(v.raw)));
}

static int read_limits(const struct reader *r, struct js_value v, struct draft *d)
{
    enum { CYCLES, STEP, GAP, N };
    static const struct member table[N] = {[CYCLES] = {"min_cycles", NUMBER, false},
                                           [STEP] = {"max_step", TEXT | NUMBER, false},
                                           [GAP] = {"max_gap", TEXT | NUMBER, false}};
    struct js_value m[N];
    if (v.type == JS_NONE)
        return 0;
    int e = read_object(r, v, table, N, "the limits", m);
    if (e)
        return e;
    if (m[CYCLES].type != JS_NONE) {
        int64_t n = read_count(m[CYCLES], MIN_CYCLES_MAX);
        if (n < 1)
            return FAULT(r, start_of(m[CYCLES]), "min_cycles is %.*s: it must be a whole number from 1 to %d",
                         TL_FMT(quoted(m[CYCLES].raw)), MIN_CYCLES_MAX);
        d->limits.min_cycles = (uint32_t)n;
    }
    e = read_duration(r, m[STEP], "max_step", &d->limits.max_step_s);
    return e ? e : read_duration(r, m[GAP], "max_gap", &d->limits.max_gap_s);
}

/* ---- samples ----------------------------------------------------------------------------------------- */

static size_t line_of(const struct reader *r, const char *p)
{
    struct tl_rule_fault at;
    fault_place(&at, r->text, (size_t)(p - r->text.p));
    return at.line;
}

static int read_records(const struct reader *r, struct js_value v, struct tl_rule_sample *s)
{
    struct list l = list_of(v);
    struct js_value record;
    size_t n = list_count(v);
    if (n == 0)
        return FAULT(r, start_of(v), "a sample has no records");
    s->records = tl_arena_calloc(&r->set->arena, n, sizeof *s->records);
    s->lines = tl_arena_calloc(&r->set->arena, n, sizeof *s->lines);
    if (!s->records || !s->lines)
        return TL_ENOMEM;
    while (list_next(&l, &record)) {
        int e = check_type(r, record, OBJECT, "a record");
        if (e)
            return e;
        s->records[s->n_records] = record.raw;
        s->lines[s->n_records++] = line_of(r, record.raw.p);
    }
    return 0;
}

static int read_sample(const struct reader *r, struct js_value v, struct tl_rule_sample *s)
{
    enum { TITLED, CYCLES, RECORDS, N };
    static const struct member table[N] = {[TITLED] = {"title", TEXT, false},
                                           [CYCLES] = {"cycles", NUMBER, true},
                                           [RECORDS] = {"records", LIST, true}};
    struct js_value m[N];
    int e = check_type(r, v, OBJECT, "a sample");
    if (e == 0)
        e = read_object(r, v, table, N, "the sample", m);
    if (e == 0 && m[TITLED].type != JS_NONE)
        e = read_text(r, m[TITLED], &s->title);
    if (e)
        return e;
    int64_t n = read_count(m[CYCLES], MIN_CYCLES_MAX);
    if (n < 0)
        return FAULT(r, start_of(m[CYCLES]), "cycles is %.*s: it must be a whole number from 0 to %d",
                     TL_FMT(quoted(m[CYCLES].raw)), MIN_CYCLES_MAX);
    s->n_cycles = (uint64_t)n;
    s->line = line_of(r, v.raw.p);
    return read_records(r, m[RECORDS], s);
}

static int read_samples(const struct reader *r, struct js_value v, struct draft *d)
{
    struct js_value sample;
    if (v.type == JS_NONE)
        return 0;
    struct list l = list_of(v);
    d->rule.samples = tl_arena_calloc(&r->set->arena, list_count(v), sizeof *d->rule.samples);
    if (!d->rule.samples)
        return TL_ENOMEM;
    while (list_next(&l, &sample)) {
        int e = read_sample(r, sample, &d->rule.samples[d->rule.n_samples++]);
        if (e)
            return e;
    }
    return 0;
}

/* ---- rules ------------------------------------------------------------------------------------------- */

/* A built-in one, as `rules show` prints it: known already, and not to be changed. */
static int check_built_in(const struct reader *r, struct js_value v, const struct draft *d)
{
    size_t i = built_in_find(d->name);
    if (i == SIZE_MAX)
        return FAULT(r, v.raw.p, "there is no built-in chain '%.*s'", TL_FMT(d->name));
    const struct tl_chain *c = &tl_chains[i];
    bool same = d->n_steps == c->n_steps && d->rule.n_samples == 0 &&
                tl_str_eq(d->rule.title, tl_rules_built_in(i)->title) &&
                tl_str_eq(d->rule.meaning, tl_rules_built_in(i)->meaning) &&
                d->limits.min_cycles == c->min_cycles && d->limits.max_step_s == c->max_step_s &&
                d->limits.max_gap_s == c->max_gap_s;
    for (size_t k = 0; same && k < c->n_steps; k++)
        same = tl_str_eq(d->steps[k], tl_chain_step_text(&c->steps[k]));
    if (same)
        return 0;
    return FAULT(
        r, v.raw.p,
        "'%.*s' is built in and cannot be changed: give the rule a name of its own, without 'built_in'",
        TL_FMT(d->name));
}

static int make_chain(const struct reader *r, struct draft *d, struct tl_chain *out)
{
    const char *why;
    size_t wrong;
    for (size_t i = 0; i < d->n_steps; i++) {
        size_t at;
        tl_str text = d->steps[i];
        int e = step_read(&r->set->arena, text, &d->steps[i], &at, r->f);
        if (e == TL_RULES_BAD) /* an escaped text is not in the file as it is */
            place(r, d->at[i] + (text.p == d->at[i] + 1 ? 1 + at : 0));
        if (e)
            return e;
    }
    if (tl_chain_make(out, d->name, d->steps, d->n_steps, &why, &wrong))
        return FAULT(r, d->at[wrong], "%s", why);
    out->min_cycles = d->limits.min_cycles;
    out->max_step_s = d->limits.max_step_s;
    out->max_gap_s = d->limits.max_gap_s;
    return 0;
}

static int read_rule(const struct reader *r, struct js_value v)
{
    struct js_value m[N_RULE] = {0};
    struct draft d = {0};
    struct tl_chain chain;
    int e = check_type(r, v, OBJECT, "a rule");
    if (e == 0)
        e = read_object(r, v, rule_members, N_RULE, "the rule", m);
    if (e == 0)
        e = read_name(r, m[NAME], &d);
    if (e == 0)
        e = read_title(r, m[TITLE], &d);
    if (e == 0 && m[MEANING].type != JS_NONE)
        e = read_text(r, m[MEANING], &d.rule.meaning);
    d.at[0] = m[STEPS].type == JS_NONE ? v.raw.p : m[STEPS].raw.p;
    if (e == 0 && m[STEPS].type != JS_NONE)
        e = read_steps(r, m[STEPS], &d);
    if (e == 0)
        e = read_limits(r, m[LIMITS], &d);
    if (e == 0)
        e = read_samples(r, m[SAMPLES], &d);
    if (e || m[BUILT_IN].type != JS_NONE)
        return e ? e : check_built_in(r, v, &d);
    if (m[STEPS].type == JS_NONE)
        return FAULT(r, v.raw.p, "field 'steps' is missing in the rule");
    place(r, start_of(m[NAME]));
    e = rules_check_name(r->set, d.name, r->f);
    if (e == 0)
        e = make_chain(r, &d, &chain);
    d.rule.source = r->source;
    d.rule.line = line_of(r, v.raw.p);
    return e ? e : rules_add(r->set, &d.rule, &chain);
}

static int read_file(const struct reader *r, struct js_value v)
{
    enum { SCHEMA, RULES, N };
    static const struct member table[N] = {
        [SCHEMA] = {"schema", TEXT, true}, [RULES] = {"rules", LIST, true}};
    struct js_value m[N], rule;
    tl_str schema;
    int e = check_type(r, v, OBJECT, "a rule file");
    if (e == 0)
        e = read_object(r, v, table, N, "the file", m);
    if (e == 0)
        e = read_text(r, m[SCHEMA], &schema);
    if (e == 0 && !tl_str_eq(schema, TL_STR(TL_RULES_SCHEMA)))
        return FAULT(r, start_of(m[SCHEMA]), "the schema is '%.*s': this program reads '%s'",
                     TL_FMT(quoted(schema)), TL_RULES_SCHEMA);
    if (e)
        return e;
    if (list_count(m[RULES]) == 0)
        return FAULT(r, start_of(m[RULES]), "there is no rule in the file");
    struct list l = list_of(m[RULES]);
    while (e == 0 && list_next(&l, &rule))
        e = read_rule(r, rule);
    return e;
}

/* ---- the text ---------------------------------------------------------------------------------------- */

static int check_utf8(const struct reader *r)
{
    const char *p = r->text.p, *end = p + r->text.n;
    if (tl_str_starts(r->text, TL_STR("\xEF\xBB\xBF")))
        return FAULT(r, p, "a byte order mark: save the file as UTF-8 without one");
    if (js_is_utf8(r->text))
        return 0;
    for (const char *line_end; p < end; p = line_end) { /* no character goes over the end of a line */
        line_end = memchr(p, '\n', (size_t)(end - p));
        line_end = line_end ? line_end + 1 : end;
        if (!js_is_utf8((tl_str){p, (size_t)(line_end - p)}))
            break;
    }
    return FAULT(r, p, "a line that is not valid UTF-8");
}

int tl_rules_add_file(struct tl_rules *s, tl_str source, tl_str bytes, struct tl_rule_fault *f)
{
    struct reader r = {.set = s, .f = f};
    struct js_value v;
    size_t before = s->n;
    if (tl_arena_copy(&s->arena, source, &r.source) || tl_arena_copy(&s->arena, bytes, &r.text))
        return TL_ENOMEM;
    struct js j = {r.text.p, r.text.p + r.text.n, NULL, NULL};
    int e = check_utf8(&r);
    if (e == 0 && !(js_read_value(&j, 0, &v) && js_read_end(&j)))
        e = FAULT(&r, j.p, "not JSON: %s", j.why);
    if (e == 0)
        e = read_file(&r, v);
    if (e)
        s->n = before;
    return e;
}
