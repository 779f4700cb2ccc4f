/* Protocol versions and table features, as a table needs them. */
#pragma once

#include "lake/engine/engine_int.h"

typedef struct {
    const json *schema, *configuration;
    bool clustered;
    const json *features;         /* asked for by name; NULL = none */
    int min_reader, min_writer;   /* asked for; 0 = not */
    const delta_protocol *before; /* NULL = a new table */
} eng_needs;
/* The protocol action's body: what is needed, and never less than before. */
CX_CHECKED cx_code eng_protocol(cx *c, const eng_needs *n, json **out);
bool eng_protocol_same(const delta_protocol *old, const json *fresh);
bool eng_protocol_has(const delta_protocol *p, const char *name);
json *eng_protocol_features(const delta_protocol *p); /* all, those of legacy versions too */
/* The old protocol less one feature, as lists. */
json *eng_protocol_without(const delta_protocol *old, const char *name);

const char *eng_feature_name(const char *name); /* as the protocol spells it; NULL = unknown */
bool eng_feature_for_readers(const char *name);
bool eng_property_on(const json *configuration, const char *key); /* "true" */
/* The commit writes properties beside ours, so a row made from ours may lack some. */
bool eng_log_adds(const json *configuration);
void eng_add_name(json *names, const char *name); /* unless it is there */
