/* Small tables for the tests of delta/. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/hash.h"
#include "delta/delta.h"

#define OK(call)                                        \
    do {                                                \
        if ((call) != CX_OK)                            \
            fail_msg("%s: %s", #call, c.error.message); \
    } while (0)

/* A fresh folder; the test removes it with fs_remove_tree. */
static inline char *scratch(cx *c)
{
    const char *base = getenv("TMPDIR");
    char *path = cx_fmt(c, "%s/clxs-test-XXXXXX", base ? base : "/tmp");
    assert_non_null(mkdtemp(path));
    return path;
}

static inline void write_text(cx *c, const char *path, const char *text)
{
    const char *slash = strrchr(path, '/');
    assert_int_equal(fs_mkdirs(c, cx_dupn(c, path, (size_t)(slash - path))), CX_OK);
    assert_int_equal(fs_replace(c, path, text, strlen(text), false), CX_OK);
}

static inline json *text_json(const char *text)
{
    json_error_t e;
    json *j = json_loads(text, JSON_DECODE_ANY, &e);
    if (!j)
        fail_msg("%s: %s", e.text, text);
    return j;
}

#define SCHEMA                                                                                         \
    "{\\\"type\\\":\\\"struct\\\",\\\"fields\\\":[{\\\"name\\\":\\\"id\\\",\\\"type\\\":\\\"long\\\"," \
    "\\\"nullable\\\":true,\\\"metadata\\\":{}}]}"

static inline const char *meta_with(cx *c, const char *configuration)
{
    return cx_fmt(
        c,
        "{\"metaData\":{\"id\":\"t1\",\"format\":{\"provider\":\"parquet\",\"options\":{}},"
        "\"schemaString\":\"" SCHEMA "\",\"partitionColumns\":[],\"configuration\":%s,"
        "\"createdTime\":1}}",
        configuration);
}

#define PROTOCOL "{\"protocol\":{\"minReaderVersion\":1,\"minWriterVersion\":2}}"

static inline const char *add_of(cx *c, const char *path)
{
    return cx_fmt(c,
                  "{\"add\":{\"path\":\"%s\",\"partitionValues\":{},\"size\":3,"
                  "\"modificationTime\":1700000000000,\"dataChange\":true,"
                  "\"stats\":\"{\\\"numRecords\\\":5}\"}}",
                  path);
}

static inline const char *remove_of(cx *c, const char *path)
{
    return cx_fmt(c, "{\"remove\":{\"path\":\"%s\",\"deletionTimestamp\":1,\"dataChange\":true}}",
                  path);
}

/* Commits the actions (JSON objects, NULL-terminated list). */
static inline cx_code commit_of(cx *c, delta_table *t, int64_t read_version, bool blind,
                                int64_t *out, const char *const *actions)
{
    AUTO(json) list = json_array();
    AUTO(json) parameters = json_object();
    for (; *actions; actions++)
        json_array_append_new(list, text_json(*actions));
    const delta_commit m = {.operation = "WRITE",
                            .parameters = parameters,
                            .read_version = read_version,
                            .blind_append = blind,
                            .actions = list};
    return delta_commit_write(c, t, &m, out);
}
#define COMMIT(c, t, read, blind, out, ...) \
    commit_of((c), (t), (read), (blind), (out), (const char *const[]){__VA_ARGS__, NULL})

static inline cx_code create(cx *c, delta_table *t)
{
    int64_t version;
    return COMMIT(c, t, -1, true, &version, PROTOCOL, meta_with(c, "{}"));
}

/* A table of n small files (their content is their name) below root/name. */
static inline void make_table(cx *c, const char *root, int n)
{
    AUTO(delta_table) t = NULL;
    assert_int_equal(delta_open(c, root, NULL, &t), CX_OK);
    assert_int_equal(create(c, t), CX_OK);
    for (int i = 0; i < n; i++) {
        int64_t version;
        const char *name = cx_fmt(c, "f%d.parquet", i);
        write_text(c, fs_join(c, root, name), "abc");
        assert_int_equal(COMMIT(c, t, i, true, &version, add_of(c, name)), CX_OK);
    }
}

static inline delta_snapshot *load_at(cx *c, const char *root, int64_t version)
{
    AUTO(delta_table) t = NULL;
    delta_snapshot *s = NULL;
    assert_int_equal(delta_open(c, root, NULL, &t), CX_OK);
    if (delta_snapshot_load(c, t, (delta_at){version, -1}, &s) != CX_OK)
        fail_msg("%s", c->error.message);
    return s;
}

/* A stand-in for Parquet: the same rows as lines of JSON. */
static inline cx_code lines_read(cx *c, void *self, const char *path, const delta_sink *to)
{
    AUTO_CLEAR(buf) text = {0};
    (void)self;
    if (to->slice > 0)
        return CX_OK;
    TRY(fs_read(c, path, BUF_ANY, &text));
    for (const char *p = text.data; p && *p;) {
        const char *nl = strchr(p, '\n');
        TRY(to->row(c, to->self, (str){p, nl ? (size_t)(nl - p) : strlen(p)}));
        p = nl ? nl + 1 : NULL;
    }
    return CX_OK;
}

static inline cx_code lines_write(cx *c, void *self, const char *path, str lines,
                                  const delta_rows_shape *shape)
{
    (void)self, (void)shape;
    return fs_replace(c, path, lines.data, lines.length, false);
}

static const delta_parquet lines_parquet __attribute__((unused)) = {lines_read, lines_write, NULL};

/* A table in memory with these two actions. */
static inline delta_table *table_of(cx *c, const char *protocol, const char *configuration)
{
    delta_table *t = NULL;
    int64_t version;
    assert_int_equal(delta_open_store(c, store_memory_new(), NULL, &t), CX_OK);
    assert_int_equal(COMMIT(c, t, -1, true, &version, protocol, meta_with(c, configuration)),
                     CX_OK);
    return t;
}

/* A remove that says how large its file was. */
static inline const char *sized_remove(cx *c, const char *path)
{
    return cx_fmt(c,
                  "{\"remove\":{\"path\":\"%s\",\"deletionTimestamp\":1,\"dataChange\":true,"
                  "\"extendedFileMetadata\":true,\"size\":3,\"partitionValues\":{}}}",
                  path);
}
