/* information_schema: which relations there are, with which columns; rows come from info_rows.c.
 *
 * A relation is made when a query names it, from the metastore's lists, for one catalog (or all, in
 * `system`), and shows what the principal may see. Columns without a type are STRING.
 * spec: wire §14.4 */
#include "lake/engine/show/info.h"

#define LENGTHS                                                                                \
    "character_maximum_length:BIGINT,character_octet_length:BIGINT,numeric_precision:INTEGER," \
    "numeric_precision_radix:INTEGER,numeric_scale:INTEGER,datetime_precision:INTEGER,"        \
    "interval_type,interval_precision:INTEGER,maximum_cardinality:BIGINT"
#define STAMPS "created:TIMESTAMPTZ,created_by,last_altered:TIMESTAMPTZ,last_altered_by"
#define COLLATION "collation_catalog,collation_schema,collation_name"
#define IDENTITY                                                                          \
    "is_identity,identity_generation,identity_start,identity_increment,identity_maximum," \
    "identity_minimum,identity_cycle,is_generated,generation_expression,"                 \
    "is_system_time_period_start,is_system_time_period_end,"                              \
    "system_time_period_timestamp_generation,is_updatable"
#define PRIVILEGE "privilege_type,is_grantable,inherited_from"

static const info_relation relations[] = {
    {"catalogs", "catalog_name,catalog_owner,comment," STAMPS, info_catalogs},
    {"schemata",
     "catalog_name,schema_name,schema_owner,comment," STAMPS
     ",url,custom_max_retention_hours:BIGINT",
     info_schemata},
    {"tables",
     "table_catalog,table_schema,table_name,table_type,is_insertable_into,commit_action,"
     "table_owner,comment," STAMPS ",data_source_format,storage_sub_directory,storage_path",
     info_tables},
    {"columns",
     "table_catalog,table_schema,table_name,column_name,ordinal_position:INTEGER,column_default,"
     "is_nullable,full_data_type,data_type," LENGTHS "," IDENTITY
     ",partition_index:INTEGER,comment," COLLATION,
     info_columns},
    {"views",
     "table_catalog,table_schema,table_name,view_definition,check_option,is_updatable,"
     "is_insertable_into,sql_path,is_materialized",
     info_views},
    {"routines",
     "specific_catalog,specific_schema,specific_name,routine_catalog,routine_schema,routine_name,"
     "routine_owner,routine_type,data_type,full_data_type," LENGTHS
     ",routine_body,routine_definition,external_name,external_language,parameter_style,"
     "is_deterministic,sql_data_access,is_null_call,security_type,sql_path,comment," STAMPS
     "," COLLATION,
     info_routines},
    {"parameters",
     "specific_catalog,specific_schema,specific_name,ordinal_position:INTEGER,parameter_mode,"
     "is_result,as_locator,parameter_name,data_type,full_data_type," LENGTHS
     ",parameter_default,comment," COLLATION,
     info_parameters},
    {"routine_columns",
     "specific_catalog,specific_schema,specific_name,column_name,ordinal_position:INTEGER,"
     "data_type,full_data_type," LENGTHS ",comment," COLLATION,
     info_routine_columns},
    {"volumes",
     "volume_catalog,volume_schema,volume_name,volume_type,volume_owner,comment,"
     "storage_location," STAMPS,
     info_volumes},
    {"table_constraints",
     "constraint_catalog,constraint_schema,constraint_name,table_catalog,table_schema,table_name,"
     "constraint_type,is_deferrable,initially_deferred,enforced,comment",
     info_table_constraints},
    {"key_column_usage",
     "constraint_catalog,constraint_schema,constraint_name,table_catalog,table_schema,table_name,"
     "column_name,ordinal_position:INTEGER,position_in_unique_constraint:INTEGER",
     info_key_columns},
    {"constraint_column_usage",
     "table_catalog,table_schema,table_name,column_name,constraint_catalog,constraint_schema,"
     "constraint_name",
     info_constraint_columns},
    {"constraint_table_usage",
     "table_catalog,table_schema,table_name,constraint_catalog,constraint_schema,constraint_name",
     info_constraint_tables},
    {"referential_constraints",
     "constraint_catalog,constraint_schema,constraint_name,unique_constraint_catalog,"
     "unique_constraint_schema,unique_constraint_name,match_option,update_rule,delete_rule",
     info_references},
    {"check_constraints",
     "constraint_catalog,constraint_schema,constraint_name,check_clause,sql_path,comment",
     info_checks},
    {"table_privileges", "grantor,grantee,table_catalog,table_schema,table_name," PRIVILEGE,
     info_table_privileges},
    {"schema_privileges", "grantor,grantee,catalog_name,schema_name," PRIVILEGE,
     info_schema_privileges},
    {"catalog_privileges", "grantor,grantee,catalog_name," PRIVILEGE, info_catalog_privileges},
    {"routine_privileges",
     "grantor,grantee,specific_catalog,specific_schema,specific_name,routine_catalog,"
     "routine_schema,routine_name," PRIVILEGE,
     info_routine_privileges},
    {"volume_privileges", "grantor,grantee,volume_catalog,volume_schema,volume_name," PRIVILEGE,
     info_volume_privileges},
    {"catalog_tags", "catalog_name,tag_name,tag_value", info_catalog_tags},
    {"schema_tags", "catalog_name,schema_name,tag_name,tag_value", info_schema_tags},
    {"table_tags", "catalog_name,schema_name,table_name,tag_name,tag_value", info_table_tags},
    {"column_tags", "catalog_name,schema_name,table_name,column_name,tag_name,tag_value",
     info_column_tags},
    {"volume_tags", "catalog_name,schema_name,volume_name,tag_name,tag_value", info_volume_tags},
    {"column_masks", "table_catalog,table_schema,table_name,column_name,mask_name,using_columns",
     info_masks},
    {"row_filters", "table_catalog,table_schema,table_name,filter_name,target_columns",
     info_filters},
};

static const info_relation *find(const char *name)
{
    for (size_t i = 0; i < CX_COUNT(relations); i++)
        if (text_same_nocase(relations[i].name, name))
            return &relations[i];
    return NULL;
}

/* "a,b:BIGINT" into names and types. */
static size_t split_columns(cx *c, const char *text, const char **names, const char **types)
{
    size_t n = 0;
    for (const char *p = text; *p;) {
        const size_t length = strcspn(p, ","), name = strcspn(p, ":,");
        names[n] = cx_dupn(c, p, name);
        types[n] = name < length ? cx_dupn(c, p + name + 1, length - name - 1) : "VARCHAR";
        n++;
        p += length + (p[length] == ',');
    }
    return n;
}

cx_code eng_information_schema(cx *c, run *r, const char *catalog, const char *view,
                               const char *relation)
{
    const info_relation *found = find(view);
    const char *names[64], *types[64];
    AUTO(json) rows = json_array();
    duck_conn *conn;
    info i = {.r = r, .rows = rows};
    if (!found)
        return cx_fail_as(c, CX_NOT_FOUND, "TABLE_OR_VIEW_NOT_FOUND", "42P01",
                          "The table or view `%s`.`information_schema`.`%s` cannot be found.",
                          catalog, view);
    if (!text_same_nocase(catalog, "system")) {
        i.catalog = catalog;
        TRY(eng_require(c, r, "USE_CATALOG", META_CATALOG, (meta_name){.catalog = catalog}));
    }
    const size_t n = split_columns(c, found->columns, names, types);
    i.columns = n;
    TRY(eng_conn(c, r, &conn));
    TRY(found->fill(c, &i));
    return duck_register_rows(c, conn, relation, names, types, n, rows);
}
