/* Checkpoints read through DuckDB.
 *
 * Nearly all rows of a checkpoint are adds, and they have the columns that the protocol names:
 * those go to the snapshot as DuckDB decoded them. The few other rows (protocol, metadata,
 * transactions …) become JSON, found by a column that each add has. A file whose adds look
 * otherwise (a map that is a list of pairs, a member that we do not know and must carry on) becomes
 * JSON as a whole. spec: delta "Checkpoint Schema" */
#include "lake/engine/query/checkpoint_read.h"

#include "lake/engine/engine_int.h"

/* A path in a list is still a pattern to DuckDB: each special character stands in a class of its
 * own. */
void eng_add_file_literal(cx *c, buf *b, const char *path)
{
    buf text = BUF(BUF_ANY);
    for (; *path; path++) {
        if (strchr("*?[", *path))
            buf_addf(&text, "[%c]", *path);
        else
            buf_addc(&text, *path);
    }
    (void)c;
    duck_add_literal(b, buf_text(&text));
    buf_clear(&text);
}

typedef struct {
    const char *path;
    const delta_sink *to;
    duck_conn *conn;
    duck_result *columns; /* no rows: what the file has */
    delta_pair *pairs;    /* owned; of the row at hand */
    size_t pair_room;
} reader;

static void reader_clear(reader *r)
{
    free(r->pairs);
    duck_result_free(r->columns);
    duck_conn_free(r->conn);
}

static void add_from(cx *c, const reader *r, buf *sql)
{
    buf_adds(sql, " FROM read_parquet([");
    eng_add_file_literal(c, sql, r->path);
    buf_adds(sql, "], hive_partitioning=false)");
}

static cx_code look(cx *c, reader *r)
{
    buf sql = BUF(BUF_ANY);
    buf_adds(&sql, "SELECT *");
    add_from(c, r, &sql);
    buf_adds(&sql, " LIMIT 0");
    const cx_code rc = duck_run(c, r->conn, buf_text(&sql), &r->columns);
    buf_clear(&sql);
    return rc;
}

/* ---- rows as JSON -------------------------------------------------------------------- */

static const char *const actions[] = {
    "protocol", "metaData",       "add",     "remove",
    "txn",      "domainMetadata", "sidecar", "checkpointMetadata"};

static bool has(const reader *r, const char *column)
{
    const char *const names[] = {column, NULL};
    return duck_kind_of(r->columns, names) != DUCK_ABSENT;
}

static cx_code pass_row(cx *c, void *self, const char *const *values, const size_t *lengths)
{
    const delta_sink *to = self;
    return values[0] ? to->row(c, to->self, (str){values[0], lengths[0]}) : CX_OK;
}

static bool wanted(const reader *r, const char *action, bool adds)
{
    return has(r, action) && (!strcmp(action, "add")      ? adds
                              : !strcmp(action, "remove") ? r->to->removes
                                                          : r->to->others);
}

/* `adds`: those too. `usual`: each row with an add has its size. */
static cx_code read_rows(cx *c, const reader *r, bool adds, bool usual)
{
    AUTO(duck_result) rows = NULL;
    buf sql = BUF(BUF_ANY);
    bool any = false;
    buf_adds(&sql, "SELECT to_json(r) FROM (SELECT ");
    for (size_t i = 0; i < CX_COUNT(actions); i++) {
        if (!wanted(r, actions[i], adds))
            continue;
        buf_addf(&sql, "%s\"%s\"", any ? ", " : "", actions[i]);
        any = true;
    }
    add_from(c, r, &sql);
    buf_adds(&sql, adds || !usual ? ") r" : " WHERE \"add\".\"size\" IS NULL) r");
    const cx_code rc = any ? duck_run(c, r->conn, buf_text(&sql), &rows) : CX_OK;
    buf_clear(&sql);
    TRY(rc);
    return any ? duck_each(c, rows, pass_row, (void *)r->to) : CX_OK;
}

/* ---- adds as they are ---------------------------------------------------------------- */

