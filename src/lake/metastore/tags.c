/* Tags. spec: wire §3.7 */
#include "lake/metastore/facts.h"
#include "lake/metastore/meta_int.h"

enum { MOST_TAGS = 50, KEY_MOST = 255, VALUE_MOST = 1000 };

static cx_code bad_tag(cx *c, const char *key, const char *why)
{
    return cx_fail_as(c, CX_INVALID, "INVALID_PARAMETER_VALUE", "22023", "The tag '%s' %s.", key,
                      why);
}

static cx_code check_pair(cx *c, const char *key, const json *value)
{
    if (!*key || strlen(key) > KEY_MOST || strpbrk(key, ".,-=/:") || *key == ' ' ||
        key[strlen(key) - 1] == ' ')
        return bad_tag(c, key,
                       "has no valid key: 1 to 255 characters, none of . , - = / : and no space "
                       "at either end");
    if (!json_is_string(value) || json_string_length(value) > VALUE_MOST)
        return bad_tag(c, key, "needs a value that is text of at most 1000 characters");
    return CX_OK;
}

static cx_code put_tag(cx *c, db *d, const char *id, const char *column, const char *key,
                       const char *value, const char *by)
{
    return db_run(c, d,
                  "INSERT INTO tag(object_id, column, key, value, set_by, set_ms)"
                  " VALUES(?1,?2,?3,?4,?5,?6) ON CONFLICT(object_id, column, key)"
                  " DO UPDATE SET value=?4, set_by=?5, set_ms=?6",
                  "ttttti", id, column, key, value, by, cx_now_ms(c));
}

static cx_code check_count(cx *c, db *d, const char *id, const char *column)
{
    int64_t n = 0;
    TRY(db_int(c, d, &n, "SELECT count(*) FROM tag WHERE object_id=?1 AND column=?2", "tt", id,
               column));
    if (n <= MOST_TAGS)
        return CX_OK;
    return cx_fail_as(c, CX_INVALID, "TAG_LIMIT_EXCEEDED", "54000",
                      "An object or a column can have at most %d tags.", MOST_TAGS);
}

cx_code meta_tags_set(cx *c, meta *m, meta_type t, meta_name n, const char *column,
                      const json *pairs, const char *by)
{
    AUTO(db) d = NULL;
    const char *id, *key;
    json *value;
    json_object_foreach ((json *)pairs, key, value)
        TRY(check_pair(c, key, value));
    TRY(db_take(c, m, DB_WRITE, &d));
    TRY(meta_id_on(c, d, t, meta_fold(c, t, n), &id));
    json_object_foreach ((json *)pairs, key, value)
        TRY(put_tag(c, d, id, column ? column : "", key, json_string_value(value), by));
    TRY(check_count(c, d, id, column ? column : ""));
    return db_commit(c, d);
}

cx_code meta_tags_unset(cx *c, meta *m, meta_type t, meta_name n, const char *column,
                        const json *keys)
{
    AUTO(db) d = NULL;
    const char *id;
    const json *key;
    size_t i;
    TRY(db_take(c, m, DB_WRITE, &d));
    TRY(meta_id_on(c, d, t, meta_fold(c, t, n), &id));
    json_array_foreach (keys, i, key)
        TRY(db_run(c, d, "DELETE FROM tag WHERE object_id=?1 AND column=?2 AND key=?3", "ttt", id,
                   column ? column : "", json_string_value(key)));
    return db_commit(c, d);
}

cx_code meta_tags_below(cx *c, meta *m, const char *catalog, meta_tag_row **out, size_t *out_n)
{
    AUTO(db) d = NULL;
    DB_STMT s = NULL;
    size_t count = 0, room = 16;
    meta_tag_row *rows = cx_array(c, meta_tag_row, room);
    const meta_name n = meta_fold(c, META_CATALOG, (meta_name){.catalog = catalog});
    TRY(db_take(c, m, DB_READ, &d));
    TRY(db_query(c, d, &s,
                 "SELECT o.type, o.catalog, o.schema, o.name, t.column, t.key, t.value"
                 " FROM object o JOIN tag t ON t.object_id=o.id WHERE ?1 IS NULL OR o.catalog=?1"
                 " ORDER BY o.catalog, o.schema, o.name, o.type, t.column, t.key",
                 "t", catalog ? n.catalog : NULL));
    for (bool row;;) {
        TRY(db_step(c, d, s, &row));
        if (!row)
            break;
        rows = meta_grow(c, rows, sizeof *rows, count, &room);
        const char *column = db_text(c, s, 4);
        rows[count++] =
            (meta_tag_row){.type = (meta_type)sqlite3_column_int(s, 0),
                           .name = {db_text(c, s, 1), db_text(c, s, 2), db_text(c, s, 3)},
                           .column = column && *column ? column : NULL,
                           .key = db_text(c, s, 5),
                           .value = db_text(c, s, 6)};
    }
    *out = rows;
    *out_n = count;
    return CX_OK;
}
