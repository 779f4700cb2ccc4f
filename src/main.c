/* The program: joins the two doors, the command line and the server. */
#include "cli/cli.h"
#include "server/server.h"

static const op_host host = {
    .serve = server_serve, .openapi = server_openapi, .profiles = cli_profiles};

int main(int argc, char **argv)
{
    return cli_main(argc, argv, &host);
}
