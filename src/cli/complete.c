/* Completion asks the program itself, so that it can never be stale: the shell's script
 * (ops/completion) calls `clxs __complete <words…>`, and gets candidates for the last word. */
#include "cli/cli_int.h"

static void offer(buf *out, const char *candidate, const char *prefix)
{
    if (text_starts(candidate, prefix))
        buf_addf(out, "%s\n", candidate);
}

static void offer_catalogs(cx *c, const cli_globals *g, const char *prefix, buf *out)
{
    const char *dir;
    workspace_config config;
    AUTO(workspace) ws = NULL;
    AUTO(json) list = NULL;
    c->deadline_us = cx_ticks_us(c) + 2000000; /* a shell waits */
    if (cli_resolve(c, g, &dir, &config) != CX_OK || workspace_open(c, &config, &ws) != CX_OK ||
        workspace_call(c, ws, "GET", "/api/2.1/unity-catalog/catalogs", NULL, NULL, &list) != CX_OK)
        return;
    size_t i;
    json *item;
    json_array_foreach (json_get(list, "catalogs"), i, item) {
        offer(out, json_get_str(item, "name", ""), prefix);
    }
}

static void offer_values(cx *c, const cli_call *k, const op_arg *a, const char *prefix, buf *out)
{
    if (a->kind == ARG_ENUM)
        for (size_t i = 0; a->of[i]; i++)
            offer(out, a->of[i], prefix);
    else if (a->kind == ARG_NAME)
        offer_catalogs(c, &k->globals, prefix, out);
}

static void offer_commands(cx *c, int argc, char **argv, const char *prefix, buf *out)
{
    const char *lead = argc == 1 ? argv[0] : NULL; /* "workspace " before its second word */
    for (size_t i = 0; i < op_count; i++) {
        char *words = op_command(c, op_table[i]);
        char *space = strchr(words, ' ');
        if (lead && space && !strncmp(words, lead, (size_t)(space - words)) &&
            strlen(lead) == (size_t)(space - words)) {
            offer(out, space + 1, prefix);
        } else if (!lead) {
            if (space)
                *space = '\0';
            offer(out, words, prefix);
        }
    }
    if (!lead)
        offer(out, "help", prefix);
}

static const op_arg *arg_of_flag(cx *c, const op *o, const char *flag)
{
    for (size_t i = 0; i < o->arg_count; i++) {
        const op_arg *a = &o->args[i];
        if (a->kind != ARG_BOOL && (!strcmp(op_flag(c, a), flag) ||
                                    (a->alias && !strcmp(cx_fmt(c, "--%s", a->alias), flag))))
            return a;
    }
    return NULL;
}

void cli_complete(cx *c, int argc, char **argv, buf *out)
{
    if (argc < 1)
        return;
    const char *prefix = argv[argc - 1];
    char **words = cx_array(c, char *, argc + 1);
    words[0] = cx_dup(c, "clxs");
    for (int i = 0; i < argc - 1; i++)
        words[i + 1] = argv[i];
    __attribute__((cleanup(cli_call_clear))) cli_call k = {0};
    if (cli_parse(c, argc, words, &k) != CX_OK)
        cx_forgive(c); /* an unfinished line is not a mistake; what was read so far counts */
    if (!k.o) {
        offer_commands(c, argc - 1, argv, prefix, out);
        return;
    }
    const op_arg *wanted = argc >= 2 ? arg_of_flag(c, k.o, argv[argc - 2]) : NULL;
    if (wanted) {
        offer_values(c, &k, wanted, prefix, out);
        return;
    }
    for (size_t i = 0; i < k.o->arg_count; i++) {
        const op_arg *a = &k.o->args[i];
        if (a->pos == 1 && prefix[0] != '-')
            offer_values(c, &k, a, prefix, out);
        else if (!a->http_only && !a->hidden)
            offer(out, op_flag(c, a), prefix);
    }
    for (size_t i = 0; prefix[0] == '-' && i < cli_global_count; i++)
        offer(out, cli_global_table[i].flag, prefix);
}
