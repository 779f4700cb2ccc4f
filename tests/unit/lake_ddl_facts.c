/* Tags, keys, masks and row filters in the embedded workspace, by SQL. spec: wire §14.3, §14.4 */
#include "lake_engine.h"

static void tags_are_set_listed_and_unset(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE main.default.t (id INT NOT NULL, email STRING)");
    OK(k, "ALTER TABLE main.default.t SET TAGS ('pii' = 'yes', 'team' = 'a')");
    OK(k, "ALTER TABLE main.default.t ALTER COLUMN email SET TAGS ('kind' = 'email')");
    OK(k, "ALTER SCHEMA main.default SET TAGS ('layer' = 'gold')");
    OK(k, "ALTER CATALOG main SET TAGS ('env' = 'prod')");
    ROWS(k,
         "SELECT table_name, tag_name, tag_value FROM main.information_schema.table_tags "
         "ORDER BY 2",
         "t|pii|yes\nt|team|a");
    ROWS(k, "SELECT column_name, tag_name, tag_value FROM main.information_schema.column_tags",
         "email|kind|email");
    ROWS(k, "SELECT schema_name, tag_name FROM main.information_schema.schema_tags",
         "default|layer");
    ROWS(k, "SELECT catalog_name, tag_value FROM main.information_schema.catalog_tags",
         "main|prod");
    OK(k, "ALTER TABLE main.default.t SET TAGS ('pii' = 'no')");
    OK(k, "ALTER TABLE main.default.t UNSET TAGS ('team')");
    ROWS(k, "SELECT tag_name, tag_value FROM main.information_schema.table_tags", "pii|no");
    OK(k, "ALTER TABLE main.default.t RENAME TO main.default.u");
    ROWS(k, "SELECT table_name FROM main.information_schema.table_tags", "u");
    FAILS(k, "ALTER TABLE main.default.u SET TAGS ('a.b' = 'c')", "INVALID_PARAMETER_VALUE");
    FAILS(k, "ALTER TABLE main.default.u ALTER COLUMN nope SET TAGS ('a' = 'c')",
          "UNRESOLVED_COLUMN.WITH_SUGGESTION");
    OK(k, "DROP TABLE main.default.u");
    ROWS(k, "SELECT count(*) FROM main.information_schema.table_tags", "0");
}

static void a_key_that_is_relied_on_says_so(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE p (id INT NOT NULL, CONSTRAINT pp PRIMARY KEY (id) RELY)");
    OK(k, "CREATE TABLE q (id INT PRIMARY KEY RELY)");
    OK(k, "CREATE TABLE f (pid INT)");
    OK(k, "ALTER TABLE f ADD CONSTRAINT ff FOREIGN KEY (pid) REFERENCES p (id) RELY");
    OK(k, "CREATE TABLE n (id INT NOT NULL, CONSTRAINT np PRIMARY KEY (id) NORELY)");
    OK(k, "SHOW CREATE TABLE p");
    assert_non_null(strstr(buf_text(&k->rows), "PRIMARY KEY (`id`) RELY"));
    OK(k, "SHOW CREATE TABLE q");
    assert_non_null(strstr(buf_text(&k->rows), "PRIMARY KEY (`id`) RELY"));
    OK(k, "SHOW CREATE TABLE f");
    assert_non_null(strstr(buf_text(&k->rows), " RELY"));
    OK(k, "SHOW CREATE TABLE n");
    assert_null(strstr(buf_text(&k->rows), " RELY"));
}

static void keys_are_informational_and_checked_against_each_other(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE main.default.p (id INT NOT NULL, a INT)");
    OK(k, "CREATE TABLE main.default.f (pid INT)");
    FAILS(k, "ALTER TABLE main.default.f ADD CONSTRAINT ff FOREIGN KEY (pid) REFERENCES p (id)",
          "FOREIGN_KEY_MISMATCH");
    FAILS(k, "ALTER TABLE main.default.p ADD CONSTRAINT pp PRIMARY KEY (a)",
          "PRIMARY_KEY_COLUMN_NULLABLE");
    OK(k, "ALTER TABLE main.default.p ADD CONSTRAINT pp PRIMARY KEY (id)");
    FAILS(k, "ALTER TABLE main.default.p ADD CONSTRAINT p2 PRIMARY KEY (id)",
          "MULTIPLE_PRIMARY_KEYS");
    OK(k, "ALTER TABLE main.default.f ADD CONSTRAINT ff FOREIGN KEY (pid) REFERENCES p (id)");
    ROWS(k,
         "SELECT table_name, constraint_name, constraint_type FROM "
         "main.information_schema.table_constraints ORDER BY 1",
         "f|ff|FOREIGN KEY\np|pp|PRIMARY KEY");
    ROWS(k,
         "SELECT constraint_name, column_name, ordinal_position FROM "
         "main.information_schema.key_column_usage ORDER BY 1",
         "ff|pid|1\npp|id|1");
    ROWS(k,
         "SELECT constraint_name, unique_constraint_name FROM "
         "main.information_schema.referential_constraints",
         "ff|pp");
    FAILS(k, "ALTER TABLE main.default.p DROP PRIMARY KEY", "CONSTRAINT_HAS_DEPENDENTS");
    OK(k, "ALTER TABLE main.default.p DROP PRIMARY KEY CASCADE");
    ROWS(k, "SELECT count(*) FROM main.information_schema.table_constraints", "0");
    OK(k, "ALTER TABLE main.default.p DROP PRIMARY KEY IF EXISTS");
    FAILS(k, "ALTER TABLE main.default.p DROP PRIMARY KEY", "CONSTRAINT_DOES_NOT_EXIST");
    OK(k, "DROP TABLE main.default.f");
    OK(k, "DROP TABLE main.default.p");
}

