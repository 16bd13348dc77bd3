/* code_holder.h - what has a code that organizers print and replace: a team, an attendee, the event's staff.
 *
 * A holder describes itself by three statements; the two handlers here do the rest alike. Replacing a code
 * ends at once the devices that came in by the old one. Tables: the holder's; devices. Memory: the request's.
 * Threads: any. Tests: tests/api/teams_test.c, attendees_test.c
 */
#ifndef CONVENED_FEATURES_CODE_HOLDER_H
#define CONVENED_FEATURES_CODE_HOLDER_H

#include "features/codes.h"
#include "http/request.h"

/* `:id` is bound where a statement names it. */
struct code_holder {
    const char *noun; /* for sentences: "team" */
    enum code_kind kind;
    const char
        *find; /* columns: id, generation, label as kept (folded), slug that the label was made of or NULL */
    const char *bump; /* adds one to the generation */
    const char *end;  /* revokes the devices that came in by the code */
};

/* Handlers; the route's `of` is the holder. */
enum err code_holder_get(struct request *rq);
enum err code_holder_rotate(struct request *rq);

/* The code of the row that `row` stands on; its first columns are those of `find`. */
enum err code_holder_print(struct request *rq, enum code_kind kind, struct query *row, char code[CODE_TEXT]);

/* For `after_commit`: roles or devices changed, so the next request of each is looked up again. */
void code_holder_forget_tokens(struct request *rq);

#endif
