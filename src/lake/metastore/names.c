/* What names may be, how they compare, and the words for "missing" and "already there".
 *
 * Unity Catalog keeps names in lower case; like DuckDB below us we fold ASCII letters only, so that
 * every part of the program agrees on what the same name is. Anything else goes: dots, quotes,
 * backticks, any script; but no "/" and no control characters, since names become paths and
 * headers. */
#include "lake/metastore/meta_int.h"

static const char *const type_names[] = {"METASTORE", "CATALOG",  "SCHEMA",
                                         "TABLE",     "FUNCTION", "VOLUME"};
static const char *const type_nouns[] = {"metastore", "catalog",  "schema",
                                         "table",     "function", "volume"};

const char *meta_type_name(meta_type t)
{
    return type_names[t];
}

char *meta_full_name(cx *c, meta_type t, meta_name n)
{
    switch (t) {
    case META_METASTORE: return cx_dup(c, "metastore");
    case META_CATALOG: return cx_dup(c, n.catalog);
    case META_SCHEMA: return cx_fmt(c, "%s.%s", n.catalog, n.schema);
    default: return cx_fmt(c, "%s.%s.%s", n.catalog, n.schema, n.name);
    }
}

static const char *fold(cx *c, const char *text, bool wanted)
{
    if (!wanted || !text)
        return "";
    char *copy = cx_dup(c, text);
    text_lower(copy);
    return copy;
}

meta_name meta_fold(cx *c, meta_type t, meta_name n)
{
    return (meta_name){.catalog = fold(c, n.catalog, t >= META_CATALOG),
                       .schema = fold(c, n.schema, t >= META_SCHEMA),
                       .name = fold(c, n.name, t >= META_TABLE)};
}

cx_code meta_name_check(cx *c, meta_type t, const char *part)
{
    const char *noun = type_nouns[t];
    const size_t length = part ? strlen(part) : 0;
    if (length == 0)
        return cx_fail_as(c, CX_INVALID, "INVALID_PARAMETER_VALUE", "22023",
                          "the name of a %s must not be empty", noun);
    if (!text_utf8_valid(part, length))
        return cx_fail_as(c, CX_INVALID, "INVALID_PARAMETER_VALUE", "22023",
                          "the name of a %s must be valid UTF-8", noun);
    size_t letters = 0;
    for (size_t i = 0; i < length; i++) {
        const unsigned char ch = (unsigned char)part[i];
        letters += (ch & 0xc0) != 0x80;
        if (ch < 0x20 || ch == 0x7f || ch == '/')
            return cx_fail_as(c, CX_INVALID, "INVALID_PARAMETER_VALUE", "22023",
                              "'%s' is not a valid name for a %s: names must not contain %s", part,
                              noun, ch == '/' ? "'/'" : "control characters");
    }
    if (letters > META_NAME_MOST)
        return cx_fail_as(c, CX_INVALID, "INVALID_PARAMETER_VALUE", "22023",
                          "the name of a %s must not be longer than %d characters", noun,
                          META_NAME_MOST);
    return CX_OK;
}

/* The platform shows names in backticks, doubled inside. */
static char *shown(cx *c, meta_type t, meta_name n)
{
    const char *parts[] = {n.catalog, n.schema, n.name};
    const int count = t == META_CATALOG ? 1 : t == META_SCHEMA ? 2 : 3;
    buf b = BUF(BUF_ANY);
    for (int i = 0; i < count; i++) {
        buf_adds(&b, i ? ".`" : "`");
        for (const char *p = parts[i]; *p; p++) {
            buf_addc(&b, *p);
            if (*p == '`')
                buf_addc(&b, '`');
        }
        buf_addc(&b, '`');
    }
    char *text = cx_dup(c, buf_text(&b));
    buf_clear(&b);
    return text;
}

cx_code meta_fail_missing(cx *c, meta_type t, meta_name n)
{
    const char *name = t == META_METASTORE ? "" : shown(c, t, n);
    switch (t) {
    case META_METASTORE: return cx_fail(c, CX_INTERNAL, "the metastore cannot be missing");
    case META_CATALOG:
        (void)cx_fail_as(c, CX_NOT_FOUND, "NO_SUCH_CATALOG_EXCEPTION", "42704",
                         "Catalog %s was not found.", name);
        return cx_hint(c, "verify the catalog name; `SHOW CATALOGS` lists those that are there");
    case META_SCHEMA:
        (void)cx_fail_as(
            c, CX_NOT_FOUND, "SCHEMA_NOT_FOUND", "42704",
            "The schema %s cannot be found. Verify the spelling and correctness of the "
            "schema and catalog.",
            name);
        return cx_hint(c, "`SHOW SCHEMAS IN <catalog>` lists those that are there");
    case META_TABLE:
        (void)cx_fail_as(
            c, CX_NOT_FOUND, "TABLE_OR_VIEW_NOT_FOUND", "42P01",
            "The table or view %s cannot be found. Verify the spelling and correctness of "
            "the schema and catalog.",
            name);
        return cx_hint(c, "`SHOW TABLES IN <catalog>.<schema>` lists those that are there");
    case META_FUNCTION:
        return cx_fail_as(
            c, CX_NOT_FOUND, "ROUTINE_NOT_FOUND", "42883",
            "The routine %s cannot be found. Verify the spelling and correctness of the "
            "schema and catalog.",
            name);
    case META_VOLUME:
        return cx_fail_as(
            c, CX_NOT_FOUND, "VOLUME_NOT_FOUND", "42704",
            "The volume %s cannot be found. Verify the spelling and correctness of the "
            "schema and catalog.",
            name);
    }
    return CX_INTERNAL;
}

