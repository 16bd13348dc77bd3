#include "http/audience.h"

#include <stdio.h>

#include "http/scope.h"

static void add(struct scopes *s, const char *before, const char *id, const char *after)
{
    snprintf(s->names[s->n++], SCOPE_TEXT, "%s%s%s", before, id, after);
}

void audience_of(const struct request *rq, struct scopes *out)
{
    out->n = 0;
    add(out, "", rq->event->id, "/public");
    if (rq->frame.organizer)
        add(out, "", rq->event->id, "/organizers");
    else if (rq->who.role == ROLE_STAFF)
        add(out, "", rq->event->id, "/staff");
    if (*rq->who.team)
        add(out, "team/", rq->who.team, "");
    if (*rq->who.participant)
        add(out, "user/", rq->who.participant, "");
}
