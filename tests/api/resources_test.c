/* Resources: lists with filters, organizers' changes; files up and down, in parts, and nothing left behind.
 */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#include "features/files.h"
#include "harness/harness.h"

#define R E "/resources"
#define ID "0190d3a4-0000-7000-8000-0000000000b1"
#define OTHER "0190d3a4-0000-7000-8000-0000000000b2"
#define FILE_OF R "/" ID "/file"
#define TOOLKIT "${resources:model-framework-toolkit}"

static const struct scenario reads[] = {
    {"an attendee lists the resources, by position", AS_ATTENDEE, "GET", R, .status = 200,
     .contains = {"'items':[{'id':'" TOOLKIT "'", "'number':'ACIN No. I-23-15'", "'published':'2015-04'",
                  "'file':null"},
     .absent = {"_key", "search", "file_path"}, .head = {"ETag: \""}, .save = "list=ETag"},
    {"the same list again is a 304", AS_MEMBER, "GET", R, .headers = {"If-None-Match: ${list}"},
     .status = 304},
    {"staff reads one", AS_STAFF, "GET", R "/" TOOLKIT, .status = 200,
     .contains = {"'session_id':'${sessions:program-year}'", "'kind':'toolkit'", "'revision':1"}},
    {"a search finds numbers", AS_MEMBER, "GET", R "?q=15-48", .status = 200,
     .contains = {"Practice Guidance Toolkit"}, .absent = {"Model Framework"}},
    {"a search has no case", AS_MEMBER, "GET", R "?q=MODEL+framework", .status = 200,
     .contains = {"Model Framework"}},
    {"a search takes its signs as they are", AS_MEMBER, "GET", R "?q=%25", .status = 200,
     .contains = {"'items':[]"}},
    {"a search is bounded", AS_MEMBER, "GET",
     R
     "?q="
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
     .status = 400},
    {"by kind", AS_MEMBER, "GET", R "?kind=toolkit", .status = 200, .contains = {"Toolkit"},
     .absent = {"'kind':'report'"}},
    {"an unknown kind is refused", AS_MEMBER, "GET", R "?kind=book", .status = 400,
     .contains = {"toolkit report"}},
    {"by publisher", AS_MEMBER, "GET", R "?publisher=CDSS;+CSEC+Action+Team", .status = 200,
     .contains = {TOOLKIT}},
    {"by one of two publishers, in any case", AS_MEMBER, "GET", R "?publisher=cdss", .status = 200,
     .contains = {TOOLKIT}, .absent = {"Ending the Commercial"}},
    {"not by a part of a publisher", AS_MEMBER, "GET", R "?publisher=CDS", .status = 200,
     .contains = {"'items':[]"}},
    {"kind and publisher together", AS_MEMBER, "GET", R "?publisher=CDSS&kind=report", .status = 200,
     .contains = {"'items':[]"}},
    {"a page of one", AS_MEMBER, "GET", R "?limit=1&kind=toolkit", .status = 200, .contains = {TOOLKIT},
     .save = "next=/next"},
    {"the page after it", AS_MEMBER, "GET", R "?limit=1&kind=toolkit&cursor=${next}", .status = 200,
     .absent = {TOOLKIT}},
    {"a cursor of another list is refused", AS_MEMBER, "GET", R "?cursor=bm9uZQBub25l", .status = 400},
    {"another event's resource is not found", AS_ORGANIZER, "GET", R "/${new}", .status = 404},
    {"another event's organizer finds nothing", AS_ELSEWHERE, "GET", R "/" TOOLKIT, .status = 404,
     .absent = {"Model"}},
    {"nobody reads nothing", AS_NOBODY, "GET", R, .status = 401},
    {0},
};

