/* log.h - structured log lines on stderr: `time=… level=info msg="…" key=value …` (logfmt).
 *
 * Lines go to a buffer that a thread writes out every 100 ms, so that a request never waits for the log;
 * warnings and errors are written at once. Never log a name, an answer, a code or a token.
 * Threads: safe. Tests: tests/unit/log_test.c
 */
#ifndef CONVENED_BASE_LOG_H
#define CONVENED_BASE_LOG_H

#include <stdbool.h>

#include "base/text.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_OFF };

void log_start(enum log_level level); /* before other threads; starts the writer thread */
void log_stop(void);                  /* writes what is left and ends the thread */
void log_flush(void);

/* Whether a line of this level would be written: ask before costly arguments. LOG_OFF is never written. */
bool log_enabled(enum log_level level);

/* `fmt` makes `key=value` pairs (NULL: none); text that may hold spaces or quotes goes by log_quote(). */
void log_line(enum log_level level, const char *msg, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* As log_line(), the pairs ready-made. */
void log_pairs(enum log_level level, const char *msg, struct str pairs);

/* A quoted copy of `s` in out[], control bytes and quotes escaped, cut to fit. Returns out. */
const char *log_quote(char *out, unsigned size, const char *s);

#endif
