/* Sections of the protocol that are kept by statements, one small test each: what a writer must
 * leave in the log, and what a reader must see. */
#include "lake_engine.h"

#include "delta/delta.h"

/* The table's newest snapshot. */
static delta_snapshot *snapshot_of(kit *k, const char *name)
{
    meta_object o;
    AUTO(delta_table) t = NULL;
    delta_snapshot *s = NULL;
    assert_int_equal(CX_OK,
                     meta_load(&k->c, k->m, META_TABLE, (meta_name){"main", "default", name}, &o));
    assert_int_equal(CX_OK, delta_open(&k->c, o.location, NULL, &t));
    assert_int_equal(CX_OK, delta_snapshot_load(&k->c, t, DELTA_LATEST, &s));
    meta_object_clear(&o);
    return s;
}

/* The text of a version's commit; arena. */
static const char *commit_of(kit *k, const char *name, int version)
{
    meta_object o;
    AUTO_CLEAR(buf) text = {0};
    assert_int_equal(CX_OK,
                     meta_load(&k->c, k->m, META_TABLE, (meta_name){"main", "default", name}, &o));
    const char *path = cx_fmt(&k->c, "%s/_delta_log/%020d.json", o.location, version);
    assert_int_equal(CX_OK, fs_read(&k->c, path, BUF_ANY, &text));
    meta_object_clear(&o);
    return cx_dup(&k->c, buf_text(&text));
}

static bool has_feature(const char *const *features, const char *name)
{
    for (; *features; features++)
        if (!strcmp(*features, name))
            return true;
    return false;
}

static const json *field_of(const delta_snapshot *s, size_t i)
{
    return json_array_get(json_object_get(delta_schema(s), "fields"), i);
}

static const char *field_text(kit *k, const delta_snapshot *s, size_t i)
{
    AUTO_FREE char *text = json_text(field_of(s, i));
    return cx_dup(&k->c, text);
}

#define HAS(text, part)                               \
    do {                                              \
        if (!strstr((text), (part)))                  \
            fail_msg("no %s in: %s", (part), (text)); \
    } while (0)

/* spec: delta "Writer Requirements for AddCDCFile", "Change Data Files" */
static void a_change_file_has_all_changes_of_its_version(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT, b STRING) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true')");
    OK(k, "INSERT INTO t VALUES (1, 'x'), (2, 'y'), (3, 'z')");
    OK(k, "UPDATE t SET b = 'u' WHERE a = 2");
    OK(k, "DELETE FROM t WHERE a = 1");
    ROWS(k,
         "SELECT a, b, _change_type, _commit_version FROM table_changes('t', 2) ORDER BY 4, 3, 1",
         "2|u|update_postimage|2\n2|y|update_preimage|2\n1|x|delete|3");
    const char *update = commit_of(k, "t", 2);
    HAS(update, "{\"cdc\":{");
    HAS(update, "_change_data/");
    HAS(strstr(update, "{\"cdc\":{"), "\"dataChange\":false");
    assert_null(strstr(commit_of(k, "t", 1), "{\"cdc\":{")); /* inserts need none */
}

/* spec: delta "Table Features for New and Existing Tables", "Active Features", "Supported Features"
 */
static void a_feature_is_supported_by_name_and_active_by_its_property(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT) TBLPROPERTIES ('delta.feature.deletionVectors' = 'supported', "
          "'delta.enableDeletionVectors' = 'false')");
    AUTO(delta_snapshot) s = snapshot_of(k, "t");
    assert_int_equal(3, delta_protocol_of(s)->min_reader);
    assert_int_equal(7, delta_protocol_of(s)->min_writer);
    assert_true(has_feature(delta_protocol_of(s)->reader_features, "deletionVectors"));
    assert_true(has_feature(delta_protocol_of(s)->writer_features, "deletionVectors"));
    assert_null(delta_property(s, "delta.feature.deletionVectors")); /* a wish, and not kept */
    OK(k, "INSERT INTO t VALUES (1), (2)");
    OK(k, "DELETE FROM t WHERE a = 1"); /* supported, but not active: no vector is written */
    assert_null(strstr(commit_of(k, "t", 2), "deletionVector\":{"));
    OK(k, "ALTER TABLE t SET TBLPROPERTIES ('delta.enableDeletionVectors' = 'true')");
    OK(k, "INSERT INTO t VALUES (3), (4)");
    OK(k, "DELETE FROM t WHERE a = 3");
    HAS(commit_of(k, "t", 5), "deletionVector\":{");
    ROWS(k, "SELECT a FROM t ORDER BY a", "2\n4");
}

