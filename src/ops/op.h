/* The operation table: each operation is one file with its arguments, its results, a `run` and a
 * definition; ops.def lists them. From this table come command-line flags, usage and completion,
 * request validation, OpenAPI, generated TypeScript, docs pages and redaction. See
 * docs/adding-an-operation.md.
 *
 * An operation's file looks like this:
 *
 *     #define ARGS(A)                                                                       \
 *         A(NAME, source_catalog, .flag = "source", .help = "Catalog to copy", .need = true)  \
 *         A(ENUM, clone_type, .help = "…", .of = types, .def = "DEEP")                        \
 *         A(INT, max_workers, .help = "…", .def = "4", .min = 1, .max = 64)                   \
 *         A(BOOL, dry_run, .help = "Show the plan and stop")
 *     OP_ARGS(ARGS);                       // struct args + its rows
 *     static const op_result results[] = { {"bytes_copied", "integer", "…"}, {0} };
 *     static cx_code run(cx *c, op_call *call, const args *a, json **out) { … }
 *     OP(clone, .http = "POST /api/clone", .help = "…", .why = "…", .example = "clxs clone …",
 *        .effect = EFFECT_WRITE, .job = true, .results = results);
 *
 * The JSON name of an argument is its C name; the flag is --<flag or name with dashes>. */
#pragma once

#include "base/json.h"
#include "state/state.h"
#include "workspace/workspace.h"

struct op_call;

typedef enum {
    ARG_STR,  /* const char * (NULL when not given and without default) */
    ARG_NAME, /* catalog name; completion asks the workspace */
    ARG_ENUM, /* const char *, one of .of; case is ignored, the spelling of .of is delivered */
    ARG_INT,  /* int64_t */
    ARG_REAL, /* double */
    ARG_BOOL, /* bool; the flag takes no value; default true gets --no-<flag> */
    ARG_STRS, /* op_strs; the flag takes one or more values, also comma-separated */
    ARG_MAP,  /* json * object of strings, or NULL; the flag takes k=v, repeatable */
    ARG_JSON, /* json * or NULL; over HTTP only */
    ARG_PATH, /* const char *; file or folder of the machine where clxs runs; completion of files */
    ARG_SECRET, /* const char *; never logged, stored, or shown */
} op_kind;

typedef struct {
    const char *const *items; /* NULL-terminated; never NULL */
    size_t count;
} op_strs;

typedef struct {
    const char *name; /* JSON and C name */
    op_kind kind;
    size_t offset;         /* into struct args */
    const char *help;      /* one line: usage, info icon, docs */
    const char *flag;      /* when it differs from the name; without dashes in front */
    const char *alias;     /* another flag, or NULL */
    const char *label;     /* form label; NULL = from the name */
    const char *unit;      /* "bytes", "seconds", … shown in the field */
    const char *const *of; /* ENUM: NULL-terminated */
    const char *def;       /* default as text; NULL = none */
    const char *unset;     /* INT: value when it is not given, where that is no default to show */
    double min, max;       /* INT, REAL; both 0 = no bounds */
    bool need;             /* required */
    bool advanced;         /* folded away in forms */
    bool cli_only, http_only;
    bool hidden; /* accepted so that it can be refused by name; in no usage, form or document */
    int pos;     /* 1-based positional argument on the command line; 0 = flag only */
} op_arg;

typedef struct {
    const char *name;
    const char *type; /* OpenAPI: string integer number boolean object array */
    const char *help;
} op_result;

typedef enum {
    EFFECT_READ,    /* changes nothing */
    EFFECT_WRITE,   /* creates or replaces */
    EFFECT_DESTROY, /* may drop: confirmed on a terminal, typed in the UI */
    EFFECT_LOCAL    /* only this machine: servers, credentials, completion */
} op_effect;

/* What only the program around the operations can do (main.c joins them): ops/ may not include
 * server/. */
typedef struct {
    /* Serves the API and the UI until cancelled. */
    cx_code (*serve)(cx *c, const json *settings, struct op_call *call);
    /* The OpenAPI document of everything that is served. */
    cx_code (*openapi)(cx *c, json **out);
    /* Profiles of the Databricks configuration file: [{name, host, auth}]. */
    cx_code (*profiles)(cx *c, json **out);
} op_host;

