/* Transactions of applications: who commits with a name and a rising number can ask later how far
 * it came, and so writes nothing twice. A note goes when nobody renewed it for as long as
 * delta.setTransactionRetentionDuration says; without that property, or without a time in the note,
 * it stays for ever. spec: delta "Transaction Identifiers" */
#include "delta/delta_int.h"

bool txn_expired(const cx *c, const json *configuration, const json *txn)
{
    const int64_t kept_ms =
        duration_ms(json_get_str(configuration, "delta.setTransactionRetentionDuration", NULL), -1);
    const int64_t renewed = json_get_int(txn, "lastUpdated", -1);
    return kept_ms >= 0 && renewed >= 0 && renewed < cx_now_ms(c) - kept_ms;
}

int64_t delta_txn_version(cx *c, const delta_snapshot *s, const char *app_id)
{
    for (size_t i = 0; i < json_array_size(s->txns); i++) {
        const json *txn = json_array_get(s->txns, i);
        if (!strcmp(json_get_str(txn, "appId", ""), app_id))
            return txn_expired(c, json_get(s->metadata, "configuration"), txn)
                       ? -1
                       : json_get_int(txn, "version", -1);
    }
    return -1;
}
