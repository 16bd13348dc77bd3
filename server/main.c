/* main.c - picks a subcommand from cli/'s table. */
#include <malloc.h>
#include <signal.h>
#include <sys/stat.h>

#include "cli/cli.h"

enum { ARENAS = 2 }; /* of malloc: more keep what thousands of threads have freed, and grow for ever */

int main(int argc, char **argv)
{
    mallopt(M_ARENA_MAX, ARENAS);
    signal(SIGPIPE, SIG_IGN); /* a client that hangs up is no reason to die */
    umask(077);               /* names and answers: what it writes is for this user alone */
    return cli_run(argc, argv);
}
