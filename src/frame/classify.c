/* Classify: what an element is, by the keys of its first level and nothing else.
 *
 * S3 notifications, SNS wrappers and Insights events have much in common with CloudTrail records (`Records`,
 * `eventVersion`, `eventSource`); each is known by what only it has (CloudTrail user guide, "Insights
 * events"; S3 user guide, "Event message structure"). What is nothing known is left to the caller, who knows
 * in what company it came. */
#include "scan.h"

tl_str scan_value(const struct scan *s, tl_str text, enum key k)
{
    return tl_str_sub(text, (size_t)(s->value[k].from - s->start), (size_t)(s->value[k].to - s->start));
}

/* Whether the value of `k` starts with `prefix`: a quote for a string, a brace for an object. */
static bool value_starts(const struct scan *s, tl_str text, enum key k, tl_str prefix)
{
    return (s->valued & KEY_BIT(k)) && tl_str_starts(scan_value(s, text, k), prefix);
}

enum element_class classify(const struct scan *s, tl_str text)
{
    if (value_starts(s, text, KEY_CLOUDTRAIL_EVENT, TL_STR("\"")))
        return CLASS_LOOKUP;
    if (s->seen & (KEY_BIT(KEY_INSIGHT_DETAILS) | KEY_BIT(KEY_SNS)) ||
        value_starts(s, text, KEY_EVENT_TYPE, TL_STR("\"AwsCloudTrailInsight\"")) ||
        value_starts(s, text, KEY_EVENT_SOURCE, TL_STR("\"aws:"))) /* S3, SQS, DynamoDB ... to Lambda */
        return CLASS_FOREIGN;
    if (s->seen & KEYS_REQUIRED)
        return CLASS_RECORD;
    if (value_starts(s, text, KEY_DETAIL, TL_STR("{")) &&
        s->seen & (KEY_BIT(KEY_DETAIL_TYPE) | KEY_BIT(KEY_SOURCE)))
        return CLASS_ENVELOPE;
    if (value_starts(s, text, KEY_MESSAGE, TL_STR("\"")))
        return CLASS_MESSAGE;
    if ((s->seen & KEYS_DIGEST) == KEYS_DIGEST)
        return CLASS_DIGEST;
    return s->seen & KEYS_LISTS ? CLASS_FOREIGN : CLASS_STRAY;
}

/* Scans a text that is held whole. True when it is one object and nothing but white space around it. */
static bool scan_whole(struct scan *s, tl_str text)
{
    size_t used = 0;
    scan_begin(s, 0, '{');
    if (scan_run(s, text.p + 1, text.n - 1, 1, &used) != SCAN_CLOSED)
        return false;
    for (size_t i = used + 1; i < text.n; i++)
        if (!is_space(text.p[i]))
            return false;
    return true;
}

enum element_class classify_text(tl_str text, tl_str *record)
{
    struct scan s;
    while (text.n > 0 && is_space(text.p[0]))
        text = tl_str_sub(text, 1, text.n);
    *record = text;
    if (text.n == 0 || text.p[0] != '{')
        return CLASS_FOREIGN;
    if (!scan_whole(&s, text))
        return s.seen & KEYS_REQUIRED ? CLASS_RECORD : CLASS_FOREIGN;
    enum element_class c = classify(&s, text);
    if (c == CLASS_RECORD)
        return c;
    if (c != CLASS_ENVELOPE)
        return CLASS_FOREIGN;
    *record = scan_value(&s, text, KEY_DETAIL);
    struct scan detail;
    return scan_whole(&detail, *record) && classify(&detail, *record) == CLASS_RECORD ? CLASS_ENVELOPE
                                                                                      : CLASS_FOREIGN;
}
