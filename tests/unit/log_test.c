#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

/* stderr is turned to a file or a pipe while a test logs. */
static int saved = -1;
static FILE *sink;

static void redirect(int fd)
{
    fflush(stderr);
    saved = dup(STDERR_FILENO);
    assert_true(saved >= 0);
    assert_int_equal(dup2(fd, STDERR_FILENO), STDERR_FILENO);
}

static void restore(void)
{
    if (saved < 0)
        return;
    dup2(saved, STDERR_FILENO);
    close(saved);
    saved = -1;
}

static int set_up(void **state)
{
    (void)state;
    sink = tmpfile();
    if (!sink)
        return -1;
    redirect(fileno(sink));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    log_stop();
    restore();
    fclose(sink);
    return 0;
}

/* What has reached the file so far. */
static const char *written(void)
{
    static char text[1 << 20];
    ssize_t n = pread(fileno(sink), text, sizeof text - 1, 0);
    assert_true(n >= 0);
    text[n] = '\0';
    return text;
}

static size_t lines_in(const char *text)
{
    size_t n = 0;
    for (; (text = strchr(text, '\n')); text++)
        n++;
    return n;
}

static void writes_logfmt(void **state)
{
    (void)state;
    log_start(LOG_DEBUG);
    log_line(LOG_INFO, "request", "status=%d route=%s", 200, "/v1/events");
    log_line(LOG_WARN, "say \"hi\"", NULL);
    log_stop();
    const char *text = written();
    assert_int_equal(lines_in(text), 2);
    int64_t ms;
    const char *end = strchr(text, ' ');
    assert_int_equal(strncmp(text, "time=", 5), 0);
    assert_true(clock_parse((struct str){text + 5, (size_t)(end - text) - 5}, &ms));
    assert_true(llabs(ms - clock_now_ms()) < 60000);
    assert_true(str_starts(str_of(end), " level=info msg=\"request\" status=200 route=/v1/events\n"));
    assert_non_null(strstr(text, " level=warn msg=\"say \\\"hi\\\"\"\n"));
}

static void keeps_to_its_level(void **state)
{
    (void)state;
    log_start(LOG_WARN);
    assert_false(log_enabled(LOG_DEBUG));
    assert_false(log_enabled(LOG_INFO));
    assert_true(log_enabled(LOG_WARN));
    assert_true(log_enabled(LOG_ERROR));
    log_line(LOG_INFO, "unseen", "a=%d", 1);
    log_line(LOG_ERROR, "seen", "a=%d", 1);
    log_line(LOG_OFF, "unseen", "a=%d", 1);
    log_start(LOG_OFF);
    assert_false(log_enabled(LOG_ERROR));
    assert_false(log_enabled(LOG_OFF));
    log_line(LOG_ERROR, "unseen", "a=%d", 1);
    log_stop();
    assert_int_equal(lines_in(written()), 1);
    assert_non_null(strstr(written(), "level=error msg=\"seen\""));
}

static void warnings_are_written_at_once_and_the_rest_soon(void **state)
{
    (void)state;
    log_start(LOG_INFO);
    log_line(LOG_WARN, "now", "a=%d", 1);
    assert_non_null(strstr(written(), "now"));
    log_line(LOG_INFO, "soon", "a=%d", 1);
    for (int i = 0; i < 500 && !strstr(written(), "soon"); i++)
        usleep(10000);
    assert_non_null(strstr(written(), "soon"));
}

static void works_without_its_thread(void **state)
{
    (void)state;
    log_start(LOG_INFO);
    log_stop();
    log_line(LOG_INFO, "late", "a=%d", 1);
    assert_non_null(strstr(written(), "late"));
    log_start(LOG_INFO); /* and starts again */
    log_line(LOG_INFO, "again", "a=%d", 1);
    log_flush();
    assert_non_null(strstr(written(), "again"));
    log_stop();
    log_stop();
}

static void a_value_cannot_forge_a_line(void **state)
{
    (void)state;
    log_start(LOG_INFO);
    log_line(LOG_INFO, "a\nlevel=error", "path=%s", "x\r\ntime=2015 level=error msg=forged\x1b[2J\x7f");
    log_stop();
    assert_int_equal(lines_in(written()), 1);
    assert_null(strpbrk(written(), "\r\x1b\x7f"));
    assert_non_null(strstr(written(), "msg=\"a\\nlevel=error\" path=x??time"));
}

static void a_long_line_is_cut_and_ends(void **state)
{
    (void)state;
    static char wide[100000];
    memset(wide, 'w', sizeof wide - 1);
    log_start(LOG_INFO);
    for (size_t n = 1900; n < 2100; n++)
        log_line(LOG_INFO, "m", "v=%.*s", (int)n, wide);
    log_line(LOG_INFO, wide, "v=%s", wide);
    for (size_t i = 0; i + 1 < sizeof wide - 1; i += 2)
        memcpy(wide + i, "Ñ", 2);
    log_line(LOG_INFO, "m", "v=%s", wide);
    log_line(LOG_INFO, "m", "v=x%s", wide);
    log_stop();
    const char *text = written();
    assert_int_equal(lines_in(text), 203);
    assert_int_equal(text[strlen(text) - 1], '\n');
    assert_true(text_is_utf8(str_of(text)));
}

