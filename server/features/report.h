/* report.h - the report of a convening: what the host publishes, as HTML, Markdown and DOCX.
 *
 *   report.c         the three routes, and what there is to tell
 *   report_parts.c, report_answers.c    its parts, in order, told to a form:
 *   report_html.c    a printable page
 *   report_md.c      CommonMark
 *   report_docx.c    Office Open XML
 *
 * The parts are told once, so the three say the same. Nothing in it is a name: no attendees, no
 * speakers; of the owners of next steps, only those that are word for word an organization, a team or a
 * county of the event. Figures are those that everybody may see (representation.h). Of worksheets, only what
 * was handed in: not a shared draft. The same data gives the same bytes.
 *
 * Tables: reads events, sessions, rooms, organizations, program_milestones, and those of answers.h,
 * learning.h, representation.h. Spec tag: synthesis. Memory: the request's. Threads: as dispatch. Tests:
 * tests/api/report_test.c, tests/judges/report_test.mjs
 */
#ifndef CONVENED_FEATURES_REPORT_H
#define CONVENED_FEATURES_REPORT_H

#include "features/answers.h"
#include "features/learning.h"

struct report_cover {
    struct str title, dates, venue, host, motto, hashtag; /* absent where the event has none */
};

struct report_figure {
    int64_t n;
    const char *label;
};

/* A line of a bar chart; n is -1 where the figure would point at people. */
struct report_bar {
    struct str label;
    int64_t n;
};

enum { REPORT_COLUMNS = 4 };

/* What each form can write. Texts are people's, as they typed them: the form escapes them. */
struct report_form {
    const char *content_type, *extension;
    struct buf *(*begin)(struct request *rq, const struct report_cover *cover, const char *const *sections,
                         size_t n);
    void (*section)(struct buf *out, size_t number, const char *title);
    void (*sheet)(struct buf *out, struct str title); /* a worksheet's name: a heading of level 1 */
    void (*heading)(struct buf *out, int level, struct str text); /* 1: below a section; up to 3 */
    void (*words)(struct buf *out, struct str text);              /* a paragraph of our own */
    void (*quiet)(struct buf *out, struct str text);              /* a remark */
    void (*figures)(struct buf *out, const struct report_figure *list, size_t n);
    void (*bars)(struct buf *out, const char *caption, const struct report_bar *list, size_t n);
    void (*list)(struct buf *out, bool stars); /* stars: of highlights */
    void (*item)(struct buf *out, struct str text, struct str note);
    void (*list_end)(struct buf *out);
    void (*table)(struct buf *out, const char *caption, const char *const *heads, size_t n);
    void (*row)(struct buf *out, const char *const *heads, const struct str *cells, size_t n);
    void (*table_end)(struct buf *out);
    enum err (*end)(struct request *rq, struct buf *out);
};

extern const struct report_form report_html, report_md, report_docx;

struct report {
    struct request *rq;
    const struct report_form *form;
    struct buf *out;
    struct report_cover cover;
    struct answers answers;
    struct learning learning;
    struct str *owners; /* folded names that may stand for an owner, sorted */
    size_t n_owners;
    size_t n_in;           /* worksheets that are handed in */
    struct answer **steps; /* of all teams, what is due first; merged ones left out */
    size_t n_steps, n_questions;
};

/* Writes the parts, in order. */
enum err report_tell(struct report *r);
void report_tell_answers(struct report *r);
void report_tell_steps(struct report *r);
void report_tell_questions(struct report *r);

/* "A, B and C", a name at a time: `left` is how many come after this one. */
void report_add_name(struct buf *b, struct str name, size_t left);
/* What is in the buffer; a report that memory ran out for is not sent. */
struct str report_text(struct report *r, struct buf *b);

/* "1 December 2015" of a day or an instant, "December 2015" or "2015" of a part of a date. */
struct str report_day(struct request *rq, int64_t ms);
struct str report_date(struct request *rq, struct str partial);
struct str report_time(struct request *rq, int64_t ms); /* "09:00" in the event's zone */

extern const struct feature feature_report;
extern const char *const report_parts_sql[];

#endif
