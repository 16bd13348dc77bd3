/* push_check_in.c - an entry at the door that a phone made without a network. */
#include "features/check_ins.h"
#include "features/entries.h"
#include "sync/push.h"

/* What a phone says of an entry; the other fields of the document are the server's. */
static const char *const said[] = {"id",         "attendee_id", "code",    "at",
                                   "session_id", "direction",   "walk_in", "undoes"};

static void release(void *json)
{
    json_decref(json);
}

static json_t *entry_of(struct request *rq, const json_t *document)
{
    json_t *entry = json_object();
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        json_t *member = json_object_get(document, said[i]);
        if (member)
            json_object_set(entry, said[i], member);
    }
    return entry && !arena_defer(rq->arena, release, entry) ? entry : NULL;
}

/* As one phrase: the first fault. The request goes on to the next row. */
static const char *fault_of(struct request *rq)
{
    const struct invalid *first = rq->invalid;
    const char *text = arena_printf(rq->arena, "%s %s", first->pointer, first->detail);
    rq->invalid = NULL;
    rq->detail = NULL;
    return text ? text : "is not an entry";
}

const char *push_check_in(struct request *rq, const struct push_row *row)
{
    struct entry_answer answer;
    if (rq->who.role != ROLE_STAFF && !rq->frame.organizer)
        return "check-ins are for the desk to write";
    if (json_is_true(json_object_get(row->to, "_deleted")))
        return "what was entered stays: undo it with an entry of its own";
    json_t *entry = entry_of(rq, row->to);
    if (!entry)
        return "is not an entry";
    entry_take(rq, entry, &answer);
    if (rq->invalid)
        return fault_of(rq);
    if (answer.result != ENTRY_REPEATED && !rq->after_commit)
        rq->after_commit = check_ins_count;
    return NULL;
}