static const struct scenario writes[] = {
    {"a member adds none", AS_MEMBER, "POST", R, "{'title':'Mine'}", .status = 403},
    {"a title is enough", AS_ORGANIZER, "POST", R, "{'id':'" ID "','title':' Folleto n.º 1 '}", .status = 201,
     .contains = {"'title':'Folleto n.º 1'", "'kind':'other'", "'publisher':null", "'position':0",
                  "'file':null"},
     .head = {"Location: " R "/" ID "\r\n"}, .save = "etag=ETag"},
    {"the same again is the same", AS_ORGANIZER, "POST", R, "{'title':' Folleto n.º 1 ','id':'" ID "'}",
     .status = 200},
    {"the same id for another is a conflict", AS_ORGANIZER, "POST", R, "{'id':'" ID "','title':'B'}",
     .status = 409},
    {"faults are named, each", AS_ORGANIZER, "POST", R,
     "{'kind':'book','url':'javascript:alert(1)','published':'2015-13','position':-1,'file':{},'session_id':'"
     "x'}",
     .status = 422,
     .contains = {"'/title'", "'/kind'", "'/url'", "'/published'", "'/position'", "'/file'",
                  "'/session_id'"}},
    {"a session of another event is none", AS_ORGANIZER, "POST", R,
     "{'title':'A','session_id':'0190d3a4-0000-7000-8000-000000000fff'}", .status = 422,
     .contains = {"'/session_id'"}},
    {"a change with an old tag is stale", AS_ORGANIZER, "PATCH", R "/" ID, "{'kind':'handout'}",
     .headers = {"If-Match: \"AAAAAAAAAAAAAAAAAAAAAA\""}, .status = 412},
    {"a change with the tag", AS_ORGANIZER, "PATCH", R "/" ID,
     "{'kind':'handout','publisher':'Casa','number':'7'}", .headers = {"If-Match: ${etag}"}, .status = 200,
     .contains = {"'kind':'handout'", "'title':'Folleto n.º 1'", "'revision':2"}},
    {"a change without one", AS_ORGANIZER, "PATCH", R "/" ID, "{'session_id':'${sessions:program-year}'}",
     .status = 200, .contains = {"'revision':3"}},
    {"what was changed is found", AS_MEMBER, "GET", R "?q=folleto+n&publisher=casa&kind=handout",
     .status = 200, .contains = {ID}},
    {"a staff member changes nothing", AS_STAFF, "PATCH", R "/" ID, "{'title':'X'}", .status = 403},
    {0},
};

#define TEXT(...) .body = "0123456789abcdef\n", .headers = {"Content-Type: text/plain", __VA_ARGS__}
#define PUT(who) who, "PUT", FILE_OF

static const struct scenario uploads[] = {
    {"there is no file yet", AS_MEMBER, "GET", FILE_OF, .status = 404, .contains = {"no file"}},
    {"a member uploads none", PUT(AS_MEMBER), TEXT(NULL), .status = 403},
    {"nor does nobody", PUT(AS_NOBODY), TEXT(NULL), .status = 401},
    {"a resource that is not there has none", AS_ORGANIZER, "PUT", R "/${new}/file", TEXT(NULL),
     .status = 404},
    {"a type that is not taken", PUT(AS_ORGANIZER), .body = "<html>", .headers = {"Content-Type: text/html"},
     .status = 415, .contains = {"application/pdf"}},
    {"no type", PUT(AS_ORGANIZER), .body = "x", .headers = {"Content-Type: "}, .status = 415},
    {"a page that says it is a picture", PUT(AS_ORGANIZER), .body = "<script>alert(1)</script>",
     .headers = {"Content-Type: image/png"}, .status = 415, .contains = {"image/png"}},
    {"text in Latin-1", PUT(AS_ORGANIZER), .body = "caf\xe9", .headers = {"Content-Type: text/plain"},
     .status = 415},
    {"a program that says it is text", PUT(AS_ORGANIZER), .body = "MZ\x90\0\3", .body_len = 5,
     .headers = {"Content-Type: text/csv"}, .status = 415},
    {"packed bytes", PUT(AS_ORGANIZER), TEXT("Content-Encoding: gzip"), .status = 415},
    {"no bytes", PUT(AS_ORGANIZER), .headers = {"Content-Type: text/plain"}, .status = 422},
    {"a query", AS_ORGANIZER, "PUT", FILE_OF "?x=1", TEXT(NULL), .status = 400},
    {"an old tag", PUT(AS_ORGANIZER), TEXT("If-Match: \"AAAAAAAAAAAAAAAAAAAAAA\""), .status = 412},
    {"a file, named after the title", PUT(AS_ORGANIZER), TEXT(NULL), .status = 200,
     .contains = {"'file':{'name':'Folleto n.º 1.txt','type':'text/plain','size':17,'sha256':'"
                  "a2192eeb9b7585151f53f0baf01f577d46936ffe0f97e38988506e01c07906a3'}"},
     .save = "resource=ETag"},
    {0},
};