enum { THREADS = 4, LINES = 1500 };

static void *log_many(void *arg)
{
    for (int i = 0; i < LINES; i++)
        log_line(i % 100 ? LOG_INFO : LOG_WARN, "many", "thread=%d i=%d.", *(int *)arg, i);
    return NULL;
}

static void threads_share_it_and_no_line_is_torn(void **state)
{
    (void)state;
    log_start(LOG_INFO);
    pthread_t threads[THREADS];
    int numbers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, log_many, &numbers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    log_stop();
    static bool seen[THREADS][LINES];
    size_t count = 0;
    struct str rest = str_of(written()), line;
    while ((line = str_split(&rest, '\n')).len) {
        int thread, i;
        const char *at = memmem(line.ptr, line.len, "thread=", 7);
        assert_non_null(at);
        assert_int_equal(sscanf(at, "thread=%d i=%d.", &thread, &i), 2);
        assert_false(seen[thread][i]);
        seen[thread][i] = true;
        assert_true(str_starts(line, "time=") && line.ptr[line.len - 1] == '.');
        count++;
    }
    assert_int_equal(count, THREADS * LINES);
}

/* The reader of the pipe has stopped: lines are lost and counted, nothing waits for long. */
static void a_stopped_reader_stops_nothing(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    restore();
    redirect(ends[1]);
    log_start(LOG_INFO);
    int64_t begin = clock_monotonic_us();
    for (int i = 0; i < 20000; i++)
        log_line(i % 10 ? LOG_INFO : LOG_ERROR, "flood", "i=%d", i);
    assert_true(clock_monotonic_us() - begin < 20 * 1000000);

    static char text[1 << 20];
    size_t len = 0;
    struct pollfd ready = {.fd = ends[0], .events = POLLIN};
    while (!strstr(text, "log lines dropped") && len < sizeof text - 4096) {
        assert_int_equal(poll(&ready, 1, 5000), 1);
        ssize_t n = read(ends[0], text + len, 4096);
        assert_true(n > 0);
        len += (size_t)n;
        text[len] = '\0';
    }
    assert_non_null(strstr(text, "msg=\"log lines dropped\" lines="));
    log_stop();
    restore();
    close(ends[0]);
    close(ends[1]);
}

static void a_closed_pipe_stops_nothing(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    void (*before)(int) = signal(SIGPIPE, SIG_IGN);
    restore();
    redirect(ends[1]);
    close(ends[0]);
    close(ends[1]);
    log_start(LOG_INFO);
    for (int i = 0; i < 2000; i++)
        log_line(LOG_ERROR, "nobody", "i=%d", i);
    log_stop();
    restore();
    signal(SIGPIPE, before);
}

static void assert_quoted(const char *s, const char *want)
{
    char out[256];
    assert_string_equal(log_quote(out, sizeof out, s), want);
}

static void quotes_text(void **state)
{
    (void)state;
    assert_quoted("", "\"\"");
    assert_quoted(NULL, "\"\"");
    assert_quoted("two words", "\"two words\"");
    assert_quoted("a\"b\\c", "\"a\\\"b\\\\c\"");
    assert_quoted("a\r\n\tb", "\"a\\r\\n\\tb\"");
    assert_quoted("\x1b[31m\x7f", "\"\\u001b[31m\\u007f\"");
    assert_quoted("Ñ 東 \xF0\x9F\x8C\x89", "\"Ñ 東 \xF0\x9F\x8C\x89\"");
    assert_quoted("\xC2\x9B"
                  "31m",
                  "\"\\ufffd\\ufffd31m\""); /* a terminal's control sequence in C1 */
    assert_quoted("\xFF"
                  "a\xE2\x82",
                  "\"\\ufffda\\ufffd\\ufffd\"");
}

static void a_quote_is_cut_to_fit_and_stays_whole(void **state)
{
    (void)state;
    for (unsigned size = 0; size < 40; size++) {
        char *out = malloc(size + 1);
        assert_non_null(out);
        out[size] = 'x';
        assert_ptr_equal(log_quote(out, size, "ab\"Ñ\x01東 tail"), out);
        assert_int_equal(out[size], 'x');
        if (size) {
            size_t len = strlen(out);
            assert_true(len < size);
            assert_true(text_is_utf8(str_of(out)));
            assert_true(size < 3 ? len == 0 : out[0] == '"' && out[len - 1] == '"');
        }
        free(out);
    }
    char out[6];
    assert_string_equal(log_quote(out, sizeof out, "ab\"c"), "\"ab\"");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(writes_logfmt),
        TEST(keeps_to_its_level),
        TEST(warnings_are_written_at_once_and_the_rest_soon),
        TEST(works_without_its_thread),
        TEST(a_value_cannot_forge_a_line),
        TEST(a_long_line_is_cut_and_ends),
        TEST(threads_share_it_and_no_line_is_torn),
        TEST(a_stopped_reader_stops_nothing),
        TEST(a_closed_pipe_stops_nothing),
        cmocka_unit_test(quotes_text),
        cmocka_unit_test(a_quote_is_cut_to_fit_and_stays_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