enum {
    PATH,
    SIZE,
    TIME,
    DATA_CHANGE,
    STATS,
    VALUES,
    TAGS,
    ROW_ID,
    COMMIT_VERSION,
    PROVIDER,
    DV_TYPE,
    DV_PATH,
    DV_OFFSET,
    DV_SIZE,
    DV_CARDINALITY,
    CELLS
};

#define DV "deletionVector"
static const struct {
    const char *names[4];
    duck_kind kind;
} members[CELLS] = {
    [PATH] = {{"add", "path"}, DUCK_TEXT},
    [SIZE] = {{"add", "size"}, DUCK_INTEGER},
    [TIME] = {{"add", "modificationTime"}, DUCK_INTEGER},
    [DATA_CHANGE] = {{"add", "dataChange"}, DUCK_BOOLEAN},
    [STATS] = {{"add", "stats"}, DUCK_TEXT},
    [VALUES] = {{"add", "partitionValues"}, DUCK_TEXT_MAP},
    [TAGS] = {{"add", "tags"}, DUCK_TEXT_MAP},
    [ROW_ID] = {{"add", "baseRowId"}, DUCK_INTEGER},
    [COMMIT_VERSION] = {{"add", "defaultRowCommitVersion"}, DUCK_INTEGER},
    [PROVIDER] = {{"add", "clusteringProvider"}, DUCK_TEXT},
    [DV_TYPE] = {{"add", DV, "storageType"}, DUCK_TEXT},
    [DV_PATH] = {{"add", DV, "pathOrInlineDv"}, DUCK_TEXT},
    [DV_OFFSET] = {{"add", DV, "offset"}, DUCK_INTEGER},
    [DV_SIZE] = {{"add", DV, "sizeInBytes"}, DUCK_INTEGER},
    [DV_CARDINALITY] = {{"add", DV, "cardinality"}, DUCK_INTEGER},
};

/* Parsed copies of other members, and a number that Spark once kept of a vector: nothing is lost
 * when they are not read. */
static bool is_idle(const char *name, bool inner)
{
    return inner ? !strcmp(name, "maxRowIndex")
                 : !strcmp(name, "partitionValues_parsed") || !strcmp(name, "stats_parsed");
}

static bool is_known(const char *const *owner, const char *name)
{
    const bool inner = owner[1] != NULL;
    for (size_t i = 0; i < CELLS; i++) {
        const char *const *names = members[i].names;
        if (inner ? names[2] && !strcmp(names[2], name) : !strcmp(names[1], name))
            return true;
    }
    return is_idle(name, inner);
}

static bool all_known(const reader *r, const char *const *owner)
{
    const char *name;
    for (size_t i = 0; (name = duck_member_name(r->columns, owner, i)); i++)
        if (!is_known(owner, name))
            return false;
    return true;
}

/* The adds have what each must have, nothing that we do not know, and each member's usual type. */
static bool adds_are_usual(const reader *r)
{
    static const char *const add[] = {"add", NULL}, *const dv[] = {"add", DV, NULL};
    for (size_t i = 0; i < CELLS; i++) {
        const duck_kind kind = duck_kind_of(r->columns, members[i].names);
        if (kind != members[i].kind && (kind != DUCK_ABSENT || i == PATH || i == SIZE))
            return false;
    }
    const duck_kind vector = duck_kind_of(r->columns, dv);
    return all_known(r, add) && (vector == DUCK_ABSENT || vector == DUCK_STRUCT) &&
           all_known(r, dv);
}

static duck_kind stats_kind(const reader *r, const char *name)
{
    const char *const names[] = {"add", name, NULL};
    return duck_kind_of(r->columns, names);
}

/* Statistics that a file has in parsed form alone. Where it has both, a row may still lack the
 * text; reading the parsed ones too would cost more than all else, so the file's own counts are
 * asked whether there is such a row. */
