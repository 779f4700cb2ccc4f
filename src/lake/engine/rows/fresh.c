/* What a column gets that a statement does not give: its default, the next number of an identity
 * column, else NULL.
 *
 * Numbers come from a temporary sequence of the statement's connection, which begins behind the
 * table's high-water mark. After the rows are written, the sequence says how far it got, and the
 * commit carries the new mark. So two writers at once both change the metadata: one of them fails
 * with a conflict, and its statement begins again. spec: delta "Identity Columns", "Default
 * Columns" */
#include "lake/engine/rows/rows_int.h"

static const char mark_key[] = "delta.identity.highWaterMark";

bool eng_is_identity(const json *field)
{
    return json_get(json_get(field, "metadata"), "delta.identity.start") != NULL;
}

bool eng_has_identity(const delta_snapshot *s)
{
    const json *field;
    size_t i;
    json_array_foreach (json_get(delta_schema(s), "fields"), i, field)
        if (eng_is_identity(field))
            return true;
    return false;
}

enum { MOST_TRIES = 20 };

/* Each attempt reads everything anew: what the one before read is older than what it will commit
 * over. */
cx_code eng_attempts(cx *c, run *r, eng_attempt attempt, void *self)
{
    for (int tries = 1;; tries++) {
        bool again = false;
        const cx_code rc = attempt(c, self, &again);
        if (rc == CX_OK || !again || tries == MOST_TRIES)
            return rc;
        cx_forgive(c);
        r->relations = NULL;
        r->reread = false;
        cx_sleep_ms(c, (int64_t)(cx_random(c) % 20 + 1) * tries);
        TRY(cx_alive(c));
    }
}

/* The first number of start + k * step that is beyond the mark; false when there is none. */
static bool next_number(const json *field, int64_t *out)
{
    const json *m = json_get(field, "metadata");
    const int64_t start = json_get_int(m, "delta.identity.start", 1),
                  step = json_get_int(m, "delta.identity.step", 1);
    *out = start;
    if (!json_get(m, mark_key))
        return true;
    const int64_t mark = json_get_int(m, mark_key, 0);
    if (step > 0 ? mark < start : mark > start)
        return true;
    const __int128 taken = ((__int128)mark - start) / step,
                   next = (__int128)start + (taken + 1) * step;
    *out = (int64_t)next;
    return next >= INT64_MIN && next <= INT64_MAX;
}

static const char *no_numbers_left(cx *c, const json *field)
{
    return cx_fmt(c, "The identity column `%s` has no numbers left.",
                  json_get_str(field, "name", ""));
}

/* The sequence counts rows from 0: DuckDB's own would end one before the last number. */
static cx_code add_number(cx *c, run *r, const json *field, size_t i, buf *out)
{
    const int64_t step = json_get_int(json_get(field, "metadata"), "delta.identity.step", 1);
    int64_t next;
    duck_conn *conn;
    if (step == 0)
        return cx_fail(c, CX_CORRUPT, "the identity column %s has step 0",
                       json_get_str(field, "name", ""));
    if (!next_number(field, &next))
        return cx_fail_as(c, CX_INVALID, "ARITHMETIC_OVERFLOW", "22003", "%s",
                          no_numbers_left(c, field));
    TRY(eng_conn(c, r, &conn));
    TRY(duck_run(c, conn,
                 cx_fmt(c,
                        "CREATE OR REPLACE TEMP SEQUENCE __clxs_identity_%zu MINVALUE 0 START "
                        "WITH 0",
                        i),
                 NULL));
    buf_addf(out,
             "coalesce(TRY_CAST(%lld::HUGEINT + nextval('__clxs_identity_%zu')::HUGEINT * %lld AS "
             "BIGINT), CAST(error(",
             (long long)next, i, (long long)step);
    duck_add_literal(out, cx_fmt(c, "[ARITHMETIC_OVERFLOW] %s", no_numbers_left(c, field)));
    buf_adds(out, ") AS BIGINT))");
    return CX_OK;
}

cx_code eng_fresh(cx *c, run *r, const eng_shape *s, size_t i, buf *out)
{
    const json *field = json_array_get(json_get(s->schema, "fields"), i);
    const char *standard = json_get_str(json_get(field, "metadata"), "CURRENT_DEFAULT", NULL);
    char *text = NULL;
    buf_adds(out, "CAST(");
    if (eng_is_identity(field)) {
        TRY(add_number(c, r, field, i, out));
    } else if (standard) {
        TRY_IN(c, eng_expression(c, r, standard, &text), "a column's default (%s)", standard);
        TRY(eng_guard(c, r, cx_fmt(c, "SELECT %s", text)));
        buf_addf(out, "(%s)", text);
    } else {
        buf_adds(out, "NULL");
    }
    buf_adds(out, " AS ");
    TRY(eng_duck_type(c, json_get(field, "type"), false, out));
    buf_addc(out, ')');
    return CX_OK;
}

/* ---- high-water marks ------------------------------------------------------------------------ */

/* A column's index, and the last row that took a number. */
static cx_code take_mark(cx *c, void *self, const char *const *v, const size_t *lengths)
{
    const json *fields = json_get(self, "fields");
    int64_t next;
    (void)c, (void)lengths;
    const json *field = json_array_get(fields, (size_t)strtoll(v[0], NULL, 10));
    json *m = json_get(field, "metadata");
    if (!m || !v[1] || !next_number(field, &next))
        return CX_OK;
    const int64_t last = strtoll(v[1], NULL, 10), step = json_get_int(m, "delta.identity.step", 1);
    json_object_set_new(m, mark_key,
                        json_integer((int64_t)((__int128)next + (__int128)last * step)));
    return CX_OK;
}

static cx_code numbers_taken(cx *c, run *r, duck_result **out)
{
    return eng_run_duck(c, r,
                        "SELECT replace(sequence_name, '__clxs_identity_', ''), last_value "
                        "FROM duckdb_sequences() WHERE starts_with(sequence_name, "
                        "'__clxs_identity_') AND last_value IS NOT NULL",
                        out);
}

/* The body of the metaData action among the actions; a copy of the table's is added if there is
 * none. */
static json *metadata_of(const delta_snapshot *s, json *actions)
{
    json *action;
    size_t i;
    json_array_foreach (actions, i, action)
        if (json_get(action, "metaData"))
            return json_get(action, "metaData");
    action = json_pack("{s:o}", "metaData", json_deep_copy(delta_metadata(s)));
    json_array_insert_new(actions, 0, action);
    return json_get(action, "metaData");
}

cx_code eng_identity_actions(cx *c, run *r, const delta_snapshot *s, json *actions)
{
    AUTO(duck_result) taken = NULL;
    AUTO(json) schema = NULL;
    const json *field;
    size_t i;
    if (!eng_has_identity(s))
        return CX_OK;
    TRY(numbers_taken(c, r, &taken));
    schema = json_deep_copy(delta_schema(s));
    TRY(duck_each(c, taken, take_mark, schema));
    if (json_equal(schema, delta_schema(s)))
        return CX_OK;
    json *body = metadata_of(s, actions);
    const char *before = json_get_str(body, "schemaString", "{}");
    AUTO(json) now = NULL;
    TRY(json_parse(c, before, strlen(before), "a schema", &now));
    json_array_foreach (json_get(schema, "fields"), i, field)
        json_object_set(json_get(json_array_get(json_get(now, "fields"), i), "metadata"), mark_key,
                        json_get(json_get(field, "metadata"), mark_key));
    AUTO_FREE char *text = json_text(now);
    json_object_set_new(body, "schemaString", json_string(text));
    return CX_OK;
}
