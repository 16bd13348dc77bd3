#include "http/fields.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/uuid.h"
#include "http/house.h"
#include "http/scope.h"

enum { TEXTS_LENGTH = 500, URL_LENGTH = 2000, POINTER = 96 };

static struct str string_of(const json_t *json)
{
    return (struct str){json_string_value(json), json_string_length(json)};
}

static bool in_words(struct str s, const char *words)
{
    struct str rest = str_of(words);
    while (rest.len)
        if (str_eq(s, str_split(&rest, ' ')))
            return true;
    return false;
}

/* Each reader returns NULL and fills *v, or says in one phrase what the value must be. */

static const char *read_text(struct request *rq, const struct field *f, struct str s, struct value *v)
{
    bool prose = f->type != FIELD_TEXT;
    if (text_has_control(s, prose ? "\n\r\t" : ""))
        return prose ? "must hold no control characters but line breaks and tabs"
                     : "must be one line without control characters";
    if (!prose)
        s = str_trim(s);
    size_t length = f->type == FIELD_BYTES ? s.len : text_length(s);
    if (length < (size_t)f->min || length > (size_t)f->max)
        return arena_printf(rq->arena, "must have %d to %d %s", f->min, f->max,
                            f->type == FIELD_BYTES ? "bytes" : "characters");
    v->text = s;
    return NULL;
}

static const char *read_slug(struct request *rq, const struct field *f, struct str s, struct value *v)
{
    bool good = s.len >= (size_t)f->min && s.len <= 64;
    for (size_t i = 0; i < s.len && good; i++)
        good = (s.ptr[i] >= 'a' && s.ptr[i] <= 'z') || (s.ptr[i] >= '0' && s.ptr[i] <= '9') ||
               s.ptr[i] == '-' || s.ptr[i] == '_';
    if (!good)
        return arena_printf(rq->arena, "must be %d to 64 of a-z, 0-9, - and _", f->min);
    if (uuid_is(s)) /* where either may stand, it would hide the thing of that id */
        return "must not look like an id";
    v->text = s;
    return NULL;
}

static const char *read_color(struct str s, struct value *v)
{
    bool good = s.len == 7 && s.ptr[0] == '#';
    for (size_t i = 1; i < s.len && good; i++)
        good = strchr("0123456789abcdefABCDEF", s.ptr[i]) != NULL;
    v->text = s;
    return good ? NULL : "must be a colour like #1a7f37";
}

static const char *read_url(struct str s, struct value *v)
{
    bool good = (str_starts(s, "https://") || str_starts(s, "http://")) && s.len > 10 && s.len <= URL_LENGTH;
    for (size_t i = 0; i < s.len && good; i++)
        good = (unsigned char)s.ptr[i] > ' ' && !strchr("\"<>\\^`{|}\x7f", s.ptr[i]);
    v->text = s;
    return good ? NULL : "must be an http or https address of at most 2000 characters";
}

static const char *read_email(struct request *rq, struct str s, struct value *v)
{
    s = str_trim(s);
    const char *at = s.len <= 254 ? memchr(s.ptr, '@', s.len) : NULL;
    bool good = at && at > s.ptr && !text_has_control(s, "") && !memchr(s.ptr, ' ', s.len);
    if (good) {
        struct str domain = {at + 1, (size_t)(s.ptr + s.len - at - 1)};
        const char *dot = memchr(domain.ptr, '.', domain.len);
        good = dot && dot > domain.ptr && domain.ptr[domain.len - 1] != '.' &&
               !memchr(domain.ptr, '@', domain.len);
    }
    if (!good)
        return "must be an e-mail address";
    char *lower = arena_strndup(rq->arena, s.ptr, s.len);
    for (char *c = lower; c && *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c + ('a' - 'A'));
    v->text = (struct str){lower, s.len};
    return NULL;
}

static const char *read_partial_date(struct str s, bool whole, struct value *v)
{
    char full[] = "0000-01-01";
    int64_t days;
    bool good = s.len == 10 || (!whole && (s.len == 4 || s.len == 7));
    if (good) {
        memcpy(full, s.ptr, s.len);
        good = clock_parse_date(str_of(full), &days);
    }
    v->text = s;
    return good ? NULL : whole ? "must be a date, YYYY-MM-DD" : "must be YYYY, YYYY-MM or YYYY-MM-DD";
}

