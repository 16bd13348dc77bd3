/* main.c - picks a subcommand from cli/'s table. */
#include <signal.h>
#include <sys/stat.h>

#include "cli/cli.h"

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN); /* a client that hangs up is no reason to die */
    umask(077);               /* names and answers: what it writes is for this user alone */
    return cli_run(argc, argv);
}
