/* The statement of each step of a clone. All texts are in c's arena. */
#pragma once

#include "model/model.h"
#include "ops/clone/plan.h"

char *clone_sql_catalog(cx *c, const clone_options *k, const inventory *source);
char *clone_sql_schema(cx *c, const clone_options *k, const model_object *o);
char *clone_sql_table(cx *c, const clone_options *k, const model_object *o, int64_t version);
char *clone_sql_volume(cx *c, const clone_options *k, const model_object *o);
/* Views and functions: the body's references to the source catalog are those of the destination.
 * Fails when the body cannot be parsed. */
CX_CHECKED cx_code clone_sql_view(cx *c, const clone_options *k, const model_object *o, char **out);
CX_CHECKED cx_code clone_sql_function(cx *c, const clone_options *k, const model_object *o,
                                      char **out);
/* "DROP TABLE IF EXISTS …" of a destination object. */
char *clone_sql_drop(cx *c, const clone_options *k, const model_object *o);
/* o NULL = the catalog itself. */
/* comment NULL = none. */
char *clone_sql_comment(cx *c, const clone_options *k, const model_object *o, const char *comment);
char *clone_sql_grant(cx *c, const clone_options *k, const model_object *o,
                      const model_grant *grants, size_t n, bool revoke);
char *clone_sql_tags(cx *c, const clone_options *k, const model_object *o, const char *column,
                     const model_tag *tags, size_t n);
char *clone_sql_unset_tags(cx *c, const clone_options *k, const model_object *o, const char *column,
                           const model_tag *tags, size_t n);
char *clone_sql_drop_mask(cx *c, const clone_options *k, const model_object *o,
                          const model_column *column);
char *clone_sql_drop_filter(cx *c, const clone_options *k, const model_object *o);
char *clone_sql_drop_key(cx *c, const clone_options *k, const model_object *o,
                         const model_key *key);
CX_CHECKED cx_code clone_sql_mask(cx *c, const clone_options *k, const model_object *o,
                                  const model_column *column, char **out,
                                  const char **out_function);
CX_CHECKED cx_code clone_sql_filter(cx *c, const clone_options *k, const model_object *o,
                                    char **out, const char **out_function);
/* parent: of a foreign key; its columns are those of the parent's primary key, as the key orders
 * them. */
char *clone_sql_key(cx *c, const clone_options *k, const model_object *o, const model_key *key,
                    const model_object *parent);
char *clone_sql_owner(cx *c, const clone_options *k, const model_object *o, const char *owner);
/* "dest.schema.name", for people. */
char *clone_label(cx *c, const char *catalog, const model_object *o);