/* spec: delta "Column Mapping", "Writer Requirements for Column Mapping",
 * "Reader Requirements for Column Mapping" */
static void names_may_change_while_files_keep_theirs(void **state)
{
    kit *k = *state;
    OK(k,
       "CREATE TABLE t (a INT, `b c` STRING) TBLPROPERTIES ('delta.columnMapping.mode' = 'name')");
    OK(k, "INSERT INTO t VALUES (1, 'x')");
    OK(k, "ALTER TABLE t RENAME COLUMN a TO z");
    OK(k, "INSERT INTO t VALUES (2, 'y')");
    ROWS(k, "SELECT z, `b c` FROM t ORDER BY z", "1|x\n2|y");
    AUTO(delta_snapshot) s = snapshot_of(k, "t");
    const char *field = field_text(k, s, 0);
    HAS(field, "\"name\":\"z\"");
    HAS(field, "delta.columnMapping.id");
    HAS(field, "delta.columnMapping.physicalName");
    assert_non_null(delta_property(s, "delta.columnMapping.maxColumnId"));
    AUTO(json) stats = NULL;
    assert_int_equal(CX_OK, delta_file_stats(&k->c, delta_file_at(s, 0), &stats));
    const char *physical = json_get_str(json_object_get(field_of(s, 0), "metadata"),
                                        "delta.columnMapping.physicalName", "");
    assert_non_null(json_object_get(json_object_get(stats, "minValues"), physical));
    /* A dropped name may be used again for another column. */
    OK(k, "ALTER TABLE t DROP COLUMN z");
    OK(k, "ALTER TABLE t ADD COLUMN z STRING");
    ROWS(k, "SELECT z, `b c` FROM t ORDER BY 2", "NULL|x\nNULL|y");
}

/* spec: delta "Timestamp without timezone (TimestampNtz)", "Delta Data Type to Parquet Type
 * Mappings", "Primitive Types" */
static void each_type_comes_back_from_its_file(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (b BOOLEAN, y TINYINT, s SMALLINT, i INT, l BIGINT, f FLOAT, d DOUBLE, n "
          "DECIMAL(20,3), c STRING, x BINARY, da DATE, ts TIMESTAMP, tn TIMESTAMP_NTZ)");
    AUTO(delta_snapshot) s = snapshot_of(k, "t");
    assert_true(has_feature(delta_protocol_of(s)->reader_features, "timestampNtz"));
    OK(k,
       "INSERT INTO t VALUES (true, 1, 2, 3, 4, 1.5, 2.5, CAST('12345678901234567.125' AS DECIMAL(20,3)), 'é', X'00FF', "
       "DATE '1500-01-02', TIMESTAMP '2020-01-02 03:04:05.678901', TIMESTAMP_NTZ "
       "'1400-01-01 00:00:00')");
    ROWS(k, "SELECT y, s, i, l, f, d, n, c, hex(x), da, CAST(tn AS STRING) FROM t WHERE b",
         "1|2|3|4|1.5|2.5|12345678901234567.125|é|00FF|1500-01-02|1400-01-01 00:00:00");
    TYPES(
        k, "SELECT * FROM t",
        "b BOOLEAN, y TINYINT, s SMALLINT, i INT, l BIGINT, f FLOAT, d DOUBLE, n DECIMAL(20,3), c STRING, "
        "x BINARY, da DATE, ts TIMESTAMP, tn TIMESTAMP_NTZ");
}

/* spec: delta "Reader Requirements for Row Tracking", "Row IDs" */
static void fresh_row_ids_are_above_those_that_are_given(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT) TBLPROPERTIES ('delta.enableRowTracking' = 'true')");
    OK(k, "INSERT INTO t VALUES (1), (2)");
    OK(k, "INSERT INTO t VALUES (3)");
    AUTO(delta_snapshot) s = snapshot_of(k, "t");
    int64_t bases = 0;
    for (size_t i = 0; i < delta_file_count(s); i++) {
        AUTO(json) add = NULL;
        assert_int_equal(CX_OK, delta_file_add(&k->c, delta_file_at(s, i), &add));
        bases += json_get_int(add, "baseRowId", -100);
    }
    assert_int_equal(2, bases); /* 0 for the first file, 2 for the second */
    assert_true(has_feature(delta_protocol_of(s)->writer_features, "rowTracking"));
    /* The columns that hold ids of rows that moved are nobody's to see. */
    TYPES(k, "SELECT * FROM t", "a INT");
}

