#include "features/resources.h"

#include "db/feed.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "base/log.h"
#include "features/collection.h"
#include "features/files.h"
#include "features/media.h"
#include "http/conditional.h"
#include "http/disposition.h"
#include "http/house.h"
#include "http/range.h"

/* A file's name holds nothing that JSON would escape: see disposition_clean(). */
#define FILE_JSON                                                                                            \
    "CASE WHEN file_path IS NOT NULL THEN '{\"name\":\"' || file_name || '\",\"type\":\"' || file_type ||"   \
    " '\",\"size\":' || CAST(file_size AS TEXT) || ',\"sha256\":\"' || file_hash || '\"}' END AS "           \
    "\"file:json\""

#define RESOURCE                                                                                             \
    "id, title, kind, publisher, number, published, description, url, session_id, position, " FILE_JSON      \
    ", revision, updated_at AS \"updated_at:time\""

/* A resource may name several publishers, `A; B`: either finds it, or all as they stand. */
static const char LIST[] =
    "SELECT " RESOURCE ", position AS _key FROM resources WHERE event_id = :event"
    " AND (:kind IS NULL OR kind = :kind) AND (:q IS NULL OR search LIKE :q ESCAPE '\\')"
    " AND (:publisher IS NULL OR replace(lower('; ' || publisher || '; '), lower('; ' || :publisher || '; "
    "'), '')"
    " <> lower('; ' || publisher || '; '))"
    " AND (position, id) > (:after_key, :after_id) ORDER BY position, id LIMIT :limit";
static const char GET[] = "SELECT " RESOURCE " FROM resources WHERE id = :id AND event_id = :event";
static const char INSERT[] = "INSERT INTO resources (id, event_id, title, kind, publisher, number, "
                             "published, description, url, session_id,"
                             " position, search, created_at, updated_at) VALUES (:id, :event, :title, :kind, "
                             ":publisher, :number, :published,"
                             " :description, :url, :session_id, :position, :search, :now, :now)";
static const char UPDATE[] =
    "UPDATE resources SET title = :title, kind = :kind, publisher = :publisher, number = :number, published "
    "= :published,"
    " description = :description, url = :url, session_id = :session_id, position = :position, search = "
    ":search,"
    " revision = revision + 1, updated_at = :now WHERE id = :id AND event_id = :event";
static const char REMOVE[] = "DELETE FROM resources WHERE id = :id AND event_id = :event";
static const char SESSION_HERE[] = "SELECT 1 FROM sessions WHERE id = :id AND event_id = :event";
static const char FILE_OF[] =
    "SELECT title, file_path, file_name, file_type, file_size, file_hash FROM resources"
    " WHERE id = :id AND event_id = :event";
/* Over all events: they share the disk. */
static const char FILES_BESIDE[] = "SELECT COALESCE(SUM(file_size), 0) FROM resources WHERE id <> :id";
static const char PUT_FILE[] = "UPDATE resources SET file_path = :file_path, file_name = :file_name, "
                               "file_type = :file_type, file_size = :file_size,"
                               " file_hash = :file_hash, revision = revision + 1, updated_at = :now WHERE id "
                               "= :id AND event_id = :event";

static const char *const sql[] = {LIST,         GET,     INSERT,       UPDATE,   REMOVE,
                                  SESSION_HERE, FILE_OF, FILES_BESIDE, PUT_FILE, NULL};

#define KINDS "toolkit report guide training tool law letter handout other"

static const struct field fields[] = {
    {"title", FIELD_TEXT, FIELD_REQUIRED, 1, 200},
    {"kind", FIELD_ENUM, 0, .values = KINDS, .preset = "other"},
    {"publisher", FIELD_TEXT, FIELD_NULLABLE, 1, 200},
    {"number", FIELD_TEXT, FIELD_NULLABLE, 1, 200},
    {"published", FIELD_PARTIAL, FIELD_NULLABLE},
    {"description", FIELD_PROSE, FIELD_NULLABLE, 0, 8000},
    {"url", FIELD_URL, FIELD_NULLABLE},
    {"session_id", FIELD_ID, FIELD_NULLABLE},
    {"position", FIELD_INT, 0, 0, 100000, .preset = "0"},
    {0},
};

