/* CLUSTER BY. The log names clustering columns by their physical path, so that a renaming does not
 * touch them; people see logical names. spec: delta "Clustered Table" */
#include "lake/engine/ddl/features.h"
#include "lake/engine/ddl/schema.h"

enum { MOST_COLUMNS = 4 };

static cx_code check_one(cx *c, json *schema, const char *column)
{
    static const char *const unordered[] = {"boolean", "binary", "variant", "void"};
    eng_place p;
    if (!eng_find_place(c, schema, column, &p))
        return cx_fail_as(c, CX_INVALID, "UNRESOLVED_COLUMN.WITH_SUGGESTION", "42703",
                          "A column with name `%s` cannot be resolved: the table has no such "
                          "column.",
                          column);
    const json *type = eng_place_type(&p);
    const char *name = json_string_value(type);
    bool bad = !name || p.inside_list || *p.below;
    for (size_t i = 0; name && i < CX_COUNT(unordered); i++)
        bad = bad || strcmp(name, unordered[i]) == 0;
    if (bad)
        return cx_fail_as(c, CX_INVALID, "DELTA_CLUSTERING_COLUMNS_DATATYPE_NOT_SUPPORTED", "0A000",
                          "CLUSTER BY is not supported because the column %s is of the type %s.",
                          column, delta_type_sql(c, type));
    return CX_OK;
}

static void count_leaves(const json *type, const json *wanted, int64_t *seen, int64_t *place)
{
    const json *field;
    size_t i;
    json_array_foreach (json_get(type, "fields"), i, field) {
        if (json_get(json_get(field, "type"), "fields")) {
            count_leaves(json_get(field, "type"), wanted, seen, place);
            continue;
        }
        if (field == wanted)
            *place = *seen;
        ++*seen;
    }
}

static bool named_for_statistics(const char *list, const char *column)
{
    for (const char *p = list; *p;) {
        p += strspn(p, " ,`");
        const size_t n = strcspn(p, ",`");
        if (n && strncasecmp(p, column, n) == 0 && (column[n] == 0 || column[n] == '.'))
            return true;
        p += n;
    }
    return false;
}

/* Files are skipped by statistics, so clustering by a column without them would be for nothing. */
static cx_code check_statistics(cx *c, json *schema, const json *configuration, const char *column)
{
    const char *named = json_get_str(configuration, "delta.dataSkippingStatsColumns", NULL);
    const int64_t most = json_get_int(configuration, "delta.dataSkippingNumIndexedCols", 32);
    int64_t seen = 0, place = 0;
    eng_place p;
    if (!eng_find_place(c, schema, column, &p))
        return CX_OK;
    count_leaves(schema, p.field, &seen, &place);
    if (named ? named_for_statistics(named, column) : most < 0 || place < most)
        return CX_OK;
    return cx_fail_as(c, CX_INVALID, "DELTA_CLUSTERING_COLUMN_MISSING_STATS", "22000",
                      "CLUSTER BY wants statistics, but the column %s has none: see the table "
                      "properties delta.dataSkippingNumIndexedCols and "
                      "delta.dataSkippingStatsColumns.",
                      column);
}

cx_code eng_check_clustering(cx *c, json *schema, const json *configuration,
                             const char *const *columns, size_t n)
{
    if (n > MOST_COLUMNS)
        return cx_fail_as(c, CX_INVALID, "DELTA_CLUSTER_BY_INVALID_NUM_COLUMNS", "54000",
                          "CLUSTER BY takes up to %d columns; %zu were given.", MOST_COLUMNS, n);
    for (size_t i = 0; i < n; i++) {
        TRY(check_one(c, schema, columns[i]));
        TRY(check_statistics(c, schema, configuration, columns[i]));
        for (size_t k = 0; k < i; k++)
            if (text_same_nocase(columns[i], columns[k]))
                return cx_fail_as(c, CX_INVALID, "COLUMN_ALREADY_EXISTS", "42711",
                                  "The column `%s` is named twice in CLUSTER BY.", columns[i]);
    }
    return CX_OK;
}

json *eng_clustering_action(cx *c, json *schema, const char *const *columns, size_t n)
{
    AUTO(json) all = json_array();
    for (size_t i = 0; i < n; i++) {
        json *path = json_array();
        eng_place p;
        if (eng_find_place(c, schema, columns[i], &p))
            (void)eng_path_to(schema, p.field, true, path);
        json_array_append_new(all, path);
    }
    AUTO(json) body = json_pack("{s:O}", "clusteringColumns", all);
    AUTO_FREE char *text = json_text(body);
    return json_pack("{s:{s:s, s:s, s:b}}", "domainMetadata", "domain", "delta.clustering",
                     "configuration", text, "removed", 0);
}

/* ---- reading it back ------------------------------------------------------------------------- */

static const json *field_by_physical(const json *type, const char *name)
{
    const json *field;
    size_t i;
    json_array_foreach (json_get(type, "fields"), i, field)
        if (text_same_nocase(eng_physical_name(field), name))
            return field;
    return NULL;
}

static const char *logical_path(cx *c, const json *schema, const json *column)
{
    const json *type = schema, *step;
    const char *out = NULL;
    AUTO(json) alone = json_is_array(column) ? NULL : json_array();
    size_t i;
    if (alone)
        json_array_append(alone, (json *)column);
    json_array_foreach (alone ? alone : column, i, step) {
        const char *name = json_is_string(step) ? json_string_value(step) : "";
        const json *field = field_by_physical(type, name);
        name = field ? json_get_str(field, "name", name) : name;
        out = out ? cx_fmt(c, "%s.%s", out, name) : cx_dup(c, name);
        type = json_get(field, "type");
    }
    return out ? out : "";
}

json *eng_clustered_by(cx *c, const delta_snapshot *s)
{
    const json *domain, *column;
    size_t i, k;
    json_array_foreach (delta_domains(s), i, domain) {
        json_error_t e;
        if (strcmp(json_get_str(domain, "domain", ""), "delta.clustering") != 0)
            continue;
        AUTO(json) body = json_loads(json_get_str(domain, "configuration", ""), 0, &e);
        json *all = json_array();
        json_array_foreach (json_get(body, "clusteringColumns"), k, column)
            json_array_append_new(all, json_string(logical_path(c, delta_schema(s), column)));
        return all;
    }
    return NULL;
}