/* spec: delta "Writer Requirements for Clustered Table", "Clustered Table" */
static void a_clustered_table_says_by_which_columns_and_has_their_statistics(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT, b STRING) CLUSTER BY (b)");
    OK(k, "INSERT INTO t VALUES (1, 'x'), (2, 'y')");
    AUTO(delta_snapshot) s = snapshot_of(k, "t");
    AUTO_FREE char *domains = json_text(delta_domains(s));
    AUTO(json) stats = NULL;
    HAS(domains, "delta.clustering");
    HAS(domains, "clusteringColumns");
    assert_true(has_feature(delta_protocol_of(s)->writer_features, "clustering"));
    assert_true(has_feature(delta_protocol_of(s)->writer_features, "domainMetadata"));
    assert_int_equal(CX_OK, delta_file_stats(&k->c, delta_file_at(s, 0), &stats));
    assert_string_equal("x", json_get_str(json_object_get(stats, "minValues"), "b", ""));
}

/* spec: delta "Type Change Metadata", "Writer Requirements for Type Widening" */
static void a_widened_column_says_what_it_was(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a SMALLINT, d DECIMAL(5,2)) TBLPROPERTIES ('delta.enableTypeWidening' = "
          "'true')");
    OK(k, "INSERT INTO t VALUES (1, 1.25)");
    OK(k, "ALTER TABLE t ALTER COLUMN a TYPE INT");
    OK(k, "ALTER TABLE t ALTER COLUMN a TYPE BIGINT");
    OK(k, "INSERT INTO t VALUES (5000000000, 2.5)");
    ROWS(k, "SELECT a FROM t ORDER BY a", "1\n5000000000");
    AUTO(delta_snapshot) s = snapshot_of(k, "t");
    const char *field = field_text(k, s, 0);
    HAS(field, "delta.typeChanges");
    HAS(field, "\"fromType\":\"short\"");
    HAS(field, "\"toType\":\"long\"");
    assert_int_not_equal(CX_OK, kit_run(k, "ALTER TABLE t ALTER COLUMN a TYPE INT"));
}

/* spec: delta "Column Invariants", "CHECK Constraints" */
static void rows_that_break_a_rule_are_refused_and_none_is_kept(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT NOT NULL, b INT)");
    OK(k, "ALTER TABLE t ADD CONSTRAINT positive CHECK (b > 0)");
    OK(k, "INSERT INTO t VALUES (1, 1)");
    FAILS(k, "INSERT INTO t VALUES (2, 2), (NULL, 1)", "DELTA_NOT_NULL_CONSTRAINT_VIOLATED");
    FAILS(k, "INSERT INTO t VALUES (2, 2), (3, -1)", "DELTA_VIOLATE_CONSTRAINT_WITH_VALUES");
    FAILS(k, "UPDATE t SET b = -b", "DELTA_VIOLATE_CONSTRAINT_WITH_VALUES");
    ROWS(k, "SELECT a, b FROM t", "1|1");
    AUTO(delta_snapshot) s = snapshot_of(k, "t");
    assert_string_equal("b > 0", delta_property(s, "delta.constraints.positive"));
    FAILS(k, "ALTER TABLE t ADD CONSTRAINT large CHECK (b > 5)",
          "DELTA_NEW_CHECK_CONSTRAINT_VIOLATION"); /* rows that are there count too */
}

