/* rules: the chains that users write, in one line (`--chain`) or in rule files, and what is said about them
 * and about the built-in ones. Bytes in, rules or a located fault out. Pure: opens nothing and runs nothing;
 * the samples of a rule are only read here (pipeline.h runs them).
 *
 * docs/RULES.md tells the format, schema TL_RULES_SCHEMA.
 */
#ifndef TRAILLOOP_RULES_H
#define TRAILLOOP_RULES_H

#include "trailloop/detect.h"

#define TL_RULES_SCHEMA "trailloop.rules/1"
#define TL_RULES_LINE_SOURCE "--chain"

/* Why something is no rule, and where. */
struct tl_rule_fault {
    size_t line, column; /* from 1, the column in characters; 0: it has no place */
    char why[512];       /* may hold untrusted text */
};

/* Records, and what the chain must make of them. */
struct tl_rule_sample {
    tl_str title;      /* may be empty */
    uint64_t n_cycles; /* complete ones that it finds; 0: none */
    tl_str *records;   /* each the JSON text of one object, as it stands in the file */
    size_t *lines;     /* where each starts */
    size_t n_records;  /* 1 or more */
    size_t line;       /* where the sample starts */
};

struct tl_rule {
    tl_str title;   /* what happens, in one line; may be empty */
    tl_str meaning; /* what it means, and what to do; may be empty */
    tl_str source;  /* the file, as it was named; TL_RULES_LINE_SOURCE; empty: built in */
    size_t line;    /* where it starts in the file */
    struct tl_rule_sample *samples;
    size_t n_samples;
};

/* What is said about tl_chains[i]. Static. */
const struct tl_rule *tl_rules_built_in(size_t i);

/* The users' own: rule i is what is said about chains[i], whose limits are 0 where it gives none. Texts live
 * in the arena. {0} is an empty set. */
struct tl_rules {
    struct tl_rule *items;
    struct tl_chain *chains;
    size_t n, cap_items, cap_chains;
    struct tl_arena arena;
};

void tl_rules_fini(struct tl_rules *s);

/* Outcome of adding: nothing was added, and *f says why. */
enum { TL_RULES_BAD = 1 };
/* A chain as `--chain` takes it: `config:PutEvaluations > ssm:StartAutomationExecution > ec2:Revoke*`. Its
 * name is that line in its normal form, turned so that the verdict is first. 0, TL_RULES_BAD, or TL_ENOMEM.
 */
int tl_rules_add_line(struct tl_rules *s, tl_str text, struct tl_rule_fault *f);
/* Every rule of a rule file, or none. `source` is the file's name. Both are copied. */
int tl_rules_add_file(struct tl_rules *s, tl_str source, tl_str bytes, struct tl_rule_fault *f);

/* The number of the user's rule with that name; SIZE_MAX: there is none. */
size_t tl_rules_find(const struct tl_rules *s, tl_str name);
/* A step as `--chain` and rule files have it; `*` for one that no user may write. Static, or the chain's own.
 */
tl_str tl_chain_step_text(const struct tl_chain_step *s);
/* Steps as `--chain` takes them, appended. 0, TL_ENOMEM, or 1 for a built-in chain that no such line says;
 * then a few words that say it are appended. */
int tl_chain_line(const struct tl_chain *c, struct tl_buf *out);

#endif