static enum err check(struct request *rq, struct values *v, struct query *current)
{
    struct str session = fields_get(v, "session_id")->text;
    (void)current;
    if (session.ptr) {
        struct query *q = request_sql(rq, SESSION_HERE);
        query_text(q, ":id", session);
        if (!query_row(q))
            invalid(rq, "/session_id", "is no session of this event");
    }
    return ERR_OK;
}

static void bind_search(struct request *rq, struct query *q, const struct values *v, struct query *current)
{
    struct str number = collection_text(v, "number", current),
               publisher = collection_text(v, "publisher", current);
    struct str source =
        str_of(arena_printf(rq->arena, "%.*s %.*s", (int)number.len, number.ptr ? number.ptr : "",
                            (int)publisher.len, publisher.ptr ? publisher.ptr : ""));
    query_text(q, ":search",
               collection_search(rq, collection_text(v, "title", current), source,
                                 collection_text(v, "description", current)));
}

static const struct collection resources = {
    .noun = "resource",
    .fields = fields,
    .list = LIST,
    .get = GET,
    .insert = INSERT,
    .update = UPDATE,
    .remove = REMOVE,
    .key = KEY_INT,
    .check = check,
    .bind = bind_search,
};

/* --- the file of a resource --- */

struct upload {
    const struct media *media;
    struct str title, disposition;
    char path[FILES_NAME], hash[FILES_HASH];
    struct str before; /* the file that this one replaces */
};

struct file {
    struct str path, name, type;
    int64_t size;
    char etag[sizeof((struct reply *)0)->etag];
};

static struct str keep(struct request *rq, struct str s)
{
    return s.ptr ? (struct str){arena_strndup(rq->arena, s.ptr, s.len), s.len} : s;
}

