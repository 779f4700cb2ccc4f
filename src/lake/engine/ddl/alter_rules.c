/* CHECK constraints and clustering of a table that is there. */
#include "lake/engine/ddl/alter.h"

static const char *constraint_key(cx *c, const char *name)
{
    char *key = cx_fmt(c, "delta.constraints.%s", name);
    text_lower(key);
    return key;
}

static cx_code check_rows(cx *c, edit *e, const char *condition)
{
    int64_t rows;
    TRY(eng_count_rows(c, e, cx_fmt(c, "(%s) IS NOT TRUE", condition), &rows));
    if (!rows)
        return CX_OK;
    return cx_fail_as(c, CX_INVALID, "DELTA_NEW_CHECK_CONSTRAINT_VIOLATION", "23512",
                      "%lld rows in %s violate the new CHECK constraint (%s).", (long long)rows,
                      e->t->shown, condition);
}

cx_code eng_add_constraint(cx *c, edit *e)
{
    const sql_constraint *k = &e->q->constraints[0];
    const char *name = k->name ? k->name : "check_1";
    for (int i = 2; !k->name && json_get(e->configuration, constraint_key(c, name)); i++)
        name = cx_fmt(c, "check_%d", i);
    const char *key = constraint_key(c, name);
    const char *old = json_get_str(e->configuration, key, NULL);
    if (k->kind != SQL_CHECK)
        return eng_unsupported(c, "keys of tables that are named by their path");
    if (old)
        return cx_fail_as(c, CX_EXISTS, "DELTA_CONSTRAINT_ALREADY_EXISTS", "42710",
                          "Constraint '%s' already exists. Please delete the old constraint first. "
                          "Old constraint: %s",
                          name, old);
    TRY(eng_check_condition(c, e->r, e->schema, name, k->check_sql));
    TRY(check_rows(c, e, k->check_sql));
    json_object_set_new(e->configuration, key, json_string(k->check_sql));
    e->operation = "ADD CONSTRAINT";
    json_object_set_new(e->parameters, "name", json_string(name));
    json_object_set_new(e->parameters, "expr", json_string(k->check_sql));
    return CX_OK;
}

cx_code eng_drop_constraint(cx *c, edit *e)
{
    const char *key = constraint_key(c, e->q->key);
    const char *old = json_get_str(e->configuration, key, NULL);
    e->nothing = !old && e->q->if_exists;
    if (e->nothing)
        return CX_OK;
    if (!old)
        return cx_fail_as(c, CX_NOT_FOUND, "DELTA_CONSTRAINT_DOES_NOT_EXIST", "42704",
                          "Cannot drop nonexistent constraint %s from table %s. To avoid an error, "
                          "say IF EXISTS.",
                          e->q->key, e->t->shown);
    e->operation = "DROP CONSTRAINT";
    json_object_set_new(e->parameters, "name", json_string(e->q->key));
    json_object_set_new(e->parameters, "expr", json_string(old));
    json_object_set_new(e->parameters, "existed", json_string("true"));
    json_object_del(e->configuration, key);
    return CX_OK;
}

/* ---- CLUSTER BY ---------------------------------------------------------------------- */

static const char *joined(cx *c, const json *names)
{
    const json *name;
    size_t i;
    const char *out = "";
    json_array_foreach (names, i, name)
        out = cx_fmt(c, "%s%s%s", out, i ? "," : "", json_string_value(name));
    return out;
}

cx_code eng_cluster_by(cx *c, edit *e)
{
    const sql_statement *q = e->q;
    AUTO(json) old = eng_clustered_by(c, e->t->snapshot);
    AUTO(json) fresh = json_array();
    if (json_array_size(e->partitions))
        return cx_fail_as(
            c, CX_INVALID, "DELTA_ALTER_TABLE_CLUSTER_BY_ON_PARTITIONED_TABLE_NOT_ALLOWED", "42000",
            "ALTER TABLE CLUSTER BY cannot be applied to the partitioned table %s.", e->t->shown);
    TRY(eng_check_clustering(c, e->schema, e->configuration, q->cluster_by, q->cluster_count));
    for (size_t i = 0; i < q->cluster_count; i++)
        json_array_append_new(fresh, json_string(q->cluster_by[i]));
    json_object_del(e->configuration, "clusterByAuto");
    if (q->cluster_auto)
        json_object_set_new(e->configuration, "clusterByAuto", json_string("true"));
    e->nothing = q->cluster_none && !old;
    e->clustered = 1;
    if (!q->cluster_auto || !old) /* AUTO leaves the columns as they are */
        json_array_append_new(e->actions,
                              eng_clustering_action(c, e->schema, q->cluster_by, q->cluster_count));
    e->operation = "CLUSTER BY";
    json_object_set_new(e->parameters, "oldClusteringColumns", json_string(joined(c, old)));
    json_object_set_new(e->parameters, "newClusteringColumns",
                        json_string(joined(c, q->cluster_auto && old ? old : fresh)));
    return CX_OK;
}