cx_code meta_fail_exists(cx *c, meta_type t, meta_name n)
{
    static const struct {
        const char *condition, *sqlstate, *noun;
    } rows[] = {
        [META_CATALOG] = {"CATALOG_ALREADY_EXISTS", "42710", "catalog"},
        [META_SCHEMA] = {"SCHEMA_ALREADY_EXISTS", "42P06", "schema"},
        [META_TABLE] = {"TABLE_OR_VIEW_ALREADY_EXISTS", "42P07", "table or view"},
        [META_FUNCTION] = {"ROUTINE_ALREADY_EXISTS", "42723", "routine"},
        [META_VOLUME] = {"VOLUME_ALREADY_EXISTS", "42710", "volume"},
    };
    (void)cx_fail_as(c, CX_EXISTS, rows[t].condition, rows[t].sqlstate,
                     "Cannot create %s %s because it already exists.", rows[t].noun,
                     shown(c, t, n));
    return cx_hint(
        c, "choose a different name, drop or replace the existing object, or add IF NOT EXISTS");
}

bool meta_is_virtual(meta_type t, meta_name n)
{
    if (t == META_CATALOG)
        return strcmp(n.catalog, "system") == 0;
    return t == META_SCHEMA && strcmp(n.schema, "information_schema") == 0;
}

/* ---- privileges ---------------------------------------------------------- */

static const char *const on_metastore[] = {"CREATE_CATALOG",
                                           "CREATE_CONNECTION",
                                           "CREATE_CLEAN_ROOM",
                                           "CREATE_EXTERNAL_LOCATION",
                                           "CREATE_PROVIDER",
                                           "CREATE_RECIPIENT",
                                           "CREATE_SHARE",
                                           "CREATE_STORAGE_CREDENTIAL",
                                           "MANAGE_ALLOWLIST",
                                           "SET_SHARE_PERMISSION",
                                           "USE_MARKETPLACE_ASSETS",
                                           "USE_PROVIDER",
                                           "USE_RECIPIENT",
                                           "USE_SHARE",
                                           "CREATE_EXTERNAL_METADATA",
                                           "CREATE_SERVICE_CREDENTIAL",
                                           NULL};
static const char *const on_schema[] = {"USE_SCHEMA",
                                        "APPLY_TAG",
                                        "CREATE_TABLE",
                                        "CREATE_FUNCTION",
                                        "CREATE_VOLUME",
                                        "CREATE_MODEL",
                                        "CREATE_MATERIALIZED_VIEW",
                                        "SELECT",
                                        "MODIFY",
                                        "REFRESH",
                                        "EXECUTE",
                                        "READ_VOLUME",
                                        "WRITE_VOLUME",
                                        "EXTERNAL_USE_SCHEMA",
                                        "ALL_PRIVILEGES",
                                        "MANAGE",
                                        NULL};
static const char *const on_catalog_too[] = {"USE_CATALOG", "BROWSE", "CREATE_SCHEMA", NULL};
static const char *const on_table[] = {"SELECT",         "MODIFY", "APPLY_TAG", "REFRESH",
                                       "ALL_PRIVILEGES", "MANAGE", NULL};
static const char *const on_function[] = {"EXECUTE", "ALL_PRIVILEGES", "MANAGE", NULL};
static const char *const on_volume[] = {"READ_VOLUME",    "WRITE_VOLUME", "APPLY_TAG",
                                        "ALL_PRIVILEGES", "MANAGE",       NULL};

static bool listed(const char *const *list, const char *privilege)
{
    for (; *list; list++)
        if (strcmp(*list, privilege) == 0)
            return true;
    return false;
}

bool meta_privilege_known(const char *privilege, meta_type t)
{
    switch (t) {
    case META_METASTORE: return listed(on_metastore, privilege);
    case META_CATALOG: return listed(on_schema, privilege) || listed(on_catalog_too, privilege);
    case META_SCHEMA: return listed(on_schema, privilege);
    case META_TABLE: return listed(on_table, privilege);
    case META_FUNCTION: return listed(on_function, privilege);
    case META_VOLUME: return listed(on_volume, privilege);
    }
    return false;
}