/* From the hash of the bytes, as the ETag of every other reply is. */
static void file_etag(struct str hash, char *etag, size_t size)
{
    unsigned char bytes[16] = {0};
    sodium_hex2bin(bytes, sizeof bytes, hash.ptr, hash.len < 32 ? hash.len : 32, NULL, NULL, NULL);
    char text[32];
    sodium_bin2base64(text, sizeof text, bytes, sizeof bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    snprintf(etag, size, "\"%s\"", text);
}

static enum err no_resource(struct request *rq)
{
    return fail(rq, ERR_NOT_FOUND, "there is no such resource");
}

static enum err file_find(struct request *rq)
{
    struct file *f = rq->scratch;
    struct query *q = request_sql_id(rq, FILE_OF);
    if (!query_row(q))
        return no_resource(rq);
    f->path = keep(rq, query_named_text(q, "file_path"));
    if (!f->path.ptr)
        return fail(rq, ERR_NOT_FOUND, "this resource has no file");
    f->name = keep(rq, query_named_text(q, "file_name"));
    f->type = keep(rq, query_named_text(q, "file_type"));
    f->size = query_named_int(q, "file_size");
    file_etag(query_named_text(q, "file_hash"), f->etag, sizeof f->etag);
    return ERR_OK;
}

/* The row may be read just before another file takes its place: then the row is read again, on a busy machine
 * more than once. */
static enum err file_open(struct request *rq, struct file *f)
{
    struct stat st;
    for (int tries = 0; tries < 10; tries++) {
        enum err err = request_transact(rq, TX_READ, file_find);
        if (err != ERR_OK)
            return err;
        rq->reply.file = files_open(rq, f->path);
        if (rq->reply.file >= 0 || errno != ENOENT)
            break;
    }
    if (rq->reply.file >= 0 && !fstat(rq->reply.file, &st) && st.st_size == f->size)
        return ERR_OK;
    log_line(LOG_ERROR, "a file is missing or not as it was stored", " file=%.*s", (int)f->path.len,
             f->path.ptr);
    return fail(rq, ERR_UNAVAILABLE, "the file cannot be read right now; tell the organizer");
}

/* Which part, and whether the client has it: If-None-Match goes before Range (RFC 9110, 13.2.2). */
static enum err file_part(struct request *rq, const struct file *f)
{
    struct reply *reply = &rq->reply;
    struct str held = request_header(rq, "If-None-Match"), range = request_header(rq, "Range");
    bool whole = rq->head || (held.ptr && conditional_lists(held, f->etag)) ||
                 !range_if(request_header(rq, "If-Range"), f->etag);
    reply->file_len = f->size;
    reply->status = 200;
    switch (whole ? RANGE_WHOLE : range_read(range, f->size, &reply->file_at, &reply->file_len)) {
    case RANGE_OUTSIDE:
        reply_header(rq, "Content-Range", "bytes */%lld", (long long)f->size);
        return fail(rq, ERR_RANGE, "the file has %lld bytes", (long long)f->size);
    case RANGE_PART:
        reply->status = 206;
        reply_header(rq, "Content-Range", "bytes %lld-%lld/%lld", (long long)reply->file_at,
                     (long long)(reply->file_at + reply->file_len - 1), (long long)f->size);
        return ERR_OK;
    case RANGE_WHOLE:
    default:
        return ERR_OK;
    }
}

static enum err get_file(struct request *rq)
{
    struct file *f = rq->scratch = arena_zalloc(rq->arena, sizeof *f);
    struct buf disposition;
    if (!f)
        return ERR_UNAVAILABLE;
    enum err err = file_open(rq, f);
    if (err == ERR_OK)
        err = file_part(rq, f);
    if (err != ERR_OK)
        return err;
    buf_init(&disposition, rq->arena, 256);
    disposition_write(&disposition, f->name);
    const char *text = buf_cstr(&disposition), *type = f->type.ptr;
    if (!text || !type)
        return ERR_UNAVAILABLE;
    rq->reply.content_type =
        strncmp(type, "text/", 5) ? type : arena_printf(rq->arena, "%s; charset=utf-8", type);
    memcpy(rq->reply.etag, f->etag, sizeof f->etag);
    reply_header(rq, "Content-Disposition", "%s", text);
    reply_header(rq, "Accept-Ranges", "bytes");
    return ERR_OK;
}

/* If-Match may carry the ETag of the file, or of the resource as JSON. */
static enum err check_stale(struct request *rq, struct str hash)
{
    struct buf now;
    char etag[sizeof((struct file *)0)->etag];
    struct str header = request_header(rq, "If-Match");
    if (!header.ptr)
        return ERR_OK;
    if (hash.ptr) {
        file_etag(hash, etag, sizeof etag);
        if (conditional_lists(header, etag))
            return ERR_OK;
    }
    struct query *q = request_sql_id(rq, GET);
    buf_init(&now, rq->arena, 1024);
    if (query_row(q))
        query_json(q, &now, rq->zone);
    return conditional_if_match(rq, buf_view(&now));
}

static enum err check_quota(struct request *rq)
{
    int64_t quota = rq->house->config->quota_mb * INT64_C(1048576);
    struct query *q = request_sql_id(rq, FILES_BESIDE);
    if (!query_row(q) || query_get_int(q, 0) + rq->upload_size <= quota)
        return ERR_OK;
    return fail(rq, ERR_STORAGE_FULL, "the files of all resources may have %d MB together",
                rq->house->config->quota_mb);
}

static enum err put_in_row(struct request *rq)
{
    struct upload *u = rq->scratch;
    struct query *q = request_sql_id(rq, FILE_OF);
    if (!query_row(q))
        return no_resource(rq);
    u->before = keep(rq, query_named_text(q, "file_path"));
    struct str title = query_named_text(q, "title");
    struct str name = disposition_read(rq->arena, u->disposition);
    name = disposition_clean(rq->arena, name.len ? name : title, u->media->extensions);
    enum err err = check_stale(rq, query_named_text(q, "file_hash"));
    if (err == ERR_OK)
        err = check_quota(rq);
    if (err != ERR_OK)
        return err;
    q = request_sql_id(rq, PUT_FILE);
    query_text(q, ":file_path", str_of(u->path));
    query_text(q, ":file_name", name);
    query_text(q, ":file_type", str_of(u->media->type));
    query_int(q, ":file_size", rq->upload_size);
    query_text(q, ":file_hash", str_of(u->hash));
    query_run(q);
    return collection_reply(rq, GET, request_param(rq, "id"), 200, resources.noun);
}

static enum err check_upload(struct request *rq, struct upload *u)
{
    u->media = media_find(request_header(rq, "Content-Type"));
    if (!u->media)
        return fail(rq, ERR_UNSUPPORTED, "send Content-Type with one of: %s", media_types());
    if (!rq->upload_size) {
        invalid(rq, "", "is empty: send the bytes of the file");
        return invalid_result(rq);
    }
    int fd = open(rq->upload, O_RDONLY | O_CLOEXEC);
    bool good = fd >= 0 && media_check(u->media, fd, rq->upload_size);
    bool read = fd >= 0 && good && files_hash(fd, rq->upload_size, u->hash);
    if (fd >= 0)
        close(fd);
    if (fd >= 0 && !good)
        return fail(rq, ERR_UNSUPPORTED, "the bytes are not those of a file of type %s", u->media->type);
    return read ? ERR_OK : fail(rq, ERR_UNAVAILABLE, "the file could not be read; try again");
}

/* All that waits for the disk is done before the transaction, on this request's own thread. */
static enum err put_file(struct request *rq)
{
    struct upload *u = rq->scratch = arena_zalloc(rq->arena, sizeof *u);
    if (!u)
        return ERR_UNAVAILABLE;
    enum err err = check_upload(rq, u);
    if (err != ERR_OK)
        return err;
    u->disposition = request_header(rq, "Content-Disposition");
    if ((err = files_keep(rq, u->path)) != ERR_OK)
        return err;
    err = request_transact(rq, TX_WRITE, put_in_row);
    if (err == ERR_OK)
        files_remove(rq, u->before);
    else if (err != ERR_UNAVAILABLE ||
             rq->detail) /* else a commit failed that may yet be found to stand: see files_sweep() */
        files_remove(rq, str_of(u->path));
    return err;
}

static void remove_file(struct request *rq)
{
    struct upload *u = rq->scratch;
    files_remove(rq, u->before);
}

static enum err remove_resource(struct request *rq)
{
    struct upload *u = rq->scratch = arena_zalloc(rq->arena, sizeof *u);
    if (!u)
        return ERR_UNAVAILABLE;
    struct query *q = request_sql_id(rq, FILE_OF);
    if (query_row(q))
        u->before = keep(rq, query_named_text(q, "file_path"));
    rq->after_commit = remove_file;
    return collection_remove(rq);
}

static enum err list_resources(struct request *rq)
{
    struct str kind = request_query(rq, "kind"), rest = STR(KINDS);
    bool known = !kind.ptr;
    while (rest.len && !known)
        known = str_eq(str_split(&rest, ' '), kind);
    return known ? collection_list(rq) : fail(rq, ERR_BAD_REQUEST, "kind is one of: %s", KINDS);
}

#define R "/v1/events/{event}/resources"

static const struct route routes[] = {
    {METHOD_GET, R, "listResources", ACCESS_ANYONE, TX_READ, list_resources, &resources,
     .query = "q kind publisher limit cursor", .vary = VARY_NOBODY},
    {METHOD_POST, R, "createResource", ACCESS_HOST, TX_WRITE, collection_create, &resources,
     .body = BODY_JSON},
    {METHOD_GET, R "/{id}", "getResource", ACCESS_ANYONE, TX_READ, collection_get, &resources,
     .vary = VARY_NOBODY},
    {METHOD_PATCH, R "/{id}", "updateResource", ACCESS_HOST, TX_WRITE, collection_update, &resources,
     .body = BODY_JSON},
    {METHOD_DELETE, R "/{id}", "deleteResource", ACCESS_HOST, TX_WRITE, remove_resource, &resources},
    {METHOD_GET, R "/{id}/file", "getResourceFile", ACCESS_ANYONE, TX_NONE, get_file},
    {METHOD_PUT, R "/{id}/file", "putResourceFile", ACCESS_HOST, TX_NONE, put_file, .body = BODY_FILE},
    {0},
};

/* Sessions: one that goes takes its name out of its resources. */
static const struct feed_source feed[] = {
    {"resources", "resources", "row.event_id || '/public'", "row.id"},
    {0},
};

static const struct document documents[] = {
    {"resources", GET},
    {0},
};

const struct feature feature_resources = {.name = "resources",
                                          .reads = "sessions",
                                          .routes = routes,
                                          .sql = sql,
                                          .feed = feed,
                                          .documents = documents};
