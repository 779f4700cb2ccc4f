/* CONVERT TO DELTA: a log for a folder of Parquet files, which stay where they are.
 *
 * One commit, the first of the log: killed before it, the folder is what it was. The row of a
 * registered Parquet table follows; who dies between the two has a Delta table under a row that
 * says PARQUET, and says CONVERT again, which then only mends the row. */
#include "lake/engine/upkeep/parquet.h"

#include "lake/engine/ddl/schema.h"

typedef struct {
    run *r;
    const sql_statement *q;
    meta_object o; /* of a registered table; else no name */
    const char *folder;
} convert;

static void convert_clear(convert *v)
{
    meta_object_clear(&v->o);
}

static cx_code find_folder(cx *c, convert *v)
{
    char *location = NULL;
    const sql_name *n = &v->q->name;
    if (!n->path) {
        TRY(eng_load_object(c, v->r, n, "MODIFY", &v->o));
        v->folder = v->o.location;
        return CX_OK;
    }
    if (!text_same_nocase(n->parts[0], "parquet"))
        return cx_fail_as(c, CX_UNSUPPORTED, "DELTA_CONVERT_NON_PARQUET_TABLE", "0AKDC",
                          "CONVERT TO DELTA only supports parquet tables, but you are trying to "
                          "convert a %s source: %s.",
                          n->parts[0], n->path);
    TRY(eng_require_path(c, v->r));
    TRY(eng_location(c, n->path, &location));
    v->folder = location;
    return CX_OK;
}

static cx_code check_format(cx *c, const convert *v)
{
    const meta_object *o = &v->o;
    if (!o->name.name || text_same_nocase(o->format, "PARQUET") ||
        text_same_nocase(o->format, "DELTA"))
        return CX_OK;
    return cx_fail_as(c, CX_UNSUPPORTED, "DELTA_CONVERT_NON_PARQUET_TABLE", "0AKDC",
                      "CONVERT TO DELTA only supports parquet tables, but you are trying to "
                      "convert a %s source: %s.",
                      o->view_definition ? "view" : o->format, eng_quoted(c, o->name));
}

static json *parameters_of(const convert *v, const eng_parquet_source *s)
{
    AUTO(json) list = json_array();
    for (size_t i = 0; i < s->partition_count; i++)
        json_array_append_new(list, json_string(s->partitions[i]));
    AUTO_FREE char *by = json_text(list);
    return json_pack("{s:I, s:s, s:b, s:s}", "numFiles", (json_int_t)json_array_size(s->files),
                     "partitionedBy", by, "collectStats", v->q->what == NULL, "sourceFormat",
                     "parquet");
}

static cx_code commit(cx *c, const convert *v, delta_table *t, const eng_parquet_source *s)
{
    AUTO(json) actions = json_array();
    AUTO(json) configuration = json_object();
    AUTO(json) parameters = parameters_of(v, s);
    AUTO(json)
    metrics =
        json_pack("{s:o}", "numConvertedFiles", json_sprintf("%zu", json_array_size(s->files)));
    int64_t version;
    TRY(eng_parquet_actions(
        c, v->r, s,
        &(eng_parquet_wish){.configuration = configuration, .statistics = v->q->what == NULL},
        actions));
    const delta_commit m = {.operation = "CONVERT",
                            .parameters = parameters,
                            .metrics = metrics,
                            .user_name = v->r->s->principal,
                            .read_version = -1,
                            .actions = actions,
                            .exclusive = true};
    return delta_commit_write(c, t, &m, &version);
}

static cx_code convert_folder(cx *c, const convert *v, delta_table *t)
{
    AUTO_CLEAR(eng_parquet_source) s = {0};
    const sql_statement *q = v->q;
    if (delta_is_table(c, v->folder))
        return CX_OK;
    /* A registered table's partition columns need not be said again. */
    const bool guess = v->o.name.name && !q->column_count;
    TRY(eng_parquet_source_load(c, v->r, v->folder,
                                guess             ? NULL
                                : q->column_count ? q->columns
                                                  : (const sql_column[]){{0}},
                                q->column_count, &s));
    return commit(c, v, t, &s);
}

static cx_code update_row(cx *c, const convert *v, delta_table *t)
{
    AUTO(delta_snapshot) now = NULL;
    if (!v->o.name.name)
        return CX_OK;
    TRY(delta_snapshot_load(c, t, DELTA_LATEST, &now));
    AUTO(json) columns = eng_snapshot_columns(c, now);
    AUTO(json) properties = eng_all_properties(now);
    AUTO(json)
    changes = json_pack("{s:O, s:O, s:o, s:s}", "columns", columns, "properties", properties,
                        "routine", eng_row_version(delta_version(now)), "format", "DELTA");
    return meta_update(c, v->r->e->meta, META_TABLE, v->o.name, changes, v->r->s->principal);
}

cx_code eng_convert(cx *c, run *r, const sql_statement *q)
{
    AUTO_CLEAR(convert) v = {.r = r, .q = q};
    AUTO(delta_table) t = NULL;
    TRY(find_folder(c, &v));
    TRY(check_format(c, &v));
    TRY(delta_open(c, v.folder, &r->e->parquet, &t));
    TRY_IN(c, convert_folder(c, &v, t), "converting %s", v.folder);
    TRY(update_row(c, &v, t));
    return eng_out_none(c, r);
}
