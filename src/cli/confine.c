/* What a command gives up before it reads hostile bytes (sandbox.h). SQLite and the sorter of `verify` make
 * temporary files as they need them; they get a directory of their own for it, since in a directory that is
 * everybody's one could open everybody's files. It is removed at the end; a kill leaves it, empty. */
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trailloop/sandbox.h"

/* Of the process, as the environment is that names it. Empty: none could be made, or none is needed. */
static char temp_dir[PATH_MAX], temp_base[PATH_MAX / 2];

enum { RULES_FIXED = 8 };

struct rules {
    struct tl_sandbox_rule *items;
    size_t n;
};

static void add(struct rules *r, const char *path, enum tl_sandbox_right right)
{
    r->items[r->n++] = (struct tl_sandbox_rule){path, right};
}

static void parent_of(const char *path, char out[PATH_MAX])
{
    snprintf(out, PATH_MAX, "%s", path);
    char *slash = strrchr(out, '/');
    if (!slash)
        snprintf(out, PATH_MAX, ".");
    else
        slash[slash == out] = '\0';
}

void cli_confine_begin(void)
{
    static const char *const names[] = {"TMPDIR", "SQLITE_TMPDIR"};
    const char *base = getenv("TMPDIR");
    if (temp_dir[0])
        return;
    snprintf(temp_base, sizeof temp_base, "%s", base && *base ? base : "/tmp");
    if (!tl_sandbox_power().landlock_abi)
        return;
    if (snprintf(temp_dir, sizeof temp_dir, "%s/trailloop-XXXXXX", temp_base) >= (int)sizeof temp_dir ||
        !mkdtemp(temp_dir)) {
        temp_dir[0] = '\0';
        return;
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        setenv(names[i], temp_dir, 1);
}

static void add_temp(struct rules *r)
{
    add(r, temp_dir[0] ? temp_dir : temp_base, TL_SANDBOX_WRITE);
    if (temp_dir[0])
        add(r, temp_base, TL_SANDBOX_REMOVE);
}

/* SQLite opens the journal anew in each transaction: it is made now, so that a rule can name it and no other
 * file of that directory needs to be opened. An empty journal means nothing. Who may read the database, and
 * nobody else, may read it: SQLite would see to that, but not in the sandbox. */
static void add_db(struct rules *r, const char *db, char real[PATH_MAX], char journal[PATH_MAX + 16],
                   char dir[PATH_MAX])
{
    if (!realpath(db, real))
        return;
    struct stat st;
    snprintf(journal, PATH_MAX + 16, "%s-journal", real);
    int fd = open(journal, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd >= 0 && stat(real, &st) == 0 &&
        (fchown(fd, st.st_uid, st.st_gid) == 0 || errno == EPERM)) /* only root may give it away */
        fchmod(fd, st.st_mode & 0666);
    if (fd >= 0)
        close(fd);
    parent_of(real, dir);
    add(r, real, TL_SANDBOX_WRITE);
    add(r, journal, TL_SANDBOX_WRITE);
    add(r, dir, TL_SANDBOX_MAKE);
}

/* The result goes to a new file beside the old one, and takes its name (output.c). */
static void add_output(struct rules *r, const char *output, char real[PATH_MAX], char dir[PATH_MAX])
{
    struct stat st;
    if (!realpath(output, real))
        snprintf(real, PATH_MAX, "%s", output);
    parent_of(real, dir);
    bool special = stat(real, &st) == 0 && !S_ISREG(st.st_mode);
    add(r, special ? real : dir, TL_SANDBOX_WRITE);
}

int cli_confine(struct cli *c)
{
    const struct cli_options *o = &c->o;
    char db[PATH_MAX], journal[PATH_MAX + 16], db_dir[PATH_MAX], output[PATH_MAX], output_dir[PATH_MAX];
    struct rules r = {.items = malloc((o->n_operands + o->public_keys.n + o->signatures.n + RULES_FIXED) *
                                      sizeof *r.items)};
    struct tl_sandbox_power power = tl_sandbox_power();
    if (!r.items)
        return tl_err_nomem(&c->err);
    for (size_t i = 0; i < o->n_operands; i++)
        if (strcmp(o->operands[i], "-") != 0)
            add(&r, o->operands[i], TL_SANDBOX_READ);
    for (size_t i = 0; i < o->public_keys.n; i++)
        add(&r, o->public_keys.items[i], TL_SANDBOX_READ);
    for (size_t i = 0; i < o->signatures.n; i++)
        add(&r, o->signatures.items[i], TL_SANDBOX_READ);
    add(&r, "/sys/devices/system/cpu", TL_SANDBOX_READ); /* how many processors there are */
    add_temp(&r);
    if (power.landlock_abi && o->db)
        add_db(&r, o->db, db, journal, db_dir);
    if (o->output)
        add_output(&r, o->output, output, output_dir);
    tl_sandbox_enter(r.items, r.n);
    free(r.items);
    return 0;
}

void cli_confine_reader(const struct cli *c)
{
    char output[PATH_MAX], output_dir[PATH_MAX];
    struct tl_sandbox_rule items[RULES_FIXED];
    struct rules r = {.items = items};
    add(&r, "/", TL_SANDBOX_READ);
    add_temp(&r);
    if (c->o.output)
        add_output(&r, c->o.output, output, output_dir);
    tl_sandbox_enter(r.items, r.n);
}

void cli_confine_end(void)
{
    if (temp_dir[0])
        rmdir(temp_dir); /* what is left in it, if anything, somebody else has put there */
    temp_dir[0] = '\0';
}