static const char *read_string(struct request *rq, const struct field *f, struct str s, struct value *v)
{
    switch (f->type) {
    case FIELD_TIME:
        return clock_parse(s, &v->integer)
                   ? NULL
                   : "must be an RFC 3339 time with offset, like 2015-12-01T09:00:00-08:00";
    case FIELD_DATE:
    case FIELD_PARTIAL:
        return read_partial_date(s, f->type == FIELD_DATE, v);
    case FIELD_ID:
        v->text = s;
        return uuid_is(s) ? NULL : "must be a lower-case UUID";
    case FIELD_ENUM:
        v->text = s;
        return in_words(s, f->values) ? NULL : arena_printf(rq->arena, "must be one of: %s", f->values);
    case FIELD_SLUG:
        return read_slug(rq, f, s, v);
    case FIELD_COLOR:
        return read_color(s, v);
    case FIELD_URL:
        return read_url(s, v);
    case FIELD_EMAIL:
        return read_email(rq, s, v);
    case FIELD_ZONE: {
        char name[65] = "";
        memcpy(name, s.ptr, s.len < sizeof name ? s.len : 0);
        v->text = s;
        return scope_zone(rq->house->scope, name) ? NULL
                                                  : "must be an IANA time zone, like America/Los_Angeles";
    }
    default:
        return read_text(rq, f, s, v);
    }
}

static const char *read_ids(struct request *rq, const struct field *f, json_t *array, struct value *v)
{
    v->n = json_array_size(array);
    if (v->n > (size_t)f->max)
        return arena_printf(rq->arena, "must have at most %d ids", f->max);
    v->list = arena_alloc(rq->arena, (v->n + 1) * sizeof *v->list);
    if (!v->list)
        return "could not be read: memory is out";
    for (size_t i = 0; i < v->n; i++) {
        v->list[i] = string_of(json_array_get(array, i));
        if (!v->list[i].ptr || !uuid_is(v->list[i]))
            return "must be an array of lower-case UUIDs";
        for (size_t j = 0; j < i; j++)
            if (str_eq(v->list[i], v->list[j]))
                return "must not name an id twice";
    }
    return NULL;
}

static const char *read_texts(struct request *rq, const struct field *f, json_t *array, struct value *v)
{
    struct buf out;
    size_t i;
    json_t *element;
    if (json_array_size(array) > (size_t)f->max)
        return arena_printf(rq->arena, "must have at most %d texts", f->max);
    buf_init(&out, rq->arena, 64);
    buf_char(&out, '[');
    json_array_foreach(array, i, element)
    {
        struct str s = string_of(element);
        if (!s.ptr || text_has_control(s, "") || text_length(s) > TEXTS_LENGTH || !str_trim(s).len)
            return "must be an array of one-line texts of 1 to 500 characters";
        if (i)
            buf_char(&out, ',');
        buf_json(&out, str_trim(s));
    }
    buf_char(&out, ']');
    v->text = buf_view(&out);
    return NULL;
}

static const char *read_value(struct request *rq, const struct field *f, json_t *json, struct value *v)
{
    switch (f->type) {
    case FIELD_INT:
        v->integer = json_integer_value(json);
        return json_is_integer(json) && v->integer >= f->min && v->integer <= f->max
                   ? NULL
                   : arena_printf(rq->arena, "must be a whole number from %d to %d", f->min, f->max);
    case FIELD_BOOL:
        v->integer = json_is_true(json);
        return json_is_boolean(json) ? NULL : "must be true or false";
    case FIELD_IDS:
        return json_is_array(json) ? read_ids(rq, f, json, v) : "must be an array of ids";
    case FIELD_TEXTS:
        return json_is_array(json) ? read_texts(rq, f, json, v) : "must be an array of texts";
    default:
        return json_is_string(json) ? read_string(rq, f, string_of(json), v) : "must be a text";
    }
}

static bool is_integer(const struct field *f)
{
    return f->type == FIELD_INT || f->type == FIELD_BOOL || f->type == FIELD_TIME;
}

static void preset(const struct field *f, struct value *v)
{
    v->set = true;
    if (!f->preset)
        return;
    if (is_integer(f))
        str_int(str_of(f->preset), &v->integer);
    v->text = str_of(f->preset);
}

