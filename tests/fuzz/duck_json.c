/* JSON texts that become variants: what is taken is sound, and its own JSON means the same.
 *
 * input: the text */
#include "duck/variant_parse.h"
#include "fuzz/fuzz.h"

static bool packed(str json, buf *blob, variant *v)
{
    if (!variant_parse(json, blob))
        return false;
    const str all = {blob->data, blob->length};
    const size_t n = variant_metadata_size(all);
    FUZZ_MUST(n > 0 && n < all.length);
    FUZZ_MUST(variant_open(all, (str){all.data + n, all.length - n}, v));
    return true;
}

static bool json_again(const buf *json, buf *out)
{
    AUTO_CLEAR(buf) blob = BUF(BUF_ANY);
    variant v;
    if (!packed((str){buf_text(json), json->length}, &blob, &v))
        return false;
    variant_add_json(out, &v);
    return true;
}

/* A double such as 3e2 is shown as 300.0, which is read as a decimal: the second time all is still.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_CLEAR(buf) input = BUF(BUF_ANY);
    AUTO_CLEAR(buf) once = BUF(BUF_ANY);
    AUTO_CLEAR(buf) twice = BUF(BUF_ANY);
    AUTO_CLEAR(buf) thrice = BUF(BUF_ANY);
    buf_add(&input, data, size);
    if (!json_again(&input, &once))
        return 0;
    FUZZ_MUST(json_again(&once, &twice) && json_again(&twice, &thrice));
    FUZZ_MUST(strcmp(buf_text(&twice), buf_text(&thrice)) == 0);
    return 0;
}

void fuzz_seeds(cx *c)
{
    (void)c;
    fuzz_seed_text("{\"b\": [1, -300, 70000, 5000000000, null], \"a\": {\"x y\": \"\\u00e9\\n\"}}");
    fuzz_seed_text("[1.50, 1e10, -0.0, 12345678901234567890123456789012345678, 0.00001, -7E-3]");
    fuzz_seed_text("[true,false,null,\"\",{},[],\"\\ud83d\\ude00\"]");
    fuzz_seed_text("{\"a\":{\"a\":{\"a\":[{\"b\":1},{\"b\":\"2\",\"c\":3}]}}}");
    fuzz_seed_text("[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]");
    fuzz_seed_text("9223372036854775808");
}