static void masks_and_filters_are_in_force_by_every_way(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE main.default.t (id INT, email STRING)");
    OK(k, "INSERT INTO main.default.t VALUES (1, 'a@x.org'), (2, 'b@x.org')");
    OK(k, "CREATE FUNCTION main.default.hide(e STRING) RETURNS STRING RETURN "
          "CASE WHEN is_account_group_member('hr') THEN e ELSE '***' END");
    OK(k, "CREATE FUNCTION main.default.odd(i INT) RETURNS BOOLEAN RETURN i % 2 = 1");
    OK(k, "ALTER TABLE main.default.t ALTER COLUMN email SET MASK main.default.hide");
    ROWS(k, "SELECT email FROM main.default.t ORDER BY id", "***\n***");
    OK(k, "ALTER TABLE main.default.t SET ROW FILTER main.default.odd ON (id)");
    ROWS(k, "SELECT id, email FROM main.default.t", "1|***");
    OK(k, "CREATE VIEW main.default.v AS SELECT * FROM main.default.t");
    ROWS(k, "SELECT id, email FROM main.default.v", "1|***");
    ROWS(k, "SELECT id, email FROM main.default.t VERSION AS OF 1", "1|***");
    ROWS(k, "SELECT (SELECT max(email) FROM main.default.t)", "***");
    ROWS(k,
         "SELECT column_name, mask_name, using_columns FROM "
         "main.information_schema.column_masks",
         "email|main.default.hide|NULL");
    ROWS(k, "SELECT filter_name, target_columns FROM main.information_schema.row_filters",
         "main.default.odd|id");
    FAILS(k,
          "ALTER TABLE main.default.t ALTER COLUMN email SET MASK main.default.hide USING "
          "COLUMNS (id)",
          "WRONG_NUM_ARGS.WITHOUT_SUGGESTION");
    OK(k, "ALTER TABLE main.default.t DROP ROW FILTER");
    OK(k, "ALTER TABLE main.default.t ALTER COLUMN email DROP MASK");
    ROWS(k, "SELECT id, email FROM main.default.t ORDER BY 1", "1|a@x.org\n2|b@x.org");
}

/* A function that is gone shuts the table; it does not open it. */
static void a_mask_whose_function_is_gone_shuts_the_table(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE main.default.s (email STRING)");
    OK(k, "CREATE FUNCTION main.default.gone(e STRING) RETURNS STRING RETURN 'x'");
    OK(k, "ALTER TABLE main.default.s ALTER COLUMN email SET MASK main.default.gone");
    OK(k, "DROP FUNCTION main.default.gone");
    assert_int_not_equal(kit_run(k, "SELECT * FROM main.default.s"), CX_OK);
}

static void rows_are_added_to_a_guarded_table_and_changed_in_none(void **state)
{
    kit *k = *state;
    OK(k, "CREATE FUNCTION hide(x STRING) RETURNS STRING RETURN '***'");
    OK(k, "CREATE FUNCTION few(i INT) RETURNS BOOLEAN RETURN i < 10");
    OK(k, "CREATE TABLE t (i INT, s STRING)");
    OK(k, "ALTER TABLE t ALTER COLUMN s SET MASK hide");
    OK(k, "ALTER TABLE t SET ROW FILTER few ON (i)");
    ROWS(k, "INSERT INTO t VALUES (1, 'a'), (20, 'b')", "2|2");
    ROWS(k, "INSERT INTO t SELECT i + 1, s FROM t", "1|1"); /* read as the session sees it */
    FAILS(k, "DELETE FROM t WHERE i = 1", "UNSUPPORTED_FEATURE");
    FAILS(k, "UPDATE t SET s = 'x'", "UNSUPPORTED_FEATURE");
    ROWS(k, "SELECT * FROM t ORDER BY i", "1|***\n2|***");
    OK(k, "ALTER TABLE t DROP ROW FILTER");
    OK(k, "ALTER TABLE t ALTER COLUMN s DROP MASK");
    ROWS(k, "SELECT * FROM t ORDER BY i", "1|a\n2|***\n20|b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(tags_are_set_listed_and_unset),
        T(a_key_that_is_relied_on_says_so),
        T(keys_are_informational_and_checked_against_each_other),
        T(masks_and_filters_are_in_force_by_every_way),
        T(a_mask_whose_function_is_gone_shuts_the_table),
        T(rows_are_added_to_a_guarded_table_and_changed_in_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