static const struct scenario downloads[] = {
    {"an attendee takes it whole", AS_ATTENDEE, "GET", FILE_OF, .status = 200,
     .contains = {"0123456789abcdef\n"},
     .head = {"Content-Disposition: attachment; filename=\"Folleto n._ 1.txt\"; "
              "filename*=UTF-8''Folleto%20n.%C2%BA%201.txt\r\n",
              "Accept-Ranges: bytes\r\n", "Content-Type: text/plain; charset=utf-8\r\n",
              "Content-Length: 17\r\n"},
     .save = "file=ETag"},
    {"packing is not for files", AS_MEMBER, "GET", FILE_OF, .headers = {"Accept-Encoding: gzip"},
     .status = 200, .contains = {"0123456789abcdef\n"}, .head = {"ETag: ${file}\r\n"}},
    {"it is still the same", AS_STAFF, "GET", FILE_OF, .headers = {"If-None-Match: ${file}"}, .status = 304,
     .absent = {"0"}, .head = {"ETag: ${file}"}},
    {"the same, whatever the range", AS_STAFF, "GET", FILE_OF,
     .headers = {"If-None-Match: ${file}", "Range: bytes=99-"}, .status = 304},
    {"HEAD has no body", AS_MEMBER, "HEAD", FILE_OF, .headers = {"Range: bytes=0-1"}, .status = 200,
     .absent = {"0"}, .head = {"ETag: ${file}"}},
    {"a first part", AS_MEMBER, "GET", FILE_OF, .headers = {"Range: bytes=0-3"}, .status = 206,
     .contains = {"0123"}, .absent = {"4"},
     .head = {"Content-Range: bytes 0-3/17\r\n", "Content-Length: 4\r\n", "ETag: ${file}\r\n"}},
    {"the rest", AS_MEMBER, "GET", FILE_OF, .headers = {"Range: bytes=10-", "If-Range: ${file}"},
     .status = 206, .contains = {"abcdef\n"}, .absent = {"9"}, .head = {"Content-Range: bytes 10-16/17\r\n"}},
    {"the end", AS_MEMBER, "GET", FILE_OF, .headers = {"Range: bytes=-2"}, .status = 206, .contains = {"f\n"},
     .absent = {"e"}, .head = {"Content-Range: bytes 15-16/17\r\n"}},
    {"past the end", AS_MEMBER, "GET", FILE_OF, .headers = {"Range: bytes=17-"}, .status = 416,
     .head = {"Content-Range: bytes */17\r\n"}, .contains = {"/problems/range-not-satisfiable"}},
    {"two parts are the whole", AS_MEMBER, "GET", FILE_OF, .headers = {"Range: bytes=0-1,4-5"}, .status = 200,
     .contains = {"0123456789abcdef\n"}},
    {"nonsense is the whole", AS_MEMBER, "GET", FILE_OF, .headers = {"Range: bytes=5-2"}, .status = 200},
    {"a part of what it was before is the whole", AS_MEMBER, "GET", FILE_OF,
     .headers = {"Range: bytes=10-", "If-Range: \"AAAAAAAAAAAAAAAAAAAAAA\""}, .status = 200,
     .contains = {"0123456789"}},
    {"a weak tag is not enough for a part", AS_MEMBER, "GET", FILE_OF,
     .headers = {"Range: bytes=10-", "If-Range: W/${file}"}, .status = 200},
    {"another event's guest finds nothing", AS_GUEST, "GET", FILE_OF, .status = 404,
     .absent = {"0123456789abcdef"}},
    {"another event's path finds nothing", AS_ADMIN, "GET", "/v1/events/csec101/resources/" ID "/file",
     .status = 404},
    {"nor does a revoked phone", AS_REVOKED, "GET", FILE_OF, .status = 401},
    {0},
};

static const struct scenario replacing[] = {
    {"the file's own tag lets it be replaced, under a clean name", PUT(AS_ORGANIZER),
     .body = "%PDF-1.4\n%%EOF\n",
     .headers = {"Content-Type: application/pdf", "If-Match: ${file}",
                 "Content-Disposition: attachment; filename=\"../../<b>\\\"x.exe\""},
     .status = 200,
     .contains = {"'name':'_b__x.exe.pdf'", "'type':'application/pdf'", "'size':15", "'revision':5"},
     .save = "resource=ETag"},
    {"it is the new one at once", AS_MEMBER, "GET", FILE_OF,
     .headers = {"Range: bytes=10-", "If-Range: ${file}"}, .status = 200, .contains = {"%PDF-1.4"},
     .head = {"Content-Type: application/pdf\r\n"}},
    {"the resource's tag does, too", PUT(AS_ORGANIZER), .body = "a,b\n", .status = 200,
     .headers = {"Content-Type: text/csv; charset=utf-8", "If-Match: ${resource}",
                 "Content-Disposition: attachment; filename*=UTF-8''lista%20%C3%B1.csv"},
     .contains = {"'name':'lista ñ.csv'"}},
    {"a change of the resource keeps its file", AS_ORGANIZER, "PATCH", R "/" ID, "{'title':'Lista'}",
     .status = 200, .contains = {"'name':'lista ñ.csv'"}},
    {"its list shows it", AS_MEMBER, "GET", R "?q=lista", .status = 200, .contains = {"'type':'text/csv'"}},
    {0},
};

