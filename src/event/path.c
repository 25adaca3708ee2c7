/* The walk along a path of keys, lenient about the wrappers CloudTrail puts around EC2's requests. The depth
 * is bounded, whatever the record is. */
#include "path.h"

/* Deeper than any path with its wrappers: `XRequest.A.items[].B.content` is 6. */
#define PATH_MAX_LEVELS 12

struct walk {
    struct tl_extractor *x;
    path_fn *fn;
    void *ctx;
};

static int walk(const struct walk *w, struct js_value v, tl_str path, int levels);

static int walk_elements(const struct walk *w, struct js_value array, tl_str path, int levels)
{
    struct js j = js_inside(array);
    struct js_value element;
    bool first = true;
    int r = 0;
    js_open(&j);
    while (!r && js_next_element(&j, &first) && js_read_value(&j, 1, &element))
        r = walk(w, element, path, levels);
    return r;
}

static int walk(const struct walk *w, struct js_value v, tl_str path, int levels)
{
    tl_str text;
    if (levels == 0)
        return 0;
    if (v.type == JS_ARRAY)
        return walk_elements(w, v, path, levels - 1);
    if (v.type == JS_OBJECT) {
        size_t dot = tl_str_find(path, TL_STR("."));
        tl_str rest = dot == SIZE_MAX ? TL_STR_NONE : tl_str_sub(path, dot + 1, path.n);
        struct js_value child = js_get(v, path.n ? tl_str_sub(path, 0, dot) : TL_STR("content"));
        if (child.type != JS_NONE)
            return walk(w, child, rest, levels - 1);
        child = js_get(v, TL_STR("items"));
        return child.type == JS_NONE ? 0 : walk(w, child, path, levels - 1);
    }
    int r = path.n ? 0 : work_text(w->x, v, &text);
    return r || path.n || text.n == 0 ? r : w->fn(w->ctx, text);
}

int path_each(struct tl_extractor *x, struct js_value v, tl_str path, path_fn *fn, void *ctx)
{
    return walk(&(struct walk){x, fn, ctx}, v, path, PATH_MAX_LEVELS);
}

static int keep_first(void *ctx, tl_str text)
{
    tl_str *first = ctx;
    if (first->n == 0)
        *first = text;
    return 0;
}

int path_first(struct tl_extractor *x, struct js_value v, tl_str path, tl_str *out)
{
    *out = TL_STR_NONE;
    return path_each(x, v, path, keep_first, out);
}
