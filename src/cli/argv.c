/* Command words, flags and values, all from the operation table: there is no flag that is spelled
 * here, but the global ones. A mistake is answered with the nearest thing that exists. */
#include "cli/cli_int.h"

#define GLOBAL(FLAG, VALUE, KIND, MEMBER, HELP)                \
    {                                                          \
        FLAG, VALUE, HELP, KIND, offsetof(cli_globals, MEMBER) \
    }
const cli_global cli_global_table[] = {
    GLOBAL("--json", NULL, G_BOOL, json, "Print the result as JSON"),
    GLOBAL("--state-dir", "DIR", G_TEXT, state_dir,
           "State folder; else CLXS_HOME, else ~/.clxs. Holds the embedded lakehouse, too"),
    GLOBAL("--host", "URL", G_TEXT, host, "Databricks workspace; else DATABRICKS_HOST"),
    GLOBAL("--token", "TOKEN", G_TEXT, token, "Access token; better in DATABRICKS_TOKEN"),
    GLOBAL("--auth-profile", "NAME", G_TEXT, auth_profile, "Profile of ~/.databrickscfg"),
    GLOBAL("--warehouse-id", "ID", G_TEXT, warehouse_id, "SQL warehouse; else the first that runs"),
    GLOBAL("--rate-limit", "N", G_REAL, max_rps, "Requests per second at most; 0 = no limit"),
    GLOBAL("--max-parallel-queries", "N", G_INT, max_parallel, "Statements at once; 10 unless set"),
    GLOBAL("--trace", "FILE", G_TEXT, trace, "Write each request as a JSON line, without secrets"),
    GLOBAL("--log-file", "FILE", G_TEXT, log_file, "Write log lines to a file, too"),
    GLOBAL("--progress", NULL, G_BOOL, progress, "Show progress even when no terminal watches"),
    GLOBAL("--no-progress", NULL, G_BOOL, no_progress, "Show no progress"),
    GLOBAL("--yes", NULL, G_BOOL, yes, "Answer yes to confirmations"),
    GLOBAL("--verbose", NULL, G_BOOL, verbose, "Log what is done to standard error"),
    GLOBAL("--help", NULL, G_BOOL, help, "Show this help"),
    GLOBAL("--version", NULL, G_BOOL, version, "Show the version"),
};
const size_t cli_global_count = CX_COUNT(cli_global_table);

void cli_call_clear(cli_call *k)
{
    json_decref(k->body);
}

/* ---- nearest ---------------------------------------------------------------- */

/* Edit distance, for suggestions. Both are short: flags and command names. */
static size_t distance(cx *c, const char *a, const char *b)
{
    const size_t n = strlen(a), m = strlen(b);
    size_t *row = cx_array(c, size_t, m + 1);
    for (size_t j = 0; j <= m; j++)
        row[j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            const size_t up = row[j];
            size_t best = diagonal + (a[i - 1] != b[j - 1]);
            if (up + 1 < best)
                best = up + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            diagonal = up;
            row[j] = best;
        }
    }
    return row[m];
}

static void nearer(cx *c, const char *want, const char *candidate, size_t *best, const char **found)
{
    const size_t d = distance(c, want, candidate);
    if (d < *best) {
        *best = d;
        *found = candidate;
    }
}

static cx_code unknown_flag(cx *c, const op *o, const char *flag)
{
    size_t best = 4;
    const char *found = NULL;
    for (size_t i = 0; i < cli_global_count; i++)
        nearer(c, flag, cli_global_table[i].flag, &best, &found);
    for (size_t i = 0; o && i < o->arg_count; i++)
        nearer(c, flag, op_flag(c, &o->args[i]), &best, &found);
    if (o)
        (void)cx_fail(c, CX_INVALID, "clxs %s has no flag %s", op_command(c, o), flag);
    else
        (void)cx_fail(c, CX_INVALID, "there is no flag %s", flag);
    if (found)
        return cx_hint(c, "did you mean %s?", found);
    return cx_hint(c, "see clxs help%s%s", o ? " " : "", o ? op_command(c, o) : "");
}

