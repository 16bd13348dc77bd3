/* serve.c - `convened serve`: from the first lock to the last answer. */
#include "cli/serve.h"

#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/cli.h"
#include "db/plain_copy.h"
#include "features/auth.h"
#include "features/features.h"
#include "features/files.h"
#include "http/house.h"
#include "http/listener.h"
#include "http/ticker.h"

static const char *const level_names[] = {"debug", "info", "warn", "error", "off"};

static int read_level(const char *name)
{
    for (int i = LOG_DEBUG; i <= LOG_OFF; i++)
        if (!strcmp(name, level_names[i]))
            return i;
    return -1;
}

/* sd_notify(3) is one datagram: no library is needed for it. */
static void notify(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    if (!path || strlen(path) >= sizeof to.sun_path)
        return;
    memcpy(to.sun_path, path, strlen(path));
    socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
    if (to.sun_path[0] == '@')
        to.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0) {
        if (sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&to, len) < 0)
            log_line(LOG_WARN, "the service manager was not reached", " state=%s", state);
        close(fd);
    }
}

/* Connections, database files, uploads: ask for what the cap needs, say so when it is not given. */
static void raise_descriptors(int connections)
{
    struct rlimit limit;
    rlim_t want = (rlim_t)connections * 2 + 128;
    if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= want)
        return;
    limit.rlim_cur = want < limit.rlim_max ? want : limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur < want)
        log_line(LOG_WARN, "fewer descriptors than connections ask for", " have=%llu want=%llu",
                 (unsigned long long)limit.rlim_cur, (unsigned long long)want);
}

static void metrics_address(const struct config *c, int port, char out[300])
{
    if (*c->metrics_listen)
        snprintf(out, 300, "%s", c->metrics_listen);
    else
        snprintf(out, 300, "127.0.0.1:%d", port < 65535 ? port + 1 : 0);
}

/* A taken port is fatal when somebody asked for it, and a warning when it was only the default. */
static int start_metrics(struct house *house, int port, struct listener **out)
{
    char address[300], why[DB_WHY];
    const struct config *c = house->config;
    *out = NULL;
    if (!strcmp(c->metrics_listen, "off"))
        return 0;
    metrics_address(c, port, address);
    *out = listener_start(house, address, 2, true, why);
    if (*out) {
        printf("metrics on http://127.0.0.1:%d/metrics\n", listener_port(*out));
        return 0;
    }
    if (*c->metrics_listen)
        return -1;
    log_line(LOG_WARN, "no metrics: the next port is taken", " address=%s", address);
    return 0;
}

static void wait_for_end(void)
{
    sigset_t set;
    int signal_number;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigwait(&set, &signal_number);
    log_line(LOG_INFO, "stopping", " signal=%d", signal_number);
}

static void block_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set, NULL); /* every later thread inherits it; wait_for_end() takes them */
}

static int listen_and_wait(struct house *house, void (*ready)(struct house *, const char *, void *),
                           void *arg)
{
    const struct config *c = house->config;
    char why[DB_WHY], url[320], address[300];
    files_sweep(house);
    int left = plain_copy_sweep(c->data);
    if (left)
        log_line(LOG_WARN, "removed what a sealed backup left when it was cut off", " count=%d", left);
    struct listener *metrics = NULL,
                    *main_listener = listener_start(house, c->listen, c->connections, false, why);
    if (!main_listener)
        return cli_fail("%s", why);
    int port = listener_port(main_listener), code = CLI_OK;
    const char *colon = strrchr(c->listen, ':');
    snprintf(address, sizeof address, "%.*s:%d", colon ? (int)(colon - c->listen) : 0, c->listen, port);
    snprintf(url, sizeof url, "http://%s", address);
    if (cli_publish(c->data, address))
        code = cli_fail("%s: the address could not be written there", c->data);
    else if (start_metrics(house, port, &metrics))
        code = cli_fail("cannot listen on %s", c->metrics_listen);
    if (code == CLI_OK) {
        printf("listening on %s\n", url);
        ready(house, url, arg);
        fflush(stdout);
        notify("READY=1");
        wait_for_end();
        notify("STOPPING=1");
    }
    atomic_store(&house->draining, true);
    listener_stop((struct listener *const[]){main_listener, metrics}, 2);
    return code;
}

int serve(const struct config *config, void (*ready)(struct house *, const char *, void *), void *arg)
{
    char why[DB_WHY], path[4096];
    int level = read_level(config->log);
    if (level < 0)
        return cli_usage("--log is debug, info, warn, error or off");
    block_signals();
    log_start((enum log_level)level);
    raise_descriptors(config->connections);
    struct house *house = house_open(config, features, why);
    struct ticker *ticker = house ? ticker_start(house) : NULL;
    int code = ticker  ? listen_and_wait(house, ready, arg)
               : house ? cli_fail("a thread cannot be started")
                       : cli_fail("%s", why);
    ticker_stop(ticker);
    house_close(house);
    snprintf(path, sizeof path, "%s/address", config->data);
    unlink(path);
    log_stop();
    return code;
}

/* A database without organizers can be entered in one way only. */
static void print_setup(struct house *house, const char *url, void *arg)
{
    (void)arg;
    struct arena arena;
    struct buf token;
    arena_init(&arena, NULL, 0);
    buf_init(&token, &arena, 64);
    auth_setup_token(house, &token);
    if (token.len)
        printf("first organizer, one time: %s/setup#%.*s\n", url, (int)token.len, token.ptr);
    arena_finish(&arena);
}

int cli_serve(const struct config *config)
{
    int lock = cli_lock(config->data, true);
    if (lock == -1)
        return cli_fail("%s: another process has this data directory", config->data);
    if (lock < 0)
        return CLI_FAILED;
    int code = serve(config, print_setup, NULL);
    close(lock);
    return code;
}
