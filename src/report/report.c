/* The formats by name, and the way from a format to its writer. Each writer walks the findings in the order
 * they have: the order is diagnose's, so that every format tells the same story. */
#include "writer.h"

static const struct tl_writer *const writers[TL_N_FORMATS] = {
    [TL_FORMAT_TEXT] = &tl_writer_text,
    [TL_FORMAT_JSON] = &tl_writer_json,
};

const char *tl_format_name(enum tl_format f)
{
    return writers[f]->name;
}

int tl_report_write(const struct tl_report *r, enum tl_format format, const struct tl_style *style,
                    struct tl_buf *out)
{
    return writers[format]->report(r, style, out);
}

int tl_report_write_loop(const struct tl_report *r, const struct tl_finding *f, enum tl_format format,
                         const struct tl_style *style, struct tl_buf *out)
{
    return writers[format]->loop(r, f, style, out);
}

int tl_stats_write(const struct tl_stats *s, enum tl_format format, const struct tl_style *style,
                   struct tl_buf *out)
{
    return writers[format]->stats(s, style, out);
}

int tl_run_write(const struct tl_run_report *r, enum tl_format format, const struct tl_style *style,
                 struct tl_buf *out)
{
    return writers[format]->run(r, style, out);
}
