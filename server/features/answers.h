/* answers.h - what the teams of an event wrote, as its organizers may read it: in memory, for one request.
 *
 *   submitted worksheet ──► its items, which nobody can write now          shared ──► the draft, if asked for
 *   reopened worksheet  ──► its items as they were when it was last handed in     else ──► nothing
 *
 * A redacted item is not among them. Marks of organizers (item_marks.h) stand beside the words: an item that
 * says the same as another is `merged` behind it, unless that other is not there to be read.
 *
 * One statement a worksheet, never one an item. Tables: reads worksheets, prompts, items, item_revisions,
 * worksheet_versions, redactions, item_marks, item_tags, teams. Memory: the request's. Threads: as the
 * request. Tests: tests/api/synthesis_test.c, tests/api/item_marks_test.c
 */
#ifndef CONVENED_FEATURES_ANSWERS_H
#define CONVENED_FEATURES_ANSWERS_H

#include "http/request.h"

struct prompt {
    struct str id, template, kind, text;
    struct str title; /* of its template */
    int64_t number;
    bool names_county;
};

struct sheet {
    struct str id, template, team, slug, name, county, state; /* county: the team's name when it has none */
    int64_t version;
    bool in;    /* it may be read: handed in, or a draft that was asked for */
    bool draft; /* what is read is the draft */
};

struct answer {
    struct str id, text, owner, due;
    bool done, starred;
    const struct prompt *prompt;
    const struct sheet *sheet;
    struct str tags;              /* with line breaks between them */
    struct answer *into;          /* the one that it is merged behind; NULL: it stands for itself */
    struct answer *alike, **last; /* of one that stands for itself: those behind it, in `next` */
    struct answer *next;
};

/* The answers of a prompt and worksheet. `written` counts what has been redacted, too: 0 is a blank. */
struct cell {
    struct answer *first;
    size_t n, written;
};

struct answers {
    struct prompt *prompts; /* by template and number */
    struct sheet *sheets;   /* by county */
    struct answer *all;     /* by worksheet, prompt and place */
    struct cell *cells;     /* a row a prompt, a column a worksheet */
    size_t n_prompts, n_sheets, n;
    size_t cap;
};

/* `drafts`: shared drafts, too. */
enum err answers_load(struct request *rq, bool drafts, struct answers *out);
const struct cell *answers_cell(const struct answers *a, size_t prompt, size_t sheet);
/* The list of tags holds one that folds as `folded` does. */
bool answers_tagged(struct request *rq, struct str tags, const char *folded);

/* That an organizer may read the item :item, as a condition on `items i JOIN worksheets w`. */
#define ANSWERS_SEEN                                                                                         \
    " ((i.deleted = 0 AND (w.state = 'submitted' OR w.shared = 1)) OR (w.state = 'reopened' AND w.shared = " \
    "0"                                                                                                      \
    " AND EXISTS (SELECT 1 FROM item_revisions r WHERE r.kind <> 'delete' AND r.seq = (SELECT max(n.seq)"    \
    " FROM item_revisions n WHERE n.item_id = i.id AND n.worksheet_id = w.id AND n.verdict = 'accepted'"     \
    " AND n.seq <= (SELECT max(v.seq) FROM worksheet_versions v WHERE v.worksheet_id = w.id)))))"            \
    " AND NOT (i.text = '[redacted]' AND EXISTS (SELECT 1 FROM redactions d"                                 \
    " WHERE d.worksheet_id = w.id AND d.item_id = i.id))"

extern const char *const answers_sql[];

#endif
