/* export.c - `convened export FILE`: what the API gives as a file, into a file of one's own. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/files.h"
#include "http/request.h"

static const struct kind {
    const char *what, *path;
    bool names; /* that it can hold */
} kinds[] = {
    {"attendees", "attendees.csv", true},   {"sign-in", "sign-in.csv", true},
    {"worksheets", "worksheets.csv", true}, {"calendar", "calendar.ics", false},
    {"schedule", "schedule.xml", false},    {"schedule-json", "schedule.json", false},
    {"report", "report.html", false},       {"report-markdown", "report.md", false},
    {"report-docx", "report.docx", false},
};

static const struct kind *kind_of(const char *what)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!strcmp(kinds[i].what, what))
            return &kinds[i];
    return NULL;
}

static void put_encoded(struct buf *out, const char *text)
{
    for (; *text; text++)
        if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~", *text))
            buf_char(out, *text);
        else
            buf_printf(out, "%%%02X", (unsigned char)*text);
}

static const char *target_of(const struct config *c, struct arena *arena)
{
    struct buf out;
    buf_init(&out, arena, 256);
    buf_puts(&out, "/v1/events/");
    put_encoded(&out, c->event);
    buf_printf(&out, "/%s", kind_of(c->what)->path);
    if (c->names) {
        buf_puts(&out, "?names=true&reason=");
        put_encoded(&out, c->reason);
        buf_puts(&out, *c->confirm ? "&confirm=" : "");
        put_encoded(&out, c->confirm);
    }
    return buf_cstr(&out);
}

/* --- the file --- */

/* It grows beside its place and moves there when it is whole: what is cut off is never taken for a file. */
struct target {
    const char *path;
    char *part; /* NULL: standard output */
    FILE *file;
};

/* For this user alone, and never over another file: it may hold names. */
static int begin(struct target *t, const char *path, struct arena *arena)
{
    struct stat st;
    *t = (struct target){.path = path,
                         .part = strcmp(path, "-") ? arena_printf(arena, "%s.part", path) : NULL};
    if (t->part && !lstat(path, &st))
        return cli_fail("%s: exists: nothing is overwritten", path);
    int fd = t->part ? open(t->part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : dup(1);
    t->file = fd < 0 ? NULL : fdopen(fd, "w");
    if (!t->file)
        return cli_fail("%s: cannot be made, or is there from an export that was cut off",
                        t->part ? t->part : "standard output");
    return CLI_OK;
}

/* That there is no room is said once, at the end. */
static int write_file(struct sink *sink, struct str bytes)
{
    const struct target *t = sink->arg;
    if (!ferror(t->file))
        fwrite(bytes.ptr, 1, bytes.len, t->file);
    return 0;
}

static bool never_gone(struct sink *sink)
{
    (void)sink;
    return false;
}

/* The file in its place, or none. */
static int end(struct target *t, bool whole)
{
    bool failed = ferror(t->file);
    failed = fclose(t->file) || failed;
    if (failed)
        cli_fail("%s: no room", t->path);
    else if (whole && t->part && (failed = files_move(t->part, t->path)))
        cli_fail("%s: cannot be made, or exists: nothing is overwritten", t->path);
    if (t->part && (failed || !whole))
        unlink(t->part);
    return failed || !whole ? CLI_FAILED : CLI_OK;
}

/* --- the request --- */

static int refused(int status, struct str body)
{
    json_t *problem = json_loadb(body.ptr, body.len, 0, NULL);
    const char *detail = json_string_value(json_object_get(problem, "detail"));
    const char *confirm = json_string_value(json_object_get(problem, "confirm"));
    if (status > 0 && confirm)
        cli_fail("the file will hold names; the audit keeps the reason. Again, with --confirm=%s", confirm);
    else if (status > 0)
        cli_fail("%s", detail ? detail : "the server refused");
    json_decref(problem);
    return CLI_FAILED;
}

int cli_export(const struct config *c)
{
    struct arena arena;
    struct str body = {0};
    struct target target;
    struct sink to = {write_file, never_gone, &target};
    if (!*c->event || !kind_of(c->what) || c->n_args > 1)
        return cli_usage(
            "export takes --event, --what attendees, sign-in, worksheets, calendar, schedule, "
            "schedule-json, report, report-markdown or report-docx, and a file (none: standard output)");
    if (c->names && !kind_of(c->what)->names)
        return cli_usage("--names goes with attendees, sign-in and worksheets alone");
    if (c->names && !*c->reason)
        return cli_usage("--names takes a --reason");
    arena_init(&arena, NULL, 0);
    int code = begin(&target, c->n_args ? c->args[0] : "-", &arena);
    if (code == CLI_OK) {
        int status = cli_fetch(c, target_of(c, &arena), &to, &arena, &body);
        code = end(&target, status == 200);
        if (status != 200)
            code = refused(status, body);
    }
    arena_finish(&arena);
    return code;
}
