/* export.c - `convened export FILE`: what the API gives as a file, into a file of one's own. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

static const struct {
    const char *what, *path;
} kinds[] = {
    {"attendees", "attendees.csv"},   {"worksheets", "worksheets.csv"},   {"calendar", "calendar.ics"},
    {"schedule", "schedule.xml"},     {"schedule-json", "schedule.json"}, {"report", "report.html"},
    {"report-markdown", "report.md"},
};

static const char *path_of(const char *what)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!strcmp(kinds[i].what, what))
            return kinds[i].path;
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
    buf_printf(&out, "/%s", path_of(c->what));
    if (c->names) {
        buf_puts(&out, "?names=true&reason=");
        put_encoded(&out, c->reason);
        buf_puts(&out, *c->confirm ? "&confirm=" : "");
        put_encoded(&out, c->confirm);
    }
    return buf_cstr(&out);
}

/* For this user alone, and never over another file: it may hold names. */
static int save(const char *path, struct str bytes)
{
    int fd = strcmp(path, "-") ? open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : dup(1);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    if (!f)
        return cli_fail("%s: cannot be made, or exists: nothing is overwritten", path);
    bool whole = fwrite(bytes.ptr, 1, bytes.len, f) == bytes.len;
    if (fclose(f) || !whole) {
        if (strcmp(path, "-"))
            unlink(path);
        return cli_fail("%s: no room", path);
    }
    return CLI_OK;
}

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
    if (!*c->event || !path_of(c->what) || c->n_args > 1)
        return cli_usage("export takes --event, --what attendees, worksheets, calendar, schedule, "
                         "schedule-json, report or report-markdown, and a file (none: standard output)");
    if (c->names && !*c->reason)
        return cli_usage("--names takes a --reason");
    arena_init(&arena, NULL, 0);
    int status = cli_fetch(c, target_of(c, &arena), &arena, &body);
    int code = status == 200 ? save(c->n_args ? c->args[0] : "-", body) : refused(status, body);
    arena_finish(&arena);
    return code;
}