static void refuse(struct request *rq, const struct field *f, const char *why)
{
    char pointer[POINTER];
    snprintf(pointer, sizeof pointer, "/%s", f->name);
    invalid(rq, pointer, "%s", why);
}

static void read_field(struct request *rq, const struct field *f, json_t *json, bool partial, struct value *v)
{
    if (!json && partial)
        return;
    if (!json || json_is_null(json)) {
        if (f->flags & FIELD_REQUIRED || (json && !partial && !(f->flags & FIELD_NULLABLE) && !f->preset))
            refuse(rq, f, json ? "must not be null" : "is needed");
        else if (json && !(f->flags & FIELD_NULLABLE) && !f->preset && f->type != FIELD_IDS)
            refuse(rq, f, "must not be null");
        else
            preset(f, v);
        return;
    }
    const char *fault = read_value(rq, f, json, v);
    if (fault) {
        refuse(rq, f, fault);
        return;
    }
    v->set = true;
    if (is_integer(f))
        v->text = STR("set"); /* not null */
}

enum err fields_read(struct request *rq, const struct field *fields, json_t *json, bool partial,
                     struct values *out)
{
    *out = (struct values){.fields = fields};
    if (!json_is_object(json)) {
        invalid(rq, "", "must be an object");
        return invalid_result(rq);
    }
    const char *key;
    json_t *member;
    json_object_foreach(json, key, member)
    {
        int i = 0;
        while (fields[i].name && strcmp(fields[i].name, key))
            i++;
        if (!fields[i].name) {
            struct buf pointer;
            buf_init(&pointer, rq->arena, POINTER);
            buf_char(&pointer, '/');
            for (const char *c = key; *c && pointer.len < POINTER - 4; c++) /* RFC 6901, 3 */
                *c == '~'   ? buf_puts(&pointer, "~0")
                : *c == '/' ? buf_puts(&pointer, "~1")
                            : buf_char(&pointer, *c);
            const char *text = buf_cstr(&pointer);
            if (text && text_is_utf8(str_of(text)))
                invalid(rq, text, "is not a field of this");
            else
                invalid(rq, "", "has a field that is not known here");
        }
    }
    for (int i = 0; fields[i].name; i++)
        read_field(rq, &fields[i], json_object_get(json, fields[i].name), partial, &out->v[i]);
    return invalid_result(rq);
}

const char *fields_cell(struct request *rq, const struct field *field, struct str cell, struct value *v)
{
    const char *fault = read_string(rq, field, cell, v);
    v->set = !fault;
    if (v->set && is_integer(field))
        v->text = STR("set"); /* not null */
    return fault;
}

void fields_preset(struct values *values)
{
    for (int i = 0; values->fields[i].name; i++)
        if (!values->v[i].set && values->fields[i].preset)
            preset(&values->fields[i], &values->v[i]);
}

struct value *fields_at(struct values *values, const char *name)
{
    for (int i = 0; values->fields[i].name; i++)
        if (!strcmp(values->fields[i].name, name))
            return &values->v[i];
    return NULL;
}

const struct value *fields_get(const struct values *values, const char *name)
{
    static const struct value unset;
    const struct value *v = fields_at((struct values *)values, name);
    return v ? v : &unset;
}

static struct str joined(struct request *rq, const struct value *v)
{
    struct buf b;
    buf_init(&b, rq->arena, v->n * 37 + 1);
    for (size_t i = 0; i < v->n; i++) {
        if (i)
            buf_char(&b, ' ');
        buf_str(&b, v->list[i]);
    }
    return buf_view(&b);
}

void fields_bind(struct request *rq, struct query *q, const struct values *values, struct query *current)
{
    for (int i = 0; values->fields[i].name; i++) {
        const struct field *f = &values->fields[i];
        const struct value *v = &values->v[i];
        char name[64];
        snprintf(name, sizeof name, ":%s", f->name);
        if (!query_has(q, name))
            continue;
        int column = v->set || !current ? -1 : query_column(current, f->name);
        if (column >= 0)
            query_copy(q, name, current, column);
        else if (!v->set || (!v->text.ptr && f->type != FIELD_IDS))
            query_null(q, name);
        else if (is_integer(f))
            query_int(q, name, v->integer);
        else
            query_text(q, name, f->type == FIELD_IDS ? joined(rq, v) : v->text);
    }
}
