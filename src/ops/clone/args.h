/* The arguments that decide what the plan of a clone is: `clone` and `plan` take the same. */
#pragma once

#include "ops/clone/plan.h"
#include "ops/op.h"

static const char *const clone_loads[] = {"FULL", "INCREMENTAL", "SELECTIVE", NULL};
static const char *const clone_types[] = {"DEEP", "SHALLOW", NULL};

#define CLONE_PLAN_ARGS(A)                                                                        \
    A(NAME, source_catalog, .flag = "source", .help = "Catalog to copy", .need = true)            \
    A(NAME, destination_catalog, .flag = "dest",                                                  \
      .help = "Catalog to make; made when it is not there", .need = true)                         \
    A(ENUM, clone_type,                                                                           \
      .help = "DEEP copies the data files, SHALLOW refers to those of the source",                \
      .of = clone_types, .def = "DEEP")                                                           \
    A(ENUM, load_type,                                                                            \
      .help = "FULL copies everything, INCREMENTAL what is not there, SELECTIVE what differs",    \
      .of = clone_loads, .def = "FULL")                                                           \
    A(STRS, include_schemas, .help = "Only these schemas; all when none is named")                \
    A(STRS, exclude_schemas, .help = "Schemas to leave out", .def = "information_schema",         \
      .advanced = true)                                                                           \
    A(STR, include_tables_regex, .label = "Only tables that match",                               \
      .help = "Only tables whose name matches", .advanced = true)                                 \
    A(STR, exclude_tables_regex, .label = "No tables that match",                                 \
      .help = "No tables whose name matches", .advanced = true)                                   \
    A(BOOL, copy_permissions, .flag = "permissions", .help = "Copy grants", .def = "true")        \
    A(BOOL, copy_ownership, .flag = "ownership",                                                  \
      .help = "Give copies the owners of the originals", .def = "true", .advanced = true)         \
    A(BOOL, copy_constraints, .label = "Copy keys", .flag = "constraints",                        \
      .help = "Copy primary and foreign keys", .def = "true", .advanced = true)                   \
    A(BOOL, copy_tags, .flag = "tags", .help = "Copy tags", .def = "true", .advanced = true)      \
    A(BOOL, copy_security, .label = "Copy masks and filters", .flag = "security",                 \
      .help = "Copy column masks and row filters", .def = "true", .advanced = true)               \
    A(BOOL, copy_comments, .flag = "comments", .help = "Copy comments", .def = "true",            \
      .advanced = true)                                                                           \
    A(BOOL, clone_views, .flag = "views", .help = "Copy views", .def = "true", .advanced = true)  \
    A(BOOL, clone_functions, .flag = "functions", .help = "Copy functions", .def = "true",        \
      .advanced = true)                                                                           \
    A(BOOL, clone_volumes, .flag = "volumes", .help = "Copy volumes and their files",             \
      .def = "true", .advanced = true)                                                            \
    A(INT, volume_max_file_mb, .label = "Largest file of a volume",                               \
      .help = "Files in volumes that are larger than this many MB are left behind", .def = "256", \
      .min = 1, .max = 256, .advanced = true)                                                     \
    A(INT, as_of_version, .label = "As of version",                                               \
      .help = "Version of every table, instead of one consistent cut", .unset = "-1", .min = 0,   \
      .max = 9e15, .advanced = true)                                                              \
    A(STR, as_of_timestamp, .label = "As of time",                                                \
      .help = "State of every table at this time, instead of now", .advanced = true)              \
    A(MAP, clone_tbl_properties, .label = "Table properties", .flag = "tbl-properties",           \
      .help = "Table properties of every copy", .advanced = true)                                 \
    A(STR, location, .label = "Managed location", .help = "Managed location of a new catalog",    \
      .advanced = true)

static inline clone_load clone_load_of(const char *word)
{
    return !strcmp(word, "SELECTIVE")     ? CLONE_SELECTIVE
           : !strcmp(word, "INCREMENTAL") ? CLONE_INCREMENTAL
                                          : CLONE_FULL;
}

/* Members of clone_options from a struct args with CLONE_PLAN_ARGS. */
#define CLONE_PLAN_OPTIONS(a)                                                                      \
    .load = clone_load_of((a)->load_type), .source = (a)->source_catalog,                          \
    .dest = (a)->destination_catalog, .shallow = !strcmp((a)->clone_type, "SHALLOW"),              \
    .permissions = (a)->copy_permissions, .ownership = (a)->copy_ownership,                        \
    .constraints = (a)->copy_constraints, .tags = (a)->copy_tags, .security = (a)->copy_security,  \
    .comments = (a)->copy_comments, .views = (a)->clone_views, .functions = (a)->clone_functions,  \
    .volumes = (a)->clone_volumes, .include_schemas = (a)->include_schemas.items,                  \
    .exclude_schemas = (a)->exclude_schemas.items, .include_regex = (a)->include_tables_regex,     \
    .exclude_regex = (a)->exclude_tables_regex, .volume_file_most = (a)->volume_max_file_mb << 20, \
    .as_of_version = (a)->as_of_version, .as_of_timestamp = (a)->as_of_timestamp,                  \
    .properties = (a)->clone_tbl_properties, .location = (a)->location

/* Rules across them. */
static inline cx_code clone_check_args(cx *c, const char *source, const char *dest,
                                       const char *load, int64_t as_of_version,
                                       const char *as_of_timestamp)
{
    if (as_of_timestamp && !strcmp(load, "SELECTIVE"))
        return cx_fail(
            c, CX_INVALID,
            "load_type SELECTIVE compares versions, which as_of_timestamp does not name: "
            "use as_of_version, or load_type FULL");
    if (source && dest && text_same_nocase(source, dest))
        return cx_fail(c, CX_INVALID, "source %s and destination %s are the same catalog", source,
                       dest);
    if (as_of_version >= 0 && as_of_timestamp)
        return cx_fail(c, CX_INVALID, "as_of_version and as_of_timestamp exclude each other");
    return CX_OK;
}
