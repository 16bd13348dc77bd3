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

enum err code_holder_get(struct request *rq)
{
    const struct code_holder *holder = rq->route->of;
    char code[CODE_TEXT], label[CODE_LABEL];
    struct query *q = statement(rq, holder->find);
    if (!query_row(q))
        return fail(rq, ERR_NOT_FOUND, "there is no such %s", holder->noun);
    struct str kept = query_get_text(q, 2);
    int64_t generation = query_get_int(q, 1);
    if (kept.len != CODE_LABEL - 1)
        return fail(rq, ERR_INTERNAL, "the code's label is damaged");
    printed_label(kept, query_get_text(q, 3), label);
    code_write(rq->house->keys, holder->kind, label, query_get_text(q, 0), generation, code);
    buf_printf(reply_json(rq, 200), "{\"code\":\"%s\",\"generation\":%lld}", code, (long long)generation);
    return ERR_OK;
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
