#include "cli/cli_int.h"

#include "base/sys.h"

#include <errno.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

/* Set by the signal handler; the one global, because a handler can reach nothing else. */
static atomic_bool interrupted;

static void on_signal(int sig)
{
    if (atomic_exchange(&interrupted, true))
        _exit(128 + sig); /* the second one does not wait */
}

/* SIGPIPE is ignored: a closed pipe shows as a write error. */
static void catch_signals(void)
{
    struct sigaction a = {.sa_handler = on_signal};
    sigaction(SIGINT, &a, NULL);
    sigaction(SIGTERM, &a, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* ---- log -------------------------------------------------------------------- */

typedef struct {
    bool to_stderr;
    FILE *file; /* may be NULL */
} log_target;

static void log_line(void *self, cx_level level, const char *scope, const char *text)
{
    static const char *const names[] = {"DEBUG", "INFO", "WARNING", "ERROR"};
    const log_target *t = self;
    char when[32];
    const time_t now = time(NULL);
    struct tm tm;
    strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S", localtime_r(&now, &tm));
    if (t->to_stderr || level >= CX_WARN)
        fprintf(stderr, "%s [%s] %s: %s\n", when, names[level], scope, text);
    if (t->file)
        fprintf(t->file, "%s [%s] %s: %s\n", when, names[level], scope, text);
}

/* ---- errors ------------------------------------------------------------------ */

static json *error_json(const cx_error *e)
{
    json *frames = json_array();
    for (int i = 0; i < e->frame_count; i++)
        json_array_append_new(frames, json_str_or_null(e->frames[i]));
    return json_pack("{s:{s:s,s:o,s:o,s:o,s:o,s:o,s:o}}", "error", "code", cx_code_name(e->code),
                     "message", json_str_or_null(e->message), "hint", json_str_or_null(e->hint),
                     "condition", json_str_or_null(e->condition), "sqlstate",
                     json_str_or_null(e->sqlstate), "request_id", json_str_or_null(e->request_id),
                     "while", frames);
}

static int report(cx *c, const cli_globals *g)
{
    const cx_error *e = &c->error;
    if (g->json) {
        AUTO(json) j = error_json(e);
        AUTO_FREE char *text = json_pretty(j);
        puts(text);
    }
    fprintf(stderr, "clxs: %s%s%s%s\n", e->condition ? "[" : "", e->condition ? e->condition : "",
            e->condition ? "] " : "", e->message);
    if (e->hint)
        fprintf(stderr, "      %s\n", e->hint);
    for (int i = 0; g->verbose && i < e->frame_count; i++)
        fprintf(stderr, "      while %s\n", e->frames[i]);
    if (e->request_id)
        fprintf(stderr, "      request %s\n", e->request_id);
    return cx_code_exit(e->code);
}

/* ---- running ----------------------------------------------------------------- */

static void say(void *self, const char *line)
{
    (void)self;
    puts(line);
    fflush(stdout);
}

static int print_result(cx *c, const op *o, const cli_globals *g, const json *result)
{
    if (g->json) {
        AUTO_FREE char *text = json_pretty(result);
        puts(text);
    } else {
        buf out = BUF(BUF_ANY);
        if (o->text)
            o->text(c, result, cli_width(), &out);
        else
            cli_render(c, result, cli_width(), &out);
        fwrite(buf_text(&out), 1, out.length, stdout);
        buf_clear(&out);
    }
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "clxs: the result could not be written: %s\n", strerror(errno));
        return cx_code_exit(CX_IO);
    }
    return 0;
}

/* A destructive operation names what it will do and waits for a yes; without a terminal it wants
 * --yes. */