/* What an operation gets besides its arguments. */
typedef struct op_call {
    workspace *ws; /* NULL for EFFECT_LOCAL operations */
    state *st;
    const char *job_id;             /* id of the row in state; never NULL for jobs */
    const char *user;               /* who asks */
    bool cli;                       /* asked from a terminal (else HTTP) */
    bool failed;                    /* set by run: it ended, with failures inside; exit status 1 */
    const workspace_config *config; /* how ws was (or would be) opened; never NULL */
    const char *state_dir;
    const op_host *host; /* NULL over HTTP */
    void (*say)(void *self,
                const char *line); /* a line on standard output at once; NULL over HTTP */
    void *say_self;
} op_call;

typedef struct op {
    const char *name; /* "clone"; the command unless .cli says otherwise */
    const char *cli;  /* "workspace serve"; NULL = name with dashes; "" = not on the command line */
    const char *http; /* "POST /api/clone"; NULL = not over HTTP */
    const char *group; /* "Clone", "Analysis and comparison", … (cli.md headings) */
    const char *help, *why, *example;
    op_effect effect;
    bool job;             /* long: over HTTP answers {job_id,status,message} at once */
    const char *accepted; /* message of the job answer: "Clone job submitted" */
    const op_arg *args;
    size_t arg_count, args_size;
    const op_result *results; /* ends with a {0} row */
    cx_code (*run)(cx *c, op_call *call, const void *args, json **out);
    cx_code (*check)(cx *c, const void *args); /* rules across arguments; CX_INVALID; may be NULL */
    /* Text for a person from the result; NULL = a generic rendering of the JSON. */
    void (*text)(cx *c, const json *result, int width, buf *out);
} op;

extern const op *const op_table[]; /* in ops.def order */
extern const size_t op_count;
const op *op_find(const char *name);      /* by name; NULL */
const op *op_find_cli(const char *words); /* by command words; NULL */

/* Decodes and checks a JSON object into a struct args (arena). Failures collect: *out_problems is
 * an array of {loc:["body",name],msg,type} (422 body) and the code is CX_INVALID with the first
 * message. Unknown members are ignored over HTTP. */
CX_CHECKED cx_code op_decode(cx *c, const op *o, const json *body, bool cli, const void **out_args,
                             json **out_problems);
/* Decodes, checks, records a row in state (history), runs, records the end. What the command line
 * does, and the server's worker for a job. `job_id` NULL = a new row. */
CX_CHECKED cx_code op_execute(cx *c, const op *o, op_call *call, const json *body, json **out);
/* A copy of body without the values of SECRET arguments. */
json *op_redact(const op *o, const json *body);
/* "--dry-run" of an argument, in the arena. */
char *op_flag(cx *c, const op_arg *a);
char *op_command(cx *c, const op *o); /* "workspace serve" */

/* ---- the macros ------------------------------------------------------------ */

#define OP_T_STR const char *
#define OP_T_NAME const char *
#define OP_T_ENUM const char *
#define OP_T_INT int64_t
#define OP_T_REAL double
#define OP_T_BOOL bool
#define OP_T_STRS op_strs
#define OP_T_MAP json *
#define OP_T_JSON json *
#define OP_T_PATH const char *
#define OP_T_SECRET const char *

#define OP_FIELD(KIND, NAME_, ...) OP_T_##KIND NAME_;
#define OP_ROW(KIND, NAME_, ...) \
    {.name = #NAME_, .kind = ARG_##KIND, .offset = offsetof(args, NAME_), __VA_ARGS__},
#define OP_ARGS(LIST)             \
    typedef struct {              \
        LIST(OP_FIELD) char end_; \
    } args;                       \
    static const op_arg arg_rows[] = {LIST(OP_ROW){.name = NULL}}
#define OP(NAME_, ...)                                                        \
    static cx_code run_thunk(cx *c, op_call *call, const void *a, json **out) \
    {                                                                         \
        return run(c, call, a, out);                                          \
    }                                                                         \
    const op op_##NAME_ = {.name = #NAME_,                                    \
                           .args = arg_rows,                                  \
                           .arg_count = CX_COUNT(arg_rows) - 1,               \
                           .args_size = sizeof(args),                         \
                           .run = run_thunk,                                  \
                           __VA_ARGS__}
