/* What a catalog is asked: one statement per relation of its information_schema, however many
 * objects it has, with the user's filter inside. Relations of one shape (privileges, tags) are
 * joined by UNION ALL, so that five levels cost one statement. spec: wire §14.4 */
#include "model/model_int.h"
#include "sql/quote.h"

typedef struct {
    const char *text;   /* "@" stands for `catalog`.information_schema */
    const char *schema; /* the column that the filter speaks of */
    bool optional, details;
} question;

#define PRIVILEGES(kind, schema, name, from)            \
    "SELECT '" kind "' AS kind, " schema " AS s, " name \
    " AS n, grantee, privilege_type, inherited_from FROM @." from
#define TAGS(kind, schema, name, column, from)                           \
    "SELECT '" kind "' AS kind, " schema " AS s, " name " AS n, " column \
    " AS c, tag_name, tag_value FROM @." from

static const question questions[ASKS] = {
    [ASK_SCHEMATA] = {"SELECT schema_name AS s, schema_owner AS owner, comment FROM @.schemata",
                      "schema_name", false, false},
    [ASK_TABLES] = {"SELECT table_schema AS s, table_name AS n, table_type, table_owner AS "
                    "owner, comment, "
                    "data_source_format AS format, storage_path AS location FROM @.tables",
                    "table_schema", false, false},
    [ASK_VIEWS] =
        {"SELECT table_schema AS s, table_name AS n, view_definition AS body FROM @.views",
         "table_schema", false, true},
    [ASK_ROUTINES] =
        {"SELECT routine_schema AS s, routine_name AS n, routine_owner AS owner, comment, "
         "data_type, "
         "full_data_type, routine_definition AS body, routine_body, external_language, "
         "is_deterministic FROM @.routines",
         "routine_schema", false, false},
    [ASK_VOLUMES] = {"SELECT volume_schema AS s, volume_name AS n, volume_owner AS owner, "
                     "volume_type, comment, "
                     "storage_location AS location FROM @.volumes",
                     "volume_schema", false, false},
    [ASK_GRANTS] =
        {"SELECT * FROM (" PRIVILEGES("CATALOG", "''", "catalog_name", "catalog_privileges") " UNION ALL " PRIVILEGES(
             "SCHEMA", "schema_name", "schema_name",
             "schema_privileges") " UNION ALL " PRIVILEGES("TABLE", "table_schema", "table_name",
                                                           "table_privileges") " UNION "
                                                                               "ALL"
                                                                               " " PRIVILEGES("FUNCTION", "routine_schema", "routine_name", "routine_privileges") " UNION ALL " PRIVILEGES(
                                                                                   "VOLUME",
                                                                                   "volume_schema",
                                                                                   "volume_name",
                                                                                   "volume_privileges") ") AS g",
         "s", false, true},
    [ASK_COLUMNS] =
        {"SELECT table_schema AS s, table_name AS n, column_name AS c, ordinal_position AS "
         "position, "
         "full_data_type AS type, is_nullable, column_default, comment, partition_index "
         "FROM @.columns",
         "table_schema", false, true},
    [ASK_PARAMETERS] =
        {"SELECT specific_schema AS s, specific_name AS n, parameter_name AS c, "
         "ordinal_position AS "
         "position, full_data_type AS type, parameter_default AS column_default, comment "
         "FROM @.parameters",
         "specific_schema", false, true},
    [ASK_TAGS] =
        {"SELECT * FROM (" TAGS("CATALOG", "''", "catalog_name", "''", "catalog_tags") " UNION ALL " TAGS(
             "SCHEMA", "schema_name", "schema_name", "''",
             "schema_tags") " UNION ALL " TAGS("TABLE", "schema_name", "table_name", "''",
                                               "table_tags") " UNION ALL " TAGS("TABLE",
                                                                                "schema_"
                                                                                "name",
                                                                                "table_"
                                                                                "name",
                                                                                "column_"
                                                                                "name",
                                                                                "column_"
                                                                                "tags") " UNION ALL " TAGS("VOLUME",
                                                                                                           "schema_name",
                                                                                                           "volume_name",
                                                                                                           "''",
                                                                                                           "volume_tags") ") AS g",
         "s", true, true},
    [ASK_KEYS] =
        {"SELECT t.table_schema AS s, t.table_name AS n, t.constraint_name AS k, "
         "t.constraint_type AS type, u.column_name AS c, u.ordinal_position AS position, "
         "u.position_in_unique_constraint AS place, p.table_schema AS parent_schema, "
         "p.table_name AS parent_table FROM @.table_constraints t "
         "JOIN @.key_column_usage u ON u.constraint_schema = t.constraint_schema AND "
         "u.constraint_name = t.constraint_name AND u.table_name = t.table_name "
         "LEFT JOIN @.referential_constraints r ON r.constraint_schema = "
         "t.constraint_schema AND r.constraint_name = t.constraint_name "
         "LEFT JOIN @.table_constraints p ON p.constraint_catalog = "
         "r.unique_constraint_catalog AND p.constraint_schema = r.unique_constraint_schema "
         "AND p.constraint_name = r.unique_constraint_name",
         "t.table_schema", true, true},
    [ASK_MASKS] = {"SELECT table_schema AS s, table_name AS n, column_name AS c, "
                   "mask_name, using_columns FROM "
                   "@.column_masks",
                   "table_schema", true, true},
    [ASK_FILTERS] = {"SELECT table_schema AS s, table_name AS n, filter_name, "
                     "target_columns FROM @.row_filters",
                     "table_schema", true, true},
    [ASK_RETURNED] = {"SELECT specific_schema AS s, specific_name AS n, column_name AS c, "
                      "ordinal_position AS "
                      "position, full_data_type AS type, comment FROM @.routine_columns",
                      "specific_schema", true, true},
};

bool question_optional(ask a)
{
    return questions[a].optional;
}

static void add_list(buf *b, cx *c, const char *const *names)
{
    for (size_t i = 0; names[i]; i++) {
        char *lower = cx_dup(c, names[i]);
        text_lower(lower);
        buf_adds(b, i ? ", " : "");
        sql_add_literal(b, lower);
    }
}

/* The catalog's own grants and tags (schema '') are no schema's: the filter lets them pass. */
static void add_filter(buf *b, cx *c, const char *column, const model_filter *f)
{
    const bool both = !strcmp(column, "s");
    buf_addf(b, " WHERE %s <> 'information_schema'", column); /* our word */
    if (f->include_schemas && f->include_schemas[0]) {
        buf_addf(b, " AND (%s IN (", column);
        add_list(b, c, f->include_schemas);
        buf_addf(b, ")%s)", both ? " OR s = ''" : "");
    } else if (f->exclude_schemas && f->exclude_schemas[0]) {
        buf_addf(b, " AND %s NOT IN (", column);
        add_list(b, c, f->exclude_schemas);
        buf_adds(b, ")");
    }
}

char *question_text(cx *c, ask a, const char *catalog, const model_filter *f)
{
    const question *q = &questions[a];
    if (q->details && f->without_columns)
        return NULL;
    buf b = BUF(BUF_ANY);
    for (const char *p = q->text; *p; p++) {
        if (*p == '@')
            sql_add_name2(&b, catalog, "information_schema");
        else
            buf_addc(&b, *p);
    }
    add_filter(&b, c, q->schema, f);
    char *text = cx_dup(c, buf_text(&b));
    buf_clear(&b);
    return text;
}