static cx_code unknown_command(cx *c, const char *words)
{
    size_t best = 4;
    const char *found = NULL;
    for (size_t i = 0; i < op_count; i++)
        nearer(c, words, op_command(c, op_table[i]), &best, &found);
    (void)cx_fail(c, CX_INVALID, "there is no command \"%s\"", words);
    if (found)
        return cx_hint(c, "did you mean clxs %s?", found);
    return cx_hint(c, "clxs help lists the commands");
}

/* ---- values ------------------------------------------------------------------ */

static bool takes_value(const op_arg *a)
{
    return a->kind != ARG_BOOL;
}

static void add_list_items(json *list, const char *text)
{
    while (*text) {
        const size_t n = strcspn(text, ",");
        if (n)
            json_array_append_new(list, json_stringn(text, n));
        text += n + (text[n] == ',');
    }
}

static cx_code set_map(cx *c, json *body, const op_arg *a, const char *text)
{
    const char *eq = strchr(text, '=');
    if (!eq || eq == text)
        return cx_fail(c, CX_INVALID, "%s wants key=value, not \"%s\"", op_flag(c, a), text);
    json *map = json_get(body, a->name);
    if (!map) {
        map = json_object();
        json_object_set_new(body, a->name, map);
    }
    json_object_set_new(map, cx_dupn(c, text, (size_t)(eq - text)), json_string(eq + 1));
    return CX_OK;
}

static cx_code set_value(cx *c, json *body, const op_arg *a, const char *text)
{
    if (!text_utf8_valid(text, strlen(text)))
        return cx_fail(c, CX_INVALID, "%s: the value is not valid UTF-8", op_flag(c, a));
    if (a->kind == ARG_MAP)
        return set_map(c, body, a, text);
    if (a->kind == ARG_STRS) {
        json *list = json_get(body, a->name);
        if (!list) {
            list = json_array();
            json_object_set_new(body, a->name, list);
        }
        add_list_items(list, text);
        return CX_OK;
    }
    json_object_set_new(body, a->name, json_string(text));
    return CX_OK;
}

/* ---- flags --------------------------------------------------------------------- */

typedef struct {
    cx *c;
    int argc, at;
    char **argv;
    cli_call *out;
} parser;

/* `--flag=value` and `--flag value`. */
static cx_code value_of(parser *p, const char *flag, const char *inline_value, const char **out)
{
    if (inline_value) {
        *out = inline_value;
        return CX_OK;
    }
    if (p->at + 1 >= p->argc)
        return cx_fail(p->c, CX_INVALID, "%s wants a value", flag);
    *out = p->argv[++p->at];
    return CX_OK;
}

static cx_code take_global(parser *p, const cli_global *g, const char *inline_value)
{
    char *slot = (char *)&p->out->globals + g->offset;
    if (g->kind == G_BOOL) {
        *(bool *)slot = true;
        return CX_OK;
    }
    const char *value;
    TRY(value_of(p, g->flag, inline_value, &value));
    if (g->kind == G_TEXT) {
        *(const char **)slot = value;
        return CX_OK;
    }
    char *end;
    const double v = strtod(value, &end);
    if (end == value || *end || !(v >= 0) || v > 1e6)
        return cx_fail(p->c, CX_INVALID, "%s wants a number that is not negative, not \"%s\"",
                       g->flag, value);
    if (g->kind == G_REAL)
        *(double *)slot = v;
    else
        *(int64_t *)slot = (int64_t)v;
    return CX_OK;
}

