#include "ops/op.h"

static const char *const shells[] = {"bash", "zsh", "fish", NULL};

#define ARGS(A) \
    A(ENUM, shell, .help = "Shell to print the script for", .of = shells, .need = true, .pos = 1)
OP_ARGS(ARGS);

static const char bash_script[] =
    "_clxs() {\n"
    "    local IFS=$'\\n'\n"
    "    COMPREPLY=($(clxs __complete \"${COMP_WORDS[@]:1:COMP_CWORD}\" 2>/dev/null))\n"
    "}\n"
    "complete -o default -F _clxs clxs\n";

static const char zsh_script[] =
    "#compdef clxs\n"
    "_clxs() {\n"
    "    local -a found\n"
    "    found=(\"${(@f)$(clxs __complete \"${(@)words[2,CURRENT]}\" 2>/dev/null)}\")\n"
    "    compadd -a found || _files\n"
    "}\n"
    "compdef _clxs clxs\n";

static const char fish_script[] = "complete -c clxs -f -a '(clxs __complete (commandline "
                                  "-opc)[2..] (commandline -ct) 2>/dev/null)'\n";

static cx_code run(cx *c, op_call *call, const args *a, json **out)
{
    (void)c;
    (void)call;
    const char *script = !strcmp(a->shell, "bash")  ? bash_script
                         : !strcmp(a->shell, "zsh") ? zsh_script
                                                    : fish_script;
    *out = json_pack("{s:s}", "script", script);
    return CX_OK;
}

static void text(cx *c, const json *result, int width, buf *out)
{
    (void)c;
    (void)width;
    buf_adds(out, json_get_str(result, "script", ""));
}

static const op_result results[] = {{"script", "string", "The completion script"}, {0}};

OP(completion, .group = "Configuration and auth", .help = "Print a shell completion script",
   .why = "Commands, flags, choices and catalog names complete with the Tab key.",
   .example = "source <(clxs completion bash)", .effect = EFFECT_LOCAL, .results = results,
   .text = text);
