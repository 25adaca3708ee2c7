/* Other retry settings, tried on what was observed: would they have stopped the loop, when, and if not, why;
 * beside the settings that were in force. */
#include "explain.h"
#include "text.h"

int tl_text_write_whatif(const struct tl_whatif *w, const struct tl_style *style, struct tl_buf *out)
{
    struct tl_text t;
    const struct tl_finding *f = w->loop;
    tl_text_init(&t, style, out);
    tl_prose_add(&t.say, "Loop %s", f->id);
    tl_text_row(&t, TL_TEXT_BOLD);
    tl_explain_resource(&t.say, &f->resource);
    tl_text_labelled(&t, "On");
    tl_explain_when(&t.say, f);
    tl_text_labelled(&t, "Since when");
    tl_explain_pair(&t.say, w->replay.attempts, w->replay.window_s);
    tl_prose_add(&t.say, ", in force from the first verdict on");
    tl_text_labelled(&t, "If");
    tl_explain_whatif(&t.say, w);
    tl_text_labelled(&t, "Would stop?");
    for (size_t i = 0; w->has_attempts && i < tl_explain_n_phases(&f->retry); i++) {
        tl_explain_phase(&t.say, f, i);
        tl_text_labelled(&t, i ? NULL : "In force were");
    }
    if (w->has_attempts) {
        tl_explain_would_stop(&t.say, &f->retry);
        tl_text_labelled(&t, "Would stop it");
        tl_explain_model(&t.say, f);
        tl_text_labelled(&t, "How told");
    }
    return tl_text_fini(&t);
}