static const op_arg *find_arg(cx *c, const op *o, const char *flag, bool *negated)
{
    *negated = false;
    for (size_t i = 0; o && i < o->arg_count; i++) {
        const op_arg *a = &o->args[i];
        if (a->http_only)
            continue;
        if (!strcmp(op_flag(c, a), flag) ||
            (a->alias && !strcmp(cx_fmt(c, "--%s", a->alias), flag)))
            return a;
        if (a->kind == ARG_BOOL && !strcmp(cx_fmt(c, "--no-%s", op_flag(c, a) + 2), flag)) {
            *negated = true;
            return a;
        }
    }
    return NULL;
}

static cx_code take_arg(parser *p, const op_arg *a, bool negated, const char *flag,
                        const char *inline_value)
{
    json *body = p->out->body;
    if (!takes_value(a)) {
        if (inline_value)
            return cx_fail(p->c, CX_INVALID, "%s takes no value", flag);
        json_object_set_new(body, a->name, json_boolean(!negated));
        return CX_OK;
    }
    const char *value;
    TRY(value_of(p, flag, inline_value, &value));
    TRY(set_value(p->c, body, a, value));
    while (a->kind == ARG_STRS && !inline_value && p->at + 1 < p->argc &&
           p->argv[p->at + 1][0] != '-')
        TRY(set_value(p->c, body, a, p->argv[++p->at]));
    return CX_OK;
}

static cx_code take_flag(parser *p)
{
    const char *text = p->argv[p->at];
    const char *eq = strchr(text, '=');
    const char *flag = eq ? cx_dupn(p->c, text, (size_t)(eq - text)) : text;
    const char *inline_value = eq ? eq + 1 : NULL;
    if (!strcmp(flag, "-v"))
        flag = "--verbose";
    else if (!strcmp(flag, "-h"))
        flag = "--help";
    bool negated;
    const op_arg *a = find_arg(p->c, p->out->o, flag, &negated);
    if (a)
        return take_arg(p, a, negated, flag, inline_value);
    for (size_t i = 0; i < cli_global_count; i++)
        if (!strcmp(cli_global_table[i].flag, flag))
            return take_global(p, &cli_global_table[i], inline_value);
    return unknown_flag(p->c, p->out->o, flag);
}

/* ---- words ------------------------------------------------------------------------ */

/* The command is the longest run of leading words that names one. */
static cx_code take_command(parser *p)
{
    const char *first = p->argv[p->at];
    if (!strcmp(first, "help") && !p->out->help_command) {
        p->out->help_command = true;
        return CX_OK;
    }
    if (p->at + 1 < p->argc) {
        const op *two = op_find_cli(cx_fmt(p->c, "%s %s", first, p->argv[p->at + 1]));
        if (two) {
            p->out->o = two;
            p->at++;
            return CX_OK;
        }
    }
    p->out->o = op_find_cli(first);
    return p->out->o ? CX_OK : unknown_command(p->c, first);
}

static cx_code take_positional(parser *p, int n)
{
    const op *o = p->out->o;
    for (size_t i = 0; i < o->arg_count; i++) {
        const op_arg *a = &o->args[i];
        if (a->pos && (a->pos == n || (a->kind == ARG_STRS && a->pos < n)))
            return set_value(p->c, p->out->body, a, p->argv[p->at]);
    }
    (void)cx_fail(p->c, CX_INVALID, "clxs %s does not take \"%s\"", op_command(p->c, o),
                  p->argv[p->at]);
    return cx_hint(p->c, "see clxs help %s", op_command(p->c, o));
}

cx_code cli_parse(cx *c, int argc, char **argv, cli_call *out)
{
    *out = (cli_call){.body = json_object()};
    parser p = {c, argc, 1, argv, out};
    int positional = 0;
    bool only_words = false;
    for (; p.at < argc; p.at++) {
        const char *word = argv[p.at];
        if (!only_words && !strcmp(word, "--"))
            only_words = true;
        else if (!only_words && word[0] == '-' && word[1])
            TRY(take_flag(&p));
        else if (!out->o)
            TRY(take_command(&p));
        else
            TRY(take_positional(&p, ++positional));
    }
    return CX_OK;
}
