/* Other retry settings, tried on what was observed: would they have stopped the loop, when, and if not, why;
 * beside the settings that were in force. */
#include "explain.h"
#include "outline.h"

void tl_outline_whatif(struct tl_outline *o, const void *whatif)
{
    const struct tl_whatif *w = whatif;
    const struct tl_finding *f = w->loop;
    tl_prose_add(o->say, "Loop %s", f->id);
    tl_outline_title(o, TL_TEXT_BOLD);
    tl_explain_resource(o->say, &f->resource);
    tl_outline_fact(o, "On");
    tl_explain_when(o->say, f);
    tl_outline_fact(o, "Since when");
    tl_explain_pair(o->say, w->replay.attempts, w->replay.window_s);
    tl_prose_add(o->say, ", in force from the first verdict on");
    tl_outline_fact(o, "If");
    tl_explain_whatif(o->say, w);
    tl_outline_fact(o, "Would stop?");
    for (size_t i = 0; w->has_attempts && i < tl_explain_n_phases(&f->retry); i++) {
        tl_explain_phase(o->say, f, i);
        tl_outline_fact(o, i ? NULL : "In force were");
    }
    if (w->has_attempts) {
        tl_explain_would_stop(o->say, &f->retry);
        tl_outline_fact(o, "Would stop it");
        tl_explain_model(o->say, f);
        tl_outline_fact(o, "How told");
    }
}
