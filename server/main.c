/* main.c - picks a subcommand from cli/'s table. */
#include <signal.h>

#include "cli/cli.h"

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN); /* a client that hangs up is no reason to die */
    return cli_run(argc, argv);
}
