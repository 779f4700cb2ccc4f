#include "cli/cli_int.h"

#include "base/sys.h"

/* Wraps help behind a column; the first line continues where the caller is. */
static void wrap(buf *out, const char *text, int indent, int width)
{
    int at = indent;
    while (*text) {
        const int n = (int)strcspn(text, " ");
        if (at > indent && at + 1 + n > width) {
            buf_addf(out, "\n%*s", indent, "");
            at = indent;
        } else if (at > indent) {
            buf_addc(out, ' ');
            at++;
        }
        buf_add(out, text, (size_t)n);
        at += n;
        text += n + (text[n] == ' ');
    }
    buf_addc(out, '\n');
}

static void row(buf *out, const char *left, const char *help, int column, int width)
{
    int n = 0;
    for (const char *p = left; *p; p++)
        n += ((unsigned char)*p & 0xC0) != 0x80; /* cells, not bytes */
    buf_addf(out, "  %s", left);
    if (n + 2 > column - 2)
        buf_addf(out, "\n%*s", column, "");
    else
        buf_addf(out, "%*s", column - 2 - n, "");
    wrap(out, help, column, width);
}

static const char *value_name(cx *c, const op_arg *a)
{
    switch (a->kind) {
    case ARG_BOOL: return "";
    case ARG_INT:
    case ARG_REAL: return " N";
    case ARG_NAME: return " CATALOG";
    case ARG_PATH: return " PATH";
    case ARG_STRS: return " NAME…";
    case ARG_MAP: return " KEY=VALUE";
    case ARG_ENUM: {
        buf b = BUF(BUF_ANY);
        for (size_t i = 0; a->of[i]; i++)
            buf_addf(&b, "%s%s", i ? "|" : " ", a->of[i]);
        const char *text = cx_dup(c, buf_text(&b));
        buf_clear(&b);
        return text;
    }
    default: return " TEXT";
    }
}

static const char *arg_help(cx *c, const op_arg *a)
{
    if (a->need)
        return cx_fmt(c, "%s (required)", a->help);
    if (a->kind == ARG_BOOL && a->def && !strcmp(a->def, "true"))
        return cx_fmt(c, "%s (on; switch off with --no-%s)", a->help, op_flag(c, a) + 2);
    if (a->def && a->kind != ARG_BOOL && *a->def)
        return cx_fmt(c, "%s (%s unless set)", a->help, a->def);
    return a->help;
}

static void usage_line(cx *c, const op *o, buf *out)
{
    buf_addf(out, "Usage: clxs %s", op_command(c, o));
    for (size_t i = 0; i < o->arg_count; i++) {
        const op_arg *a = &o->args[i];
        if (a->pos)
            buf_addf(out, a->need ? " <%s>" : " [%s]", a->name);
        else if (a->need && !a->http_only)
            buf_addf(out, " %s%s", op_flag(c, a), value_name(c, a));
    }
    buf_adds(out, " [flags]\n\n");
}

static void usage_op(cx *c, const op *o, int width, buf *out)
{
    usage_line(c, o, out);
    wrap(out, o->help, 0, width);
    if (o->why)
        wrap(out, o->why, 0, width);
    bool any = false;
    for (size_t i = 0; i < o->arg_count; i++) {
        const op_arg *a = &o->args[i];
        if (a->http_only || a->hidden || a->pos)
            continue;
        buf_adds(out, any ? "" : "\nFlags:\n");
        any = true;
        const char *alias = a->alias ? cx_fmt(c, ", --%s", a->alias) : "";
        row(out, cx_fmt(c, "%s%s%s", op_flag(c, a), alias, value_name(c, a)), arg_help(c, a), 32,
            width);
    }
    if (o->example)
        buf_addf(out, "\nExample:\n  %s\n", o->example);
    buf_adds(out, "\nclxs help shows the flags that every command takes.\n");
}

static void overview(cx *c, int width, buf *out)
{
    buf_adds(out,
             "clxs " CLXS_VERSION ": clone, sync, compare and prove Unity Catalog catalogs.\n\n"
             "Usage: clxs <command> [flags]\n");
    const char *group = NULL;
    for (size_t i = 0; i < op_count; i++) {
        const op *o = op_table[i];
        if (o->cli && !*o->cli)
            continue;
        if (o->group && (!group || strcmp(group, o->group) != 0)) {
            buf_addf(out, "\n%s\n", o->group);
            group = o->group;
        }
        row(out, op_command(c, o), o->help, 20, width);
    }
    buf_adds(out, "\nFlags of every command\n");
    for (size_t i = 0; i < cli_global_count; i++) {
        const cli_global *g = &cli_global_table[i];
        row(out,
            cx_fmt(c, "%s%s%s", g->flag, g->value_name ? " " : "",
                   g->value_name ? g->value_name : ""),
            g->help, 32, width);
    }
    buf_adds(out, "\nclxs help <command> explains one. Without a Databricks workspace configured, "
                  "every command\n"
                  "uses the embedded lakehouse in the state folder.\n");
}

void cli_usage(cx *c, const op *o, int width, buf *out)
{
    if (o)
        usage_op(c, o, width, out);
    else
        overview(c, width, out);
}
