/* The command line: argv → operation → text, or JSON with --json. */
#pragma once

#include "ops/op.h"

/* Runs one command; returns the exit status. */
/* Profiles of ~/.databrickscfg: [{name, host, auth}]. */
CX_CHECKED cx_code cli_profiles(cx *c, json **out);

int cli_main(int argc, char **argv, const op_host *host);
