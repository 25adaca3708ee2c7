/* Changes to texts, for replay and for the files that tests/torture/files.sh reads: see the header. */
#include "change.h"

static uint64_t draw(uint64_t *state, uint64_t below) /* splitmix64 */
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (z ^ (z >> 31)) % below;
}

static int put_in(struct tl_buf *b, size_t at, const char *p, size_t n)
{
    if (tl_buf_reserve(b, n))
        return TL_ENOMEM;
    memmove(b->p + at + n, b->p + at, b->n - at);
    memcpy(b->p + at, p, n);
    b->n += n;
    return 0;
}

static void take_out(struct tl_buf *b, size_t at, size_t n)
{
    memmove(b->p + at, b->p + at + n, b->n - at - n);
    b->n -= n;
}

static int put_word(struct tl_buf *b, uint64_t *state, size_t at)
{
    static const char *const words[] = {"\"",
                                        "\\",
                                        "{",
                                        "}",
                                        "[",
                                        "]",
                                        ",",
                                        ":",
                                        "\n",
                                        "\x80",
                                        "\xed\xa0\x80",
                                        "\\ud800",
                                        "null",
                                        "1e999",
                                        "9223372036854775808",
                                        "{\"eventVersion\":",
                                        "\"Records\":[",
                                        "{}",
                                        "[[[[[[[[",
                                        "\\u0000",
                                        "\"eventID\":\"\",",
                                        "-",
                                        "0",
                                        "\x1f\x8b\x08",
                                        "\xff",
                                        " > ",
                                        "*",
                                        "config:PutEvaluations",
                                        "days ago",
                                        "\"Events\":[{\"CloudTrailEvent\":\""};
    const char *w = words[draw(state, sizeof words / sizeof *words)];
    return put_in(b, at, w, strlen(w));
}

static int change(struct tl_buf *b, uint64_t *state)
{
    size_t at = draw(state, b->n + 1), n = draw(state, 64) + 1;
    char part[64];
    if (at == b->n)
        return put_word(b, state, at);
    n = n < b->n - at ? n : b->n - at;
    switch (draw(state, 6)) {
    case 0:
        b->p[at] = (char)(b->p[at] ^ (1 << draw(state, 8)));
        break;
    case 1:
        b->p[at] = (char)draw(state, 256);
        break;
    case 2:
        take_out(b, at, n);
        break;
    case 3:
        memcpy(part, b->p + at, n);
        return put_in(b, draw(state, b->n + 1), part, n);
    case 4:
        b->p[at] = '\0';
        break;
    default:
        return put_word(b, state, at);
    }
    return 0;
}

int fuzz_change(struct tl_buf *b, uint64_t *state)
{
    int r = 0;
    for (uint64_t k = 1 + draw(state, 3); k > 0 && r == 0; k--)
        r = change(b, state);
    return r;
}