static cx_code wants_parsed(cx *c, const reader *r, bool *out)
{
    AUTO(duck_result) found = NULL;
    int64_t more = 0;
    *out = stats_kind(r, "stats_parsed") == DUCK_STRUCT;
    if (!*out || stats_kind(r, "stats") == DUCK_ABSENT)
        return CX_OK;
    buf sql = BUF(BUF_ANY);
    buf_adds(&sql,
             "SELECT coalesce(sum(n) FILTER (p = 'add, stats') > sum(n) FILTER (p = 'add, path') "
             "OR count(n) < count(*), true)::INT FROM (SELECT stats_null_count AS n, "
             "path_in_schema AS p FROM parquet_metadata([");
    eng_add_file_literal(c, &sql, r->path);
    buf_adds(&sql, "])) WHERE p IN ('add, stats', 'add, path')");
    const cx_code rc = duck_one_int(c, r->conn, buf_text(&sql), &more);
    buf_clear(&sql);
    TRY(rc);
    *out = more != 0;
    return CX_OK;
}

static void add_member(const reader *r, size_t i, bool parsed, buf *sql)
{
    static const char *const types[] = {[DUCK_TEXT] = "VARCHAR",
                                        [DUCK_INTEGER] = "BIGINT",
                                        [DUCK_BOOLEAN] = "BOOLEAN",
                                        [DUCK_TEXT_MAP] = "MAP(VARCHAR, VARCHAR)"};
    const char *const *names = members[i].names;
    const bool there = duck_kind_of(r->columns, names) != DUCK_ABSENT;
    const bool stand_in = i == STATS && parsed;
    buf_adds(sql, i ? ", CAST(" : "CAST(");
    if (there && stand_in)
        buf_adds(sql, "coalesce(");
    if (there)
        buf_addf(sql, "r.\"%s\".\"%s\"", names[0], names[1]);
    if (there && names[2])
        buf_addf(sql, ".\"%s\"", names[2]);
    if (stand_in)
        buf_addf(sql,
                 "%sCASE WHEN r.\"add\".\"stats_parsed\" IS NOT NULL THEN "
                 "CAST(to_json(r.\"add\".\"stats_parsed\") AS VARCHAR) END%s",
                 there ? ", " : "", there ? ")" : "");
    else if (!there)
        buf_adds(sql, "NULL");
    buf_addf(sql, " AS %s)", types[members[i].kind]);
}

static delta_map map_of(reader *r, const duck_cells *k, size_t row, size_t *used)
{
    size_t first;
    if (!duck_there(k, row))
        return (delta_map){0};
    const size_t n = duck_pairs(k, row, &first);
    delta_pair *pairs = r->pairs + *used;
    for (size_t i = 0; i < n; i++)
        pairs[i] =
            (delta_pair){duck_text(&k->pairs[0], first + i), duck_text(&k->pairs[1], first + i)};
    *used += n;
    return (delta_map){pairs, n, true};
}

/* Before the maps of a row: pointers into the room must not move between the two. */
static void room_for(reader *r, const duck_cells *k, size_t row)
{
    size_t need = 0, first;
    for (int i = VALUES; i <= TAGS; i++)
        need += duck_there(&k[i], row) ? duck_pairs(&k[i], row, &first) : 0;
    if (need <= r->pair_room)
        return;
    r->pair_room = need;
    r->pairs = cx_realloc(r->pairs, need * sizeof *r->pairs);
}

static delta_add_row add_row(reader *r, const duck_cells *k, size_t row)
{
    size_t used = 0;
    room_for(r, k, row);
    return (delta_add_row){
        .path = duck_text(&k[PATH], row),
        .stats = duck_text(&k[STATS], row),
        .clustering_provider = duck_text(&k[PROVIDER], row),
        .partition_values = map_of(r, &k[VALUES], row, &used),
        .tags = map_of(r, &k[TAGS], row, &used),
        .size_bytes = duck_long(&k[SIZE], row, DELTA_NO_LONG),
        .mtime_ms = duck_long(&k[TIME], row, DELTA_NO_LONG),
        .base_row_id = duck_long(&k[ROW_ID], row, DELTA_NO_LONG),
        .default_row_commit_version = duck_long(&k[COMMIT_VERSION], row, DELTA_NO_LONG),
        .data_change = duck_bool(&k[DATA_CHANGE], row),
        .dv_type = duck_text(&k[DV_TYPE], row),
        .dv_path = duck_text(&k[DV_PATH], row),
        .dv_offset = duck_long(&k[DV_OFFSET], row, DELTA_NO_LONG),
        .dv_size = duck_long(&k[DV_SIZE], row, DELTA_NO_LONG),
        .dv_cardinality = duck_long(&k[DV_CARDINALITY], row, DELTA_NO_LONG),
    };
}

