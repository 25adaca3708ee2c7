/* Build tool: turns the .sql files into one C header, so that SQL is written as SQL and misuse fails to
 * compile.
 *
 *     embed OUT STATEMENTS.sql ... -- SCRIPT.sql ...
 *
 * A statements file is cut at lines `-- name: some_name`. Each statement gets an enumerator SQL_SOME_NAME,
 * and each of its `:parameter`s one SOME_NAME_PARAMETER whose value is the index SQLite gives it: the order
 * of first appearance, counted from 1. (A test asks SQLite for every one of them.) A script is embedded whole
 * as sql_script_<file name>. OUT gives the enumerators, or with SQL_TEXTS defined the statements' texts, or
 * with SQL_SCRIPTS the scripts. Comment lines are dropped. It is run by the build only, so it may exit where
 * it stands.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_STATEMENTS 256
#define MAX_PARAMETERS 64
#define MAX_FILE_BYTES ((size_t)1 << 20)

struct statement {
    char *name, *sql;
    char *params[MAX_PARAMETERS];
    int n_params;
};

static struct statement statements[MAX_STATEMENTS];
static int n_statements;

static void die(const char *what, const char *where)
{
    fprintf(stderr, "embed: %s '%s'\n", what, where);
    exit(1);
}

static void *need(void *p)
{
    if (!p)
        die("out of memory", "");
    return p;
}

static char *read_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        die("cannot open", path);
    char *text = need(malloc(MAX_FILE_BYTES + 1));
    size_t n = fread(text, 1, MAX_FILE_BYTES, f);
    if (ferror(f) || n == MAX_FILE_BYTES)
        die("cannot read, or too long:", path);
    fclose(f);
    text[n] = 0;
    return text;
}

static void find_parameters(struct statement *s)
{
    char quote = 0;
    for (const char *p = s->sql; *p; p++) {
        if (quote) {
            quote = *p == quote ? 0 : quote;
            continue;
        }
        if (*p == '\'' || *p == '"') {
            quote = *p;
            continue;
        }
        if (*p != ':' || !isalpha((unsigned char)p[1]))
            continue;
        size_t n = strspn(p + 1, "abcdefghijklmnopqrstuvwxyz_0123456789");
        char *name = need(strndup(p + 1, n));
        int i = 0;
        while (i < s->n_params && strcmp(s->params[i], name) != 0)
            i++;
        if (i < s->n_params) {
            free(name);
        } else if (i == MAX_PARAMETERS) {
            die("too many parameters:", s->name);
        } else {
            s->params[s->n_params++] = name;
        }
        p += n;
    }
}

static void add_statements(const char *path)
{
    static const char mark[] = "-- name: ";
    struct statement *now = NULL;
    char *text = read_file(path), *save = NULL;
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        if (strncmp(line, mark, sizeof mark - 1) == 0) {
            if (n_statements == MAX_STATEMENTS)
                die("too many statements:", path);
            now = &statements[n_statements++];
            now->name = need(strdup(line + sizeof mark - 1));
            now->sql = need(calloc(1, 1));
        } else if (strncmp(line, "--", 2) != 0) {
            if (!now)
                die("text before the first name:", path);
            now->sql = need(realloc(now->sql, strlen(now->sql) + strlen(line) + 2));
            strcat(strcat(now->sql, line), "\n");
        }
    }
    free(text);
}

static void put_upper(FILE *out, const char *s)
{
    for (; *s; s++)
        fputc(toupper((unsigned char)*s), out);
}

/* One C string literal a line. */
static void put_text(FILE *out, const char *sql)
{
    while (*sql) {
        size_t n = strcspn(sql, "\n");
        fputs("    \"", out);
        for (size_t i = 0; i < n; i++) {
            if (sql[i] == '"' || sql[i] == '\\')
                fputc('\\', out);
            fputc(sql[i], out);
        }
        fputs("\\n\"\n", out);
        sql += n + (sql[n] == '\n');
    }
}

static void put_statements(FILE *out)
{
    fputs("#if !defined(SQL_TEXTS) && !defined(SQL_SCRIPTS)\nenum sql_id {\n", out);
    for (int i = 0; i < n_statements; i++) {
        fputs("    SQL_", out);
        put_upper(out, statements[i].name);
        fputs(",\n", out);
    }
    fputs("    SQL_N\n};\n", out);
    for (int i = 0; i < n_statements; i++) {
        const struct statement *s = &statements[i];
        for (int k = 0; k < s->n_params; k++) {
            fputs(k ? ", " : "enum { ", out);
            put_upper(out, s->name);
            fputc('_', out);
            put_upper(out, s->params[k]);
            if (k == 0)
                fputs(" = 1", out);
        }
        if (s->n_params)
            fputs(" };\n", out);
    }
    fputs("#endif\n#ifdef SQL_TEXTS\nstatic const struct sql_text {\n    const char *name, *sql;\n"
          "    const char *const *params; /* ends with NULL */\n} sql_texts[] = {\n",
          out);
    for (int i = 0; i < n_statements; i++) {
        fprintf(out, "    {\"%s\",\n", statements[i].name);
        put_text(out, statements[i].sql);
        fputs("    , (const char *const[]){", out);
        for (int k = 0; k < statements[i].n_params; k++)
            fprintf(out, "\":%s\", ", statements[i].params[k]);
        fputs("NULL}},\n", out);
    }
    fputs("};\n#endif\n#ifdef SQL_SCRIPTS\n", out);
}

static void put_script(FILE *out, const char *path)
{
    const char *base = strrchr(path, '/');
    base = base ? base + 1 : path;
    fprintf(out, "static const char sql_script_%.*s[] =\n", (int)strcspn(base, "."), base);
    char *text = read_file(path), *kept = need(calloc(1, MAX_FILE_BYTES + 1)), *save = NULL;
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
        if (strncmp(line, "--", 2) != 0)
            strcat(strcat(kept, line), "\n");
    put_text(out, kept);
    fputs("    ;\n", out);
    free(kept);
    free(text);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        die("usage:", "embed OUT STATEMENTS.sql ... -- SCRIPT.sql ...");
    int i = 2;
    for (; i < argc && strcmp(argv[i], "--") != 0; i++)
        add_statements(argv[i]);
    for (int k = 0; k < n_statements; k++)
        find_parameters(&statements[k]);
    FILE *out = fopen(argv[1], "w");
    if (!out)
        die("cannot write", argv[1]);
    fputs("/* Made from src/store/sql by embed.c. */\n", out);
    put_statements(out);
    for (i++; i < argc; i++)
        put_script(out, argv[i]);
    fputs("#endif\n", out);
    if (ferror(out) || fclose(out))
        die("cannot write", argv[1]);
    return 0;
}
