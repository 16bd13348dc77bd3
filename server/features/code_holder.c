#include "features/code_holder.h"

#include <string.h>

#include "http/house.h"
#include "http/identity.h"

static struct query *statement(struct request *rq, const char *sql)
{
    struct query *q = request_sql(rq, sql);
    if (query_has(q, ":id"))
        query_text(q, ":id", request_param(rq, "id"));
    return q;
}

/* The label as it is printed. It was made of the slug when the holder was; a slug that changed later leaves
 * the code as it stands on the tables, so the kept form is printed then. */
static void printed_label(struct str kept, struct str slug, char out[CODE_LABEL])
{
    char made[CODE_LABEL], folded[CODE_LABEL];
    memcpy(out, kept.ptr, CODE_LABEL - 1);
    out[CODE_LABEL - 1] = '\0';
    if (!slug.ptr)
        return;
    code_label(slug, made);
    memcpy(folded, made, CODE_LABEL);
    code_fold_label(folded);
    if (!strcmp(folded, out))
        memcpy(out, made, CODE_LABEL);
}

enum err code_holder_print(struct request *rq, enum code_kind kind, struct query *row, char code[CODE_TEXT])
{
    char label[CODE_LABEL];
    struct str kept = query_get_text(row, 2);
    if (kept.len != CODE_LABEL - 1)
        return fail(rq, ERR_INTERNAL, "the code's label is damaged");
    printed_label(kept, query_get_text(row, 3), label);
    code_write(rq->house->keys, kind, label, query_get_text(row, 0), query_get_int(row, 1), code);
    return ERR_OK;
}

enum err code_holder_get(struct request *rq)
{
    const struct code_holder *holder = rq->route->of;
    char code[CODE_TEXT];
    struct query *q = statement(rq, holder->find);
    if (!query_row(q))
        return fail(rq, ERR_NOT_FOUND, "there is no such %s", holder->noun);
    enum err err = code_holder_print(rq, holder->kind, q, code);
    if (err == ERR_OK)
        buf_printf(reply_json(rq, 200), "{\"code\":\"%s\",\"generation\":%lld}", code,
                   (long long)query_get_int(q, 1));
    return err;
}

void code_holder_forget_tokens(struct request *rq)
{
    identity_revoked(rq->house->identity);
}

enum err code_holder_rotate(struct request *rq)
{
    const struct code_holder *holder = rq->route->of;
    struct query *q = statement(rq, holder->bump);
    query_run(q);
    if (!query_changes(q))
        return fail(rq, ERR_NOT_FOUND, "there is no such %s", holder->noun);
    query_run(statement(rq, holder->end));
    rq->after_commit = code_holder_forget_tokens;
    return code_holder_get(rq);
}