static cx_code pass_adds(cx *c, void *self, const duck_cells *columns, size_t rows)
{
    reader *r = self;
    for (size_t i = 0; i < rows; i++) {
        if (!duck_there(&columns[PATH], i) && !duck_there(&columns[SIZE], i))
            continue; /* another action */
        const delta_add_row a = add_row(r, columns, i);
        TRY(r->to->add(c, r->to->self, &a));
    }
    return CX_OK;
}

/* Where a slice of the file begins: with a row group, since a part of one costs as much as all of
 * it. The end of the file when none begins from there on. */
static cx_code slice_start(cx *c, const reader *r, int slice, int64_t *out)
{
    buf sql = BUF(BUF_ANY);
    buf_adds(&sql, "SELECT coalesce(min(start) FILTER (start >= total * ");
    buf_addf(&sql, "%d / %d), max(total)", slice, r->to->slices);
    buf_adds(&sql, ", 0)::BIGINT FROM (SELECT sum(n) OVER (ORDER BY i) - n AS start, "
                   "sum(n) OVER () AS total FROM (SELECT DISTINCT row_group_id AS i, "
                   "row_group_num_rows AS n FROM parquet_metadata([");
    eng_add_file_literal(c, &sql, r->path);
    buf_adds(&sql, "])))");
    const cx_code rc = duck_one_int(c, r->conn, buf_text(&sql), out);
    buf_clear(&sql);
    return rc;
}

static cx_code add_slice(cx *c, const reader *r, buf *sql)
{
    int64_t from, to;
    if (r->to->slices < 2)
        return CX_OK;
    TRY(slice_start(c, r, r->to->slice, &from));
    TRY(slice_start(c, r, r->to->slice + 1, &to));
    buf_addf(sql, " WHERE file_row_number >= %lld AND file_row_number < %lld", (long long)from,
             (long long)to);
    return CX_OK;
}

static cx_code read_adds(cx *c, reader *r)
{
    AUTO(duck_result) rows = NULL;
    bool parsed = false;
    AUTO_CLEAR(buf) sql = BUF(BUF_ANY);
    TRY(wants_parsed(c, r, &parsed));
    buf_adds(&sql, "SELECT ");
    for (size_t i = 0; i < CELLS; i++)
        add_member(r, i, parsed, &sql);
    add_from(c, r, &sql);
    buf_adds(&sql, " r");
    TRY(add_slice(c, r, &sql));
    /* A limit, even one that none reaches, makes DuckDB keep to one thread here. More of them would
     * decode ahead, hold what they have and wait for their turn, as rows come in order. */
    buf_adds(&sql, " LIMIT 9223372036854775806");
    TRY(duck_run(c, r->conn, buf_text(&sql), &rows));
    return duck_each_chunk(c, rows, pass_adds, r);
}

cx_code eng_read_checkpoint(cx *c, void *self, const char *path, const delta_sink *to)
{
    engine *e = self;
    AUTO_CLEAR(reader) r = {.path = path, .to = to};
    TRY(eng_connect(c, e, &r.conn));
    TRY(look(c, &r));
    bool any = false;
    for (size_t i = 0; i < CX_COUNT(actions); i++)
        any = any || has(&r, actions[i]);
    if (!any)
        return cx_fail(c, CX_CORRUPT, "%s has none of a checkpoint's columns", path);
    const bool usual = adds_are_usual(&r), typed = usual && to->add;
    if (typed && to->adds)
        TRY(read_adds(c, &r));
    return to->slice == 0 ? read_rows(c, &r, to->adds && !typed, usual) : CX_OK;
}
