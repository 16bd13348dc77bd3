/* log.c
 *
 *   log_line() ──► filling (64 KiB) ──swap──► leaving (64 KiB) ──► stderr
 *                  under `lock`              under `out`
 *
 * A reader of stderr that has stopped (a full pipe) must not stop the server: every write waits a bounded
 * time for room, lines that find both buffers full are counted and dropped, and the count is logged later.
 */
#include "base/log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

enum {
    BUFFER = 64 * 1024,
    LINE = 2048,
    PERIOD_MS = 100,
    PATIENCE_MS = 100, /* for one write to a pipe that is full */
    CHUNK = 4096       /* PIPE_BUF: what a pipe that polls writable takes without blocking */
};

static struct {
    pthread_mutex_t lock; /* filling, len, dropped, stopping */
    pthread_mutex_t out;  /* leaving, start, end, stuck; taken before `lock` */
    pthread_cond_t wake;
    pthread_t thread;
    atomic_int level;
    atomic_bool running;
    bool stopping;
    bool stuck;
    char *filling;
    size_t len;
    unsigned long dropped;
    char *leaving;
    size_t start, end;
    char a[BUFFER], b[BUFFER];
} logger = {.lock = PTHREAD_MUTEX_INITIALIZER,
            .out = PTHREAD_MUTEX_INITIALIZER,
            .level = LOG_WARN,
            .filling = logger.a,
            .leaving = logger.b};

bool log_enabled(enum log_level level)
{
    return level < LOG_OFF && (int)level >= atomic_load_explicit(&logger.level, memory_order_relaxed);
}

/* Writes leaving[start..end). False when stderr takes no more for now. Needs `out`. */
static bool write_out(void)
{
    if (logger.start == logger.end)
        return true;
    struct stat st;
    bool file = fstat(STDERR_FILENO, &st) == 0 && S_ISREG(st.st_mode);
    while (logger.start < logger.end) {
        size_t n = logger.end - logger.start;
        if (!file) {
            struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};
            int ready = poll(&p, 1, logger.stuck ? 0 : PATIENCE_MS);
            if (ready == 0) {
                logger.stuck = true;
                return false;
            }
            if (ready < 0 && errno == EINTR)
                continue;
            if (ready < 0)
                break;
            n = n < CHUNK ? n : CHUNK;
        }
        ssize_t wrote = write(STDERR_FILENO, logger.leaving + logger.start, n);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return false;
        if (wrote < 0)
            break; /* closed or broken for good: there is nobody to tell */
        logger.stuck = false;
        logger.start += (size_t)wrote;
    }
    logger.start = logger.end = 0;
    return true;
}

/* Appends to `filling`. False when there is no room. Needs `lock`. */
static bool append(const char *line, size_t len)
{
    if (len > BUFFER - logger.len)
        return false;
    memcpy(logger.filling + logger.len, line, len);
    logger.len += len;
    return true;
}

static size_t line_head(char *line, enum log_level level, const char *msg)
{
    static const char *const names[] = {"debug", "info", "warn", "error"};
    char *p = stpcpy(line, "time=");
    p += clock_format(p, clock_now_ms(), NULL);
    p = stpcpy(stpcpy(stpcpy(p, " level="), names[level]), " msg=");
    log_quote(p, 512, msg);
    return (size_t)(p - line) + strlen(p);
}

static void report_dropped(void)
{
    char line[LINE];
    size_t len = line_head(line, LOG_WARN, "log lines dropped");
    len += (size_t)snprintf(line + len, LINE - len, " lines=%lu\n", logger.dropped);
    if (append(line, len))
        logger.dropped = 0;
}

void log_flush(void)
{
    pthread_mutex_lock(&logger.out);
    if (write_out()) {
        pthread_mutex_lock(&logger.lock);
        char *full = logger.filling;
        logger.end = logger.len;
        logger.filling = logger.leaving;
        logger.leaving = full;
        logger.len = 0;
        if (logger.dropped)
            report_dropped();
        pthread_mutex_unlock(&logger.lock);
        write_out();
    }
    pthread_mutex_unlock(&logger.out);
}

static void *run(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&logger.lock);
    while (!logger.stopping) {
        struct timespec until = clock_monotonic_in(PERIOD_MS);
        pthread_cond_timedwait(&logger.wake, &logger.lock, &until);
        pthread_mutex_unlock(&logger.lock);
        log_flush();
        pthread_mutex_lock(&logger.lock);
    }
    pthread_mutex_unlock(&logger.lock);
    return NULL;
}

