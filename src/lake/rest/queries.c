/* Query history. spec: wire "Query history" */
#include "lake/rest/rest.h"
#include "lake/rest/statements.h"

enum { PAGE_DEFAULT = 100, PAGE_MOST = 999 };

typedef struct {
    int64_t from_ms, to_ms; /* 0 = open */
    const char *only_user;
} window;

/* Newer clients send the filter dotted in the query, older ones as the body of the GET. */
static int64_t filter_ms(cx *c, const rest_call *r, const char *key)
{
    const char *text = rest_query(c, r, cx_fmt(c, "filter_by.query_start_time_range.%s", key));
    if (text)
        return strtoll(text, NULL, 10);
    const json *range = json_get(json_get(r->body, "filter_by"), "query_start_time_range");
    return json_get_int(range, key, 0);
}

/* key=a&key=b in the query, or an array in the body: is value among them (or nothing asked)? */
static bool wanted(cx *c, const rest_call *r, const char *key, const char *value)
{
    const char *dotted = cx_fmt(c, "filter_by.%s=", key);
    bool asked = false;
    for (const char *p = r->http->query; p && *p;) {
        const size_t length = strcspn(p, "&");
        if (text_starts(p, dotted)) {
            asked = true;
            const char *given =
                query_param(c, cx_dupn(c, p, length), cx_dupn(c, dotted, strlen(dotted) - 1));
            if (given && text_same_nocase(given, value))
                return true;
        }
        p += length + (p[length] == '&');
    }
    const json *list = json_get(json_get(r->body, "filter_by"), key);
    for (size_t i = 0; i < json_array_size(list); i++) {
        asked = true;
        const json *given = json_array_get(list, i);
        if (json_is_string(given) && text_same_nocase(json_string_value(given), value))
            return true;
    }
    return !asked;
}

static bool matches(cx *c, const rest_call *r, const window *w, const json *info)
{
    const int64_t start = json_get_int(info, "query_start_time_ms", 0);
    if ((w->from_ms && start < w->from_ms) || (w->to_ms && start > w->to_ms))
        return false;
    if (w->only_user && !text_same_nocase(json_get_str(info, "user_name", ""), w->only_user))
        return false;
    return wanted(c, r, "statement_ids", json_get_str(info, "query_id", "")) &&
           wanted(c, r, "statuses", json_get_str(info, "status", "")) &&
           wanted(c, r, "warehouse_ids", json_get_str(info, "warehouse_id", ""));
}

typedef struct {
    window when;
    size_t most;
    const char *after; /* query_id of the last of the page before */
    bool metrics;
} listing;

/* Takes what matches out of the newest `all`. *last is the id of the last one taken. True when the
 * page is full and another one follows. */
static bool take_page(cx *c, const rest_call *r, const listing *l, const json *all, json *items,
                      const char **last)
{
    bool skipping = *l->after;
    for (size_t i = 0; i < json_array_size(all); i++) {
        json *info = json_array_get(all, i);
        const char *id = json_get_str(info, "query_id", "");
        if (skipping) {
            skipping = strcmp(id, l->after) != 0;
            continue;
        }
        if (!matches(c, r, &l->when, info))
            continue;
        if (json_array_size(items) == l->most)
            return true;
        if (!l->metrics)
            json_object_del(info, "metrics");
        json_array_append(items, info);
        *last = cx_dup(c, id);
    }
    return false;
}

/* History is long and pages are short: ever more of it is loaded until the page is full. */
cx_code rest_queries_list(cx *c, rest_call *r)
{
    rest_page page;
    statements_settle(r->lake->statements);
    TRY(rest_page_read(c, r, "max_results", PAGE_MOST, &page));
    const listing l = {
        .when = {.from_ms = filter_ms(c, r, "start_time_ms"),
                 .to_ms = filter_ms(c, r, "end_time_ms"),
                 .only_user = meta_is_admin(c, r->lake->meta, r->principal) ? NULL : r->principal},
        .most = page.most > 0 ? (size_t)page.most : PAGE_DEFAULT,
        .after = page.after,
        .metrics = rest_query_flag(c, r, "include_metrics")};
    AUTO(json) items = json_array();
    const char *last = "";
    bool more = false, exhausted = false;
    for (int64_t limit = 1000; !more && !exhausted; limit *= 10) {
        AUTO(json) all = NULL;
        TRY(meta_history_list(c, r->lake->meta, limit, &all));
        json_array_clear(items);
        more = take_page(c, r, &l, all, items, &last);
        exhausted = (int64_t)json_array_size(all) < limit;
    }
    json *body = json_pack("{s:O, s:b}", "res", items, "has_next_page", more);
    if (more)
        rest_page_next(c, body, last);
    return rest_reply(r, body);
}
