/* attendees_plan.h - what an import of a roster would do: who each row is, and what it changes.
 *
 * For attendees_import.c, which says who is whom. Lists are joined by sorted names, so the time grows with
 * the sum of the two. The roster passes by a page at a time, each in a transaction of its own: no roster is
 * too long for a reader, and of it stays only who may be a row of the file. What changed meanwhile, the
 * import asks of attendees_plan_holds(). Memory: the request's. Threads: as the request. Tests:
 * tests/api/attendees_import_test.c
 */
#ifndef CONVENED_FEATURES_ATTENDEES_PLAN_H
#define CONVENED_FEATURES_ATTENDEES_PLAN_H

#include "features/import.h"

enum column { NAME, SORT_NAME, ORGANIZATION, AGENCY_TYPE, TEAM, ROLE_LABEL, EMAIL, PHONE, COLUMNS };

struct place { /* an organization or a team */
    struct place *next;
    struct str id;   /* absent: to be made */
    struct str name; /* as first written */
};

struct person { /* on the roster already */
    struct str id;
    struct str value[COLUMNS]; /* as stored */
    bool taken;                /* a row of the file is this person */
};

struct row {
    struct row *next;
    int number, line;
    struct str value[COLUMNS]; /* good ones; absent: empty, or not in the file */
    struct str name_key;       /* folded */
    struct str who;            /* name, organization and team, folded */
    struct place *organization, *team;
    struct person *known;
    bool faulty; /* a value of its own is not good */
    bool changes;
    /* When it does: all that is to be stored. */
    struct str id, search, label;
    struct str stored[COLUMNS];
};

struct counts {
    int created, updated, unchanged, organizations;
};

struct roster {
    struct import im;
    struct import_table table;
    struct row *first, **end;
    struct place *made;                        /* organizations to create */
    struct lookup organizations, slugs, teams; /* by folded name */
    struct lookup row_emails, row_people;      /* the rows, by e-mail and by who() */
    struct lookup emails, people, ids;         /* likewise, and by id, who of the roster may be one of them */
    struct str after;                          /* id of the last one that was looked at */
    int page;                                  /* how many the last page had */
    int plans;                                 /* made so far */
    bool stale;                                /* the last one, when it was to be done */
    struct counts counts;
    int64_t seq; /* of the last write that the plan has seen */
    struct str organizations_state;
};

/* Fills in who each row is and the counts: in the transaction that is open, else in some of its own; may be
 * called again. The roster is the request's `scratch`. Faults go to the import. */
enum err attendees_plan(struct request *rq);
/* Has nothing changed since, that the plan hangs on? Then it need not be made again. */
bool attendees_plan_holds(struct request *rq, const struct roster *roster);
/* Does the row say something for this column? */
bool attendees_plan_gives(const struct roster *roster, const struct row *row, enum column c);
struct str attendees_plan_value(const struct row *row, enum column c);
/* As names are compared. */
struct str attendees_plan_fold(struct arena *arena, struct str s);

extern const char *const attendees_plan_sql[];

#endif
