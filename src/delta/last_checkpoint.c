/* _last_checkpoint: where a reader may begin to look.
 *
 * Its checksum is over a canonical form: each leaf of the document as its path, "=", and its value;
 * sorted, with commas between. A path is the names and indices on the way, joined by "+"; names and
 * texts are quoted, with all but unreserved characters percent-encoded.
 *
 *   {"k0":"'v 0'","k1":{"k2":2,"k3":["v3"]}}
 *   "k0"="%27v%200%27","k1"+"k2"=2,"k1"+"k3"+0="v3"
 *
 * spec: delta "Last Checkpoint File", "Last Checkpoint File Schema", "JSON checksum" */
#include "delta/checkpoint.h"

#include "base/hash.h"

#include <inttypes.h>

enum { LISTED_MOST = 30 }; /* actions and sidecars that are repeated in the pointer */

/* ---- the checksum -------------------------------------------------------------------- */

static void quoted(buf *b, const char *text)
{
    buf_addc(b, '"');
    buf_add_percent(b, text, "");
    buf_addc(b, '"');
}

static void leaves(const json *j, const char *path, json *out)
{
    AUTO_CLEAR(buf) b = BUF(BUF_ANY);
    const char *plus = *path ? "+" : "", *key;
    json *value;
    size_t i;
    if (json_is_object(j)) {
        json_object_foreach ((json *)j, key, value) {
            buf_reset(&b);
            buf_addf(&b, "%s%s", path, plus);
            quoted(&b, key);
            leaves(value, buf_text(&b), out);
        }
        return;
    }
    if (json_is_array(j)) {
        json_array_foreach (j, i, value) {
            buf_reset(&b);
            buf_addf(&b, "%s%s%zu", path, plus, i);
            leaves(value, buf_text(&b), out);
        }
        return;
    }
    buf_addf(&b, "%s=", path);
    if (json_is_string(j)) {
        quoted(&b, json_string_value(j));
    } else {
        AUTO_FREE char *text = json_text(j);
        buf_adds(&b, text);
    }
    json_array_append_new(out, json_string(buf_text(&b)));
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void json_checksum(const json *j, char out[33])
{
    AUTO(json) all = json_array();
    AUTO(json) rest = json_copy((json *)j);
    AUTO_CLEAR(buf) text = BUF(BUF_ANY);
    json_object_del(rest, "checksum");
    leaves(rest, "", all);
    const size_t n = json_array_size(all);
    AUTO_FREE const char **sorted = cx_calloc(n + 1, sizeof *sorted);
    for (size_t i = 0; i < n; i++)
        sorted[i] = json_string_value(json_array_get(all, i));
    qsort(sorted, n, sizeof *sorted, by_bytes);
    for (size_t i = 0; i < n; i++)
        buf_addf(&text, "%s%s", i ? "," : "", sorted[i]);
    hash_md5_hex(buf_text(&text), text.length, out);
}

/* ---- writing it ---------------------------------------------------------------------- */

static json *pointer(int64_t version, const checkpoint_made *made)
{
    char sum[33];
    json *j = json_object();
    json_object_set_new(j, "version", json_integer(version));
    json_object_set_new(j, "size", json_integer(made->size));
    json_object_set_new(j, "sizeInBytes", json_integer(made->size_bytes));
    json_object_set_new(j, "numOfAddFiles", json_integer(made->adds));
    if (made->v2 && json_array_size(json_get(made->v2, "sidecarFiles")) <= LISTED_MOST &&
        json_array_size(json_get(made->v2, "nonFileActions")) <= LISTED_MOST)
        json_object_set(j, "v2Checkpoint", made->v2);
    json_checksum(j, sum);
    json_object_set_new(j, "checksum", json_string(sum));
    return j;
}

cx_code point_at(cx *c, delta_table *t, int64_t version, const checkpoint_made *made)
{
    static const char path[] = LOG_FOLDER "/_last_checkpoint";
    AUTO_CLEAR(buf) old = {0};
    AUTO(json) j = NULL;
    if (store_read(c, t->store, path, (size_t)64 << 20, &old) == CX_OK &&
        json_parse(c, old.data, old.length, "_last_checkpoint", &j) == CX_OK &&
        json_get_int(j, "version", -1) >= version)
        return CX_OK;
    cx_forgive(c);
    AUTO(json) now = pointer(version, made);
    AUTO_FREE char *text = json_text(now);
    return store_replace(c, t->store, path, STR(text));
}