/* --- what tables cannot say --- */

static int count_files(const struct harness *h)
{
    char path[128];
    int count = 0;
    snprintf(path, sizeof path, "%s/files", h->data);
    DIR *dir = opendir(path);
    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir));)
        count += e->d_name[0] != '.';
    closedir(dir);
    return count;
}

static void one_file_is_left_of_all(void **state)
{
    assert_int_equal(count_files(*state), 1);
}

static void the_quota_holds_over_all_files(void **state)
{
    struct harness *h = *state;
    enum { SIZE = 700 * 1024 };
    char *bytes = memset(arena_alloc(&h->scratch, SIZE), 'x', SIZE);
    struct scenario big = {"a file",      PUT(AS_ORGANIZER), .headers = {"Content-Type: text/plain"},
                           .body = bytes, .body_len = SIZE,  .status = 200};
    struct scenario other = big;
    int quota = h->config.quota_mb;
    h->config.quota_mb = 1;
    play(h, &(struct scenario){"another resource", AS_ORGANIZER, "POST", R, "{'id':'" OTHER "','title':'B'}",
                               .status = 201});
    play(h, &big);
    play(h, &big); /* its own earlier file does not count */
    other.path = R "/" OTHER "/file";
    other.status = 507;
    play(h, &other);
    assert_int_equal(count_files(h), 1);
    other.body_len = 300 * 1024;
    other.status = 200;
    play(h, &other);
    assert_int_equal(count_files(h), 2);
    h->config.quota_mb = quota;
}

static void a_file_over_the_limit_is_refused(void **state)
{
    struct harness *h = *state;
    int limit = h->config.upload_mb, before = count_files(h);
    size_t size = 1024 * 1024 + 1;
    h->config.upload_mb = 1;
    play(h, &(struct scenario){"a byte too many", PUT(AS_ORGANIZER), .headers = {"Content-Type: text/plain"},
                               .body = memset(arena_alloc(&h->scratch, size), 'x', size), .body_len = size,
                               .status = 413});
    h->config.upload_mb = limit;
    assert_int_equal(count_files(h), before);
}

static void a_file_that_is_gone_is_no_crash(void **state)
{
    struct harness *h = *state;
    char from[128], to[128];
    snprintf(from, sizeof from, "%s/files", h->data);
    snprintf(to, sizeof to, "%s/elsewhere", h->data);
    assert_int_equal(rename(from, to), 0);
    play(h, &(struct scenario){"its file cannot be read", AS_MEMBER, "GET", FILE_OF, .status = 503});
    play(h, &(struct scenario){"nor can one be stored", PUT(AS_ORGANIZER), TEXT(NULL), .status = 503});
    play(h, &(struct scenario){"the rest goes on", AS_MEMBER, "GET", R "/" ID, .status = 200});
    assert_int_equal(rename(to, from), 0);
    play(h, &(struct scenario){"it is back", AS_MEMBER, "GET", FILE_OF, .status = 200});
}

struct crowd {
    struct harness *h;
    atomic_int bad, stop;
};

/* Whoever reads while files change gets one of them, whole. */
static void *read_on(void *arg)
{
    struct crowd *c = arg;
    struct local_call call = {.method = "GET", .target = FILE_OF, .token = c->h->tokens[AS_MEMBER]};
    while (!atomic_load(&c->stop)) {
        struct arena arena;
        arena_init(&arena, NULL, 0);
        struct local_reply r; /* not by harness_send(), which keeps each for the contract */
        local_call(c->h->house, &call, &arena, &r);
        struct str length = local_header(&r, "Content-Length");
        bool whole = r.status == 200 && r.body.len > 2 && r.body.ptr[0] == r.body.ptr[r.body.len - 1];
        if (!whole || !str_is(length, arena_printf(&arena, "%zu", r.body.len)))
            atomic_fetch_add(&c->bad, 1);
        arena_finish(&arena);
    }
    return NULL;
}