void log_start(enum log_level level)
{
    atomic_store(&logger.level, (int)level);
    if (atomic_load(&logger.running))
        return;
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&logger.wake, &attr);
    pthread_condattr_destroy(&attr);
    logger.stopping = false;
    /* Signals are for the threads that wait for them. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = pthread_create(&logger.thread, NULL, run, NULL) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    atomic_store(&logger.running, started);
}

void log_stop(void)
{
    if (atomic_load(&logger.running)) {
        pthread_mutex_lock(&logger.lock);
        logger.stopping = true;
        pthread_cond_signal(&logger.wake);
        pthread_mutex_unlock(&logger.lock);
        pthread_join(logger.thread, NULL);
        atomic_store(&logger.running, false);
        pthread_cond_destroy(&logger.wake);
    }
    log_flush();
}

/* A value with a line break would forge a line; a cut one must not end inside a character. */
static size_t line_finish(char *line, size_t len)
{
    if (len > LINE - 2) {
        len = LINE - 2;
        while ((unsigned char)line[len - 1] >= 0x80)
            len--;
    }
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7F)
            line[i] = '?';
    }
    line[len++] = '\n';
    return len;
}

static void add_line(enum log_level level, char line[LINE], size_t len)
{
    len = line_finish(line, len);
    pthread_mutex_lock(&logger.lock);
    size_t before = logger.len;
    bool fits = append(line, len);
    bool running = atomic_load(&logger.running);
    if (running && before < BUFFER / 2 && logger.len >= BUFFER / 2)
        pthread_cond_signal(&logger.wake);
    pthread_mutex_unlock(&logger.lock);
    if (fits && running && level < LOG_WARN)
        return;
    log_flush();
    if (fits)
        return;
    pthread_mutex_lock(&logger.lock);
    if (!append(line, len))
        logger.dropped++;
    pthread_mutex_unlock(&logger.lock);
}

void log_line(enum log_level level, const char *msg, const char *fmt, ...)
{
    if (!log_enabled(level))
        return;
    char line[LINE];
    size_t len = line_head(line, level, msg);
    if (fmt && *fmt && *fmt != ' ')
        line[len++] = ' ';
    va_list ap;
    va_start(ap, fmt);
    int n = fmt ? vsnprintf(line + len, LINE - len, fmt, ap) : 0;
    va_end(ap);
    add_line(level, line, len + (size_t)(n > 0 ? n : 0));
}

void log_pairs(enum log_level level, const char *msg, struct str pairs)
{
    if (!log_enabled(level))
        return;
    char line[LINE];
    size_t len = line_head(line, level, msg), n = pairs.len < LINE - len ? pairs.len : LINE - len;
    if (n)
        memcpy(line + len, pairs.ptr, n);
    add_line(level, line, len + n);
}

/* Bytes of the character at s that may stand in a log as they are; 0 for one to escape. */
static size_t plain_bytes(const char *s)
{
    unsigned char c = (unsigned char)*s;
    if (c < 0x80)
        return c >= 0x20 && c != 0x7F && c != '"' && c != '\\';
    size_t n = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
    if (strnlen(s, n) < n || !text_is_utf8((struct str){s, n}))
        return 0;
    /* U+0080..U+009F are control characters, which a terminal may obey. */
    return c == 0xC2 && (unsigned char)s[1] < 0xA0 ? 0 : n;
}

const char *log_quote(char *out, unsigned size, const char *s)
{
    if (size < 3) {
        if (size)
            *out = '\0';
        return out;
    }
    size_t len = 0, room = size - 3; /* the quotes and the NUL */
    out[len++] = '"';
    for (size_t used; s && *s; s += used) {
        char escape[8];
        size_t n = used = plain_bytes(s);
        const char *from = s;
        if (!used) {
            unsigned char c = (unsigned char)*s;
            used = 1;
            if (c == '"' || c == '\\')
                n = (size_t)snprintf(escape, sizeof escape, "\\%c", c);
            else if (c == '\n' || c == '\r' || c == '\t')
                n = (size_t)snprintf(escape, sizeof escape, "\\%c", c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
            else
                n = (size_t)snprintf(escape, sizeof escape, "\\u%04x", c < 0x80 ? c : 0xFFFDu);
            from = escape;
        }
        if (n > room - (len - 1))
            break;
        memcpy(out + len, from, n);
        len += n;
    }
    out[len++] = '"';
    out[len] = '\0';
    return out;
}
