/* A plan for people: lines on a terminal, a SQL script, an HTML page. */
#include "plan/plan.h"

static int longest_object(const plan *p)
{
    int most = 0;
    for (int i = 0; i < p->count; i++) {
        const int n = (int)strlen(p->steps[i].object);
        most = n > most ? n : most;
    }
    return most > 48 ? 48 : most;
}

static void add_lower(buf *b, const char *word)
{
    for (; *word; word++)
        buf_addc(b, *word >= 'A' && *word <= 'Z' ? (char)(*word + 32) : *word);
}

static void add_step_line(buf *b, const plan_step *s, int object_width)
{
    buf_addf(b, "%4d  %-8s", s->id + 1, !s->problem ? s->action : s->skip ? "skip" : "cannot");
    const size_t from = b->length;
    add_lower(b, s->kind);
    for (size_t n = b->length - from; n < 9; n++)
        buf_addc(b, ' ');
    buf_addf(b, "%-*s", s->source || s->problem ? object_width : 0, s->object);
    if (s->source)
        buf_addf(b, "  from %s", s->source);
    if (s->version >= 0)
        buf_addf(b, " version %lld", (long long)s->version);
    if (s->problem)
        buf_addf(b, "  %s", s->problem);
    buf_addc(b, '\n');
    if (s->files_from)
        buf_addf(b, "        copy the files of %s to %s\n", s->files_from, s->files_to);
    if (s->sql)
        buf_addf(b, "        %s\n", s->sql);
}

void plan_text(cx *c, const plan *p, int width, buf *out)
{
    (void)width;
    (void)c;
    char hash[65];
    plan_hash(p, hash);
    buf_addf(out, "Plan %.12s: %s %s to %s, %d step%s\n", hash, p->op, p->source ? p->source : "",
             p->dest ? p->dest : "", p->count, p->count == 1 ? "" : "s");
    if (p->t0)
        buf_addf(out, "Consistent cut at %s%s%s\n", p->t0, p->cut ? ": " : "",
                 p->cut ? p->cut : "");
    buf_addc(out, '\n');
    const int object_width = longest_object(p);
    for (int i = 0; i < p->count; i++)
        add_step_line(out, &p->steps[i], object_width);
    for (int i = 0; i < p->warning_count; i++)
        buf_addf(out, "%swarning: %s\n", i ? "" : "\n", p->warnings[i]);
}

/* A comment must end with its line, whatever a name has in it. */
static void add_comment_text(buf *b, const char *text)
{
    for (; *text; text++)
        buf_addc(b, *text == '\n' || *text == '\r' ? ' ' : *text);
}

static void add_comment(buf *b, const plan_step *s)
{
    buf_addf(b, "-- step %d: %s ", s->id + 1,
             !s->problem ? s->action
             : s->skip   ? "left out:"
                         : "cannot be done:");
    add_lower(b, s->kind);
    buf_addc(b, ' ');
    add_comment_text(b, s->object);
    if (s->problem) {
        buf_adds(b, ": ");
        add_comment_text(b, s->problem);
    }
    buf_addc(b, '\n');
}

void plan_sql(const plan *p, buf *out)
{
    char hash[65];
    plan_hash(p, hash);
    buf_addf(out, "-- plan %s\n", hash);
    for (int i = 0; i < p->count; i++) {
        const plan_step *s = &p->steps[i];
        buf_addc(out, '\n');
        add_comment(out, s);
        if (s->files_from)
            buf_addf(out, "-- copy the files of %s to %s\n", s->files_from, s->files_to);
        if (s->sql)
            buf_addf(out, "%s;\n", s->sql);
    }
}

static void add_html(buf *b, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '&': buf_adds(b, "&amp;"); break;
        case '<': buf_adds(b, "&lt;"); break;
        case '>': buf_adds(b, "&gt;"); break;
        case '"': buf_adds(b, "&quot;"); break;
        default: buf_addc(b, *text);
        }
    }
}

void plan_html(const plan *p, buf *out)
{
    char hash[65];
    plan_hash(p, hash);
    buf_adds(
        out,
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Plan</title><style>"
        "body{font:14px system-ui;margin:2rem}table{border-collapse:collapse}td,th{border:1px solid "
        "#ccc;padding:4px 8px;text-align:left;vertical-align:top}pre{margin:0;white-space:pre-wrap}"
        "</style></head><body><h1>Plan</h1><p>");
    add_html(out, p->source ? p->source : "");
    buf_adds(out, " to ");
    add_html(out, p->dest ? p->dest : "");
    buf_addf(
        out,
        ", %d steps, hash <code>%s</code></p><table><tr><th>Step</th><th>Action</th><th>Kind</th>"
        "<th>Object</th><th>Statement</th></tr>",
        p->count, hash);
    for (int i = 0; i < p->count; i++) {
        const plan_step *s = &p->steps[i];
        buf_addf(out, "<tr><td>%d</td><td>", s->id + 1);
        add_html(out, !s->problem ? s->action : s->skip ? "skip" : "cannot");
        buf_adds(out, "</td><td>");
        add_html(out, s->kind);
        buf_adds(out, "</td><td>");
        add_html(out, s->object);
        buf_adds(out, "</td><td><pre>");
        add_html(out, s->sql ? s->sql : s->problem ? s->problem : s->files_from);
        buf_adds(out, "</pre></td></tr>");
    }
    buf_adds(out, "</table></body></html>\n");
}