static cx_code confirm(cx *c, const op *o, const cli_call *k)
{
    if (o->effect != EFFECT_DESTROY || k->globals.yes || json_get_bool(k->body, "dry_run", false) ||
        json_get_bool(k->body, "list", false))
        return CX_OK;
    if (!isatty(STDIN_FILENO)) {
        (void)cx_fail(c, CX_INVALID, "clxs %s may drop objects and wants a confirmation",
                      op_command(c, o));
        return cx_hint(c, "look with --dry-run first, then add --yes");
    }
    fprintf(stderr, "clxs %s may drop objects. Go on? [y/N] ", op_command(c, o));
    char answer[16] = "";
    if (!fgets(answer, sizeof answer, stdin) || (answer[0] != 'y' && answer[0] != 'Y'))
        return cx_fail(c, CX_CANCELLED, "nothing was done");
    return CX_OK;
}

static cx_code run(cx *c, const cli_call *k, const op_host *host, json **out, bool *failed)
{
    const op *o = k->o;
    const void *checked; /* mistakes are told before anything is opened */
    TRY(op_decode(c, o, k->body, true, &checked, NULL));
    const char *state_dir;
    workspace_config config;
    TRY(cli_resolve(c, &k->globals, &state_dir, &config));
    TRY(confirm(c, o, k));
    AUTO(state) st = NULL;
    AUTO(workspace) ws = NULL;
    op_call call = {
        .cli = true, .host = host, .config = &config, .say = say, .state_dir = state_dir};
    if (o->effect != EFFECT_LOCAL) {
        TRY(state_open(c, state_dir, &st));
        TRY(workspace_open(c, &config, &ws));
        call.st = st;
        call.ws = ws;
    }
    TRY(op_execute(c, o, &call, k->body, out));
    *failed = call.failed;
    return CX_OK;
}

static int execute(cx *c, const cli_call *k, const op_host *host)
{
    log_target target = {.to_stderr = k->globals.verbose};
    const cx_log_sink log = {log_line, &target, k->globals.verbose ? CX_DEBUG : CX_INFO};
    c->log = &log;
    c->cancel = &interrupted;
    if (k->globals.log_file && !(target.file = fopen(k->globals.log_file, "ae"))) {
        (void)cx_fail_errno(c, errno, "cannot write the log file %s", k->globals.log_file);
        return report(c, &k->globals);
    }
    cli_progress *bar = NULL;
    if (!k->globals.no_progress && (k->globals.progress || isatty(STDERR_FILENO)) &&
        k->o->effect != EFFECT_LOCAL) {
        bar = cli_progress_new(isatty(STDERR_FILENO));
        c->progress = cli_progress_sink(bar);
    }
    AUTO(json) result = NULL;
    bool failed = false;
    const cx_code rc = run(c, k, host, &result, &failed);
    c->progress = NULL;
    cli_progress_free(bar);
    int status = rc == CX_OK ? 0 : report(c, &k->globals);
    if (rc == CX_OK && result)
        status = print_result(c, k->o, &k->globals, result);
    if (target.file)
        fclose(target.file);
    return status == 0 && failed ? cx_code_exit(CX_FAILED) : status;
}

static int help(cx *c, const op *o)
{
    buf out = BUF(BUF_ANY);
    cli_usage(c, o, cli_width(), &out);
    fputs(buf_text(&out), stdout);
    buf_clear(&out);
    return 0;
}

static int complete(cx *c, int argc, char **argv)
{
    buf out = BUF(BUF_ANY);
    cli_complete(c, argc, argv, &out);
    fputs(buf_text(&out), stdout);
    buf_clear(&out);
    return 0;
}

static int dispatch(cx *c, int argc, char **argv, const op_host *host)
{
    if (argc >= 2 && !strcmp(argv[1], "__complete"))
        return complete(c, argc - 2, argv + 2);
    __attribute__((cleanup(cli_call_clear))) cli_call k = {0};
    if (cli_parse(c, argc, argv, &k) != CX_OK)
        return report(c, &k.globals);
    if (k.globals.version) {
        puts("clxs " CLXS_VERSION);
        return 0;
    }
    if (k.globals.help || k.help_command || !k.o)
        return help(c, k.o);
    return execute(c, &k, host);
}

int cli_main(int argc, char **argv, const op_host *host)
{
    catch_signals();
    cx c;
    cx_init(&c);
    const int status = dispatch(&c, argc, argv, host);
    cx_clear(&c);
    return status;
}
