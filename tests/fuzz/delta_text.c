/* Paths as the log writes them, and the texts of types. */
#include "delta/delta.h"
#include "delta/uri.h"
#include "fuzz/delta_seeds.h"

static void paths(cx *c, const char *text)
{
    char *path, *again;
    const char *key = uri_key(c->arena, "/root", text);
    if (uri_to_path(c, "/root", text, &path) == CX_OK) {
        FUZZ_MUST(path[0] == '/');
        /* What is below the root stays there. */
        if (uri_is_below(c, text))
            FUZZ_MUST(text_starts(path, "/root/") && !strstr(path, "/../"));
        FUZZ_MUST(uri_to_path(c, "/root", uri_of_path(c, path), &again) == CX_OK);
        FUZZ_MUST(!strcmp(path, again));
        (void)key;
    }
    if (*text && *text != '/') { /* any name survives being written to a log */
        FUZZ_MUST(uri_to_path(c, "/root", uri_encode(c, text), &again) != CX_OK ||
                  text_starts(again, "/"));
    }
    cx_forgive(c);
}

static void types(cx *c, const char *text)
{
    AUTO(json) type = NULL;
    AUTO(json) again = NULL;
    if (delta_type_parse(c, text, &type) != CX_OK)
        return;
    const char *sql = delta_type_sql(c, type);
    FUZZ_MUST(sql);
    if (delta_type_parse(c, sql, &again) != CX_OK)
        FUZZ_MUST(!"the type's own text cannot be read");
    FUZZ_MUST(!strcmp(sql, delta_type_sql(c, again)));
}

static void json_types(cx *c, const char *text)
{
    AUTO(json) type = NULL;
    if (json_parse(c, text, strlen(text), "type", &type) == CX_OK)
        FUZZ_MUST(delta_type_sql(c, type));
    cx_forgive(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cx c;
    cx_init(&c);
    const char *text = cx_dupn(&c, (const char *)data, size);
    paths(&c, text);
    types(&c, text);
    json_types(&c, text);
    cx_clear(&c);
    return 0;
}

/* The paths in the logs of the golden tables, and their columns' schemas. */
static void golden_texts(cx *c, const char *log)
{
    AUTO_CLEAR(buf) b = BUF(BUF_ANY);
    for (int v = 0; v < 3; v++)
        (void)fuzz_add_file(c, cx_fmt(c, "%s/%020d.json", log, v), &b);
    for (const char *line = buf_text(&b); *line;
         line += strcspn(line, "\n"), line += *line == '\n') {
        AUTO(json) j = NULL;
        if (json_parse(c, line, strcspn(line, "\n"), "line", &j) != CX_OK) {
            cx_forgive(c);
            continue;
        }
        const char *path = json_get_str(json_object_get(j, "add"), "path", NULL);
        const char *schema = json_get_str(json_object_get(j, "metaData"), "schemaString", NULL);
        if (path)
            fuzz_seed_text(path);
        if (schema)
            fuzz_seed_text(schema);
    }
}

void fuzz_seeds(cx *c)
{
    static const char *const seeds[] = {
        "a=1/part-0.parquet",
        "a=%253A/x%20y.parquet",
        "file:/tmp/x",
        "file:///tmp/a%2Fb",
        "file://localhost/x",
        "s3://b/k",
        "/abs/x",
        "../x",
        "a/../b",
        "a/%2e%2e/b",
        "%00",
        "%4",
        "root/x",
        "file:///root/x",
        "_delta_log/x",
        "\xc3\xa9.parquet",
        "bigint",
        "decimal(10,2)",
        "DECIMAL",
        "array<int>",
        "map<string,array<double>>",
        "struct<a:int,b:struct<c:string>>",
        "struct<`a b`: int NOT NULL COMMENT 'it''s', c: varchar(10)>",
        "timestamp_ntz",
        "variant",
        "interval day to second",
        "char(3)",
        "array<array<array<array<int>>>>",
        "{\"type\":\"struct\",\"fields\":[{\"name\":\"a b\",\"type\":{\"type\":\"array\",\"elementType\":"
        "\"decimal(38,18)\",\"containsNull\":true},\"nullable\":false,\"metadata\":{\"comment\":\"x\"}}]}",
        "{\"type\":\"map\",\"keyType\":\"string\",\"valueType\":\"long\",\"valueContainsNull\":true}",
        "\"long\""};
    for (size_t i = 0; i < CX_COUNT(seeds); i++)
        fuzz_seed_text(seeds[i]);
    fuzz_golden_logs(c, golden_texts);
}