static void readers_see_whole_files_while_they_change(void **state)
{
    struct harness *h = *state;
    struct crowd crowd = {.h = h};
    pthread_t threads[3];
    char bytes[4000];
    int before = count_files(h);
    memset(bytes, 'a', sizeof bytes);
    struct scenario put = {"a file",      PUT(AS_ORGANIZER), .headers = {"Content-Type: text/plain"},
                           .body = bytes, .body_len = 10,    .status = 200};
    play(h, &put);
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, read_on, &crowd);
    for (int i = 0; i < 60; i++) {
        memset(bytes, 'a' + i % 26, sizeof bytes);
        put.body_len = 10 + (size_t)i * 60;
        play(h, &put);
    }
    atomic_store(&crowd.stop, 1);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&crowd.bad), 0);
    assert_int_equal(count_files(h), before);
}

static void put_stray(const struct harness *h, const char *name, bool old)
{
    char path[160];
    snprintf(path, sizeof path, "%s/files/%s", h->data, name);
    int fd = open(path, O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    close(fd);
    if (old)
        utime(path, &(struct utimbuf){0, 0});
}

static void a_sweep_takes_what_nothing_names(void **state)
{
    struct harness *h = *state;
    int before = count_files(h);
    put_stray(h, "0123456789abcdef0123456789abcdef", true);
    put_stray(h, "fedcba9876543210fedcba9876543210", false); /* its row may be on its way */
    put_stray(h, "upload-1122334400000001", true);
    put_stray(h, "upload-1122334400000002",
              false);                /* a roster perhaps, of a server that was killed just now */
    put_stray(h, "notes.txt", true); /* none of ours */
    files_sweep(h->house);
    assert_int_equal(count_files(h), before + 2);
    play(h, &(struct scenario){"what is named stays", AS_MEMBER, "GET", FILE_OF, .status = 200});
}

static void a_removed_resource_takes_its_file_along(void **state)
{
    struct harness *h = *state;
    int before = count_files(h);
    play(h, &(struct scenario){"a member removes none", AS_MEMBER, "DELETE", R "/" ID, .status = 403});
    play(h, &(struct scenario){"with an old tag", AS_ORGANIZER, "DELETE", R "/" ID,
                               .headers = {"If-Match: \"x\""}, .status = 412});
    assert_int_equal(count_files(h), before);
    play(h, &(struct scenario){"an organizer does", AS_ORGANIZER, "DELETE", R "/" ID, .status = 204});
    assert_int_equal(count_files(h), before - 1);
    play(h, &(struct scenario){"it is gone", AS_MEMBER, "GET", R "/" ID, .status = 404});
    play(h, &(struct scenario){"and its file", AS_MEMBER, "GET", FILE_OF, .status = 404});
    play(h, &(struct scenario){"and again", AS_ORGANIZER, "DELETE", R "/" ID, .status = 404});
    play(h, &(struct scenario){"one without a file", AS_ORGANIZER, "DELETE", R "/" TOOLKIT, .status = 204});
}

static void a_session_that_goes_leaves_its_resources(void **state)
{
    struct harness *h = *state;
    play(h, &(struct scenario){"a resource names it", AS_MEMBER, "GET", R "?kind=toolkit", .status = 200,
                               .contains = {"'session_id':'${sessions:program-year}'"}});
    play(h, &(struct scenario){"the session", AS_ORGANIZER, "GET", E "/sessions/${sessions:program-year}",
                               .status = 200, .save = "session=ETag"});
    play(h, &(struct scenario){"goes", AS_ORGANIZER, "DELETE", E "/sessions/${sessions:program-year}",
                               .headers = {"If-Match: ${session}"}, .status = 204});
    play(h, &(struct scenario){"the list knows it", AS_MEMBER, "GET", R "?kind=toolkit", .status = 200,
                               .contains = {"'session_id':null"}, .absent = {"${sessions:program-year}"}});
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(one_file_is_left_of_all),
    cmocka_unit_test(the_quota_holds_over_all_files),
    cmocka_unit_test(a_file_over_the_limit_is_refused),
    cmocka_unit_test(a_file_that_is_gone_is_no_crash),
    cmocka_unit_test(readers_see_whole_files_while_they_change),
    cmocka_unit_test(a_sweep_takes_what_nothing_names),
    cmocka_unit_test(a_removed_resource_takes_its_file_along),
    cmocka_unit_test(a_session_that_goes_leaves_its_resources),
    {0},
};

int main(void)
{
    return harness_run(&(struct suite){
        "resources", .scenarios = {reads, writes, uploads, downloads, replacing}, .tests = tests});
}
