/* Shared inside cli/. */
#pragma once

#include "cli/cli.h"

/* Flags that every command takes. */
typedef struct {
    const char *host, *token, *auth_profile, *warehouse_id, *state_dir, *trace, *log_file;
    double max_rps;
    int64_t max_parallel;
    bool json, verbose, help, version, progress, no_progress, yes;
} cli_globals;

typedef struct {
    const char *flag, *value_name, *help; /* value_name NULL = a switch */
    enum { G_TEXT, G_REAL, G_INT, G_BOOL } kind;
    size_t offset; /* into cli_globals */
} cli_global;
extern const cli_global cli_global_table[];
extern const size_t cli_global_count;

typedef struct {
    cli_globals globals;
    const op *o;         /* NULL: no command */
    const char *unknown; /* the words that name no command */
    json *body;          /* owned: arguments as a JSON object */
    bool help_command;   /* `clxs help …` */
} cli_call;
void cli_call_clear(cli_call *k);

/* CX_INVALID with the offending flag and, where one is near, a suggestion. */
CX_CHECKED cx_code cli_parse(cx *c, int argc, char **argv, cli_call *out);

/* Where the workspace is: flags, else environment, else a profile of ~/.databrickscfg that was
 * asked for, else the embedded one below the state folder. */
CX_CHECKED cx_code cli_resolve(cx *c, const cli_globals *g, const char **out_state_dir,
                               workspace_config *out);

void cli_usage(cx *c, const op *o, int width, buf *out); /* o NULL: the overview */
/* Generic text of a result: scalars as "name  value", arrays of objects as tables that fit. */
void cli_render(cx *c, const json *result, int width, buf *out);
int cli_width(void); /* of the terminal, 100 when there is none */

/* Candidates for the last of `words`, one a line. */
void cli_complete(cx *c, int argc, char **argv, buf *out);

/* A progress line on standard error, redrawn at most ten times a second; silent when it is no
 * terminal unless asked for, when it prints a line per phase and tenth. */
typedef struct cli_progress cli_progress;
cli_progress *cli_progress_new(bool terminal);
const cx_progress_sink *cli_progress_sink(cli_progress *p);
void cli_progress_free(cli_progress *p); /* erases the line */
