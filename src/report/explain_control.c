/* Control events in a line each: what somebody did to the rule, its remediation or its exceptions. */
#include "explain.h"

void tl_explain_control(struct tl_prose *p, const struct tl_control_event *c)
{
    tl_prose_add(p, "%s", tl_control_action_name(c->action));
    if (c->action == TL_PUT_REMEDIATION_CONFIGURATION) {
        tl_prose_add(p, ", ");
        tl_explain_pair(p, c->attempts, c->window_s);
        tl_prose_add(p, c->automatic ? "" : ", not automatic");
    }
    tl_prose_add(p, " (event ");
    tl_prose_str(p, c->event.text);
    tl_prose_add(p, ")");
}