/* spec: delta "Generated Columns", "Default Columns", "Identity Columns" */
static void columns_that_nobody_gave_are_filled_in(void **state)
{
    kit *k = *state;
    OK(k,
       "CREATE TABLE t (id BIGINT GENERATED ALWAYS AS IDENTITY, a INT, twice INT GENERATED ALWAYS AS "
       "(a * 2), c STRING DEFAULT 'none') TBLPROPERTIES ('delta.feature.allowColumnDefaults' = "
       "'supported')");
    OK(k, "INSERT INTO t (a) VALUES (4)");
    OK(k, "INSERT INTO t (a, c) VALUES (5, 'x')");
    ROWS(k, "SELECT a, twice, c FROM t ORDER BY a", "4|8|none\n5|10|x");
    ROWS(k, "SELECT count(DISTINCT id), min(id) >= 1 FROM t", "2|true");
    AUTO(delta_snapshot) s = snapshot_of(k, "t");
    HAS(field_text(k, s, 0), "delta.identity.highWaterMark");
    HAS(field_text(k, s, 2), "delta.generationExpression");
    HAS(field_text(k, s, 3), "CURRENT_DEFAULT");
    assert_int_not_equal(CX_OK, kit_run(k, "INSERT INTO t (a, twice) VALUES (1, 7)"));
}

/* spec: delta "Partition Value Serialization", "Consistency Between Table Metadata and Data Files",
 * "Data Files" */
static void partition_values_are_in_the_log_and_not_in_the_files(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT, p STRING, d DATE) PARTITIONED BY (p, d)");
    OK(k, "INSERT INTO t VALUES (1, 'a/b', DATE '2020-01-02'), (2, NULL, NULL)");
    AUTO(delta_snapshot) s = snapshot_of(k, "t");
    int seen = 0;
    for (size_t i = 0; i < delta_file_count(s); i++) {
        AUTO(json) values = NULL;
        AUTO(json) stats = NULL;
        assert_int_equal(CX_OK, delta_file_partition_values(&k->c, delta_file_at(s, i), &values));
        assert_int_equal(CX_OK, delta_file_stats(&k->c, delta_file_at(s, i), &stats));
        assert_null(json_object_get(json_object_get(stats, "minValues"), "p"));
        seen += !strcmp(json_get_str(values, "p", ""), "a/b") &&
                !strcmp(json_get_str(values, "d", ""), "2020-01-02");
        seen += 10 * json_is_null(json_object_get(values, "p"));
    }
    assert_int_equal(11, seen);
    ROWS(k, "SELECT a, p, d FROM t ORDER BY a", "1|a/b|2020-01-02\n2|NULL|NULL");
}

/* spec: delta "Struct Field", "Column Metadata", "Change Metadata", "Format Specification" */
static void a_schema_is_written_as_the_protocol_has_it(void **state)
{
    kit *k = *state;
    OK(k,
       "CREATE TABLE t (a INT NOT NULL COMMENT 'first', s STRUCT<x: ARRAY<STRING>, m: MAP<STRING, "
       "BIGINT>>, v VARCHAR(5)) COMMENT 'of things'");
    AUTO(delta_snapshot) s = snapshot_of(k, "t");
    const json *metadata = delta_metadata(s), *format = json_object_get(metadata, "format");
    assert_string_equal("parquet", json_get_str(format, "provider", ""));
    assert_true(json_is_object(json_object_get(format, "options")));
    assert_true(json_is_array(json_object_get(metadata, "partitionColumns")));
    assert_string_equal("of things", json_get_str(metadata, "description", ""));
    assert_true(json_is_false(json_object_get(field_of(s, 0), "nullable")));
    HAS(field_text(k, s, 0), "\"comment\":\"first\"");
    HAS(field_text(k, s, 1), "\"type\":{\"type\":\"struct\",\"fields\":[");
    HAS(field_text(k, s, 1), "\"containsNull\":true");
    HAS(field_text(k, s, 1), "\"valueContainsNull\":true");
    HAS(field_text(k, s, 2), "__CHAR_VARCHAR_TYPE_STRING");
    FAILS(k, "INSERT INTO t VALUES (1, NULL, 'too long')", "EXCEED_LIMIT_LENGTH");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_change_file_has_all_changes_of_its_version),
        T(a_feature_is_supported_by_name_and_active_by_its_property),
        T(names_may_change_while_files_keep_theirs),
        T(each_type_comes_back_from_its_file),
        T(fresh_row_ids_are_above_those_that_are_given),
        T(a_clustered_table_says_by_which_columns_and_has_their_statistics),
        T(a_widened_column_says_what_it_was),
        T(rows_that_break_a_rule_are_refused_and_none_is_kept),
        T(columns_that_nobody_gave_are_filled_in),
        T(partition_values_are_in_the_log_and_not_in_the_files),
        T(a_schema_is_written_as_the_protocol_has_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
