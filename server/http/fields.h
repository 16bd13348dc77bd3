/* fields.h - JSON bodies as tables: a row a field says its type, limits and whether it must be there.
 *
 * fields_read() reports every fault of a body at once (422 with JSON Pointers), unknown fields included:
 * nothing is silently dropped. Field names are the API's, the SQL parameters' (`:title`) and the columns'.
 * Memory: the request's. Threads: as the request. Tests: tests/unit/fields_test.c
 */
#ifndef CONVENED_HTTP_FIELDS_H
#define CONVENED_HTTP_FIELDS_H

#include "http/request.h"

enum field_type {
    FIELD_TEXT,  /* one line; min..max code points; ends trimmed */
    FIELD_PROSE, /* as typed, line breaks and tabs allowed; max code points */
    FIELD_BYTES, /* as FIELD_PROSE with max in bytes */
    FIELD_INT,   /* min..max */
    FIELD_BOOL,
    FIELD_TIME,    /* RFC 3339 with offset → integer ms */
    FIELD_DATE,    /* YYYY-MM-DD, kept as text */
    FIELD_PARTIAL, /* YYYY, YYYY-MM or YYYY-MM-DD, kept as text */
    FIELD_ID,      /* UUID */
    FIELD_IDS,     /* array of at most max UUIDs, no two alike → list; bound as space-separated text */
    FIELD_TEXTS,   /* array of at most max one-line texts of 1..500, ends trimmed → JSON text */
    FIELD_ENUM,    /* one of `values`, space-separated */
    FIELD_SLUG,    /* [a-z0-9_-]{min,64} */
    FIELD_COLOR,   /* #rrggbb */
    FIELD_URL,     /* http:// or https://, max 2,000 */
    FIELD_EMAIL,   /* something@domain.tld, folded to lower case */
    FIELD_ZONE,    /* IANA time zone that this system knows */
};

enum field_flag { FIELD_REQUIRED = 1, FIELD_NULLABLE = 2 };

struct field {
    const char *name; /* NULL ends the table */
    enum field_type type;
    unsigned flags;
    int min, max;
    const char *values; /* of FIELD_ENUM */
    const char *preset; /* default as JSON-less text; NULL: null */
};

enum { FIELDS_MAX = 24 };

struct value {
    bool set;        /* it came in the body, or has a preset */
    struct str text; /* absent: null */
    int64_t integer;
    struct str *list;
    size_t n;
};

struct values {
    const struct field *fields;
    struct value v[FIELDS_MAX];
};

/* Reads the object `json` by the table. `partial`: a merge patch, where absent fields stay unset and null
 * clears. Faults go to invalid(); returns invalid_result(). */
enum err fields_read(struct request *rq, const struct field *fields, json_t *json, bool partial,
                     struct values *out);
/* One field from a cell of a table, by the rules for a text in a body: NULL and *v filled, or what the value
 * must be, as a phrase. Not for FIELD_INT, FIELD_BOOL and arrays. */
const char *fields_cell(struct request *rq, const struct field *field, struct str cell, struct value *v);
/* Gives fields that are unset their presets, as fields_read() does. */
void fields_preset(struct values *values);
/* The value of a field; a static unset one for an unknown name. */
const struct value *fields_get(const struct values *values, const char *name);
struct value *fields_at(struct values *values, const char *name); /* the same, to change it */
/* Binds every value that the statement names. With `current` (a row), unset values come from its columns. */
void fields_bind(struct request *rq, struct query *q, const struct values *values, struct query *current);

#endif
