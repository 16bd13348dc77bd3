/* Pulls: what comes to whom, page by page, what is taken away again, and what never comes. */
#include "harness/harness.h"

#include <stdio.h>
#include <string.h>

#define S E "/sync"
#define W E "/worksheets"
#define LA W "/${la}"
#define ITEMS S "/items/pull?limit=500"
#define ID "0192f3a4-5b6c-7d7e-8f90-0000000000"
#define CANARY "canary-of-los-angeles"

static const struct scenario info[] = {
    {"what there is", AS_ATTENDEE, "GET", S "/info", .status = 200,
     .contains = {"{'epoch':'", "'seq':", "'items'", "'bookmarks'",
                  "'limits':{'pull':500,'push_rows':100,'push_bytes':1048576,'text':65536}"},
     .head = {"Cache-Control: no-store"}, .save = "epoch=/epoch seq=/seq"},
    {"nobody does not ask", AS_NOBODY, "GET", S "/info", .status = 401},
    {"nor does a revoked phone", AS_REVOKED, "GET", S "/pull", .status = 401},
    {"nor an expired one", AS_EXPIRED, "GET", S "/pull", .status = 401},
    {"another event's organizer finds none", AS_ELSEWHERE, "GET", S "/info", .status = 404},
    {"an unknown collection", AS_MEMBER, "GET", S "/secrets/pull", .status = 404},
    {"a bad checkpoint", AS_MEMBER, "GET", S "/items/pull?seq=x", .status = 400, .contains = {"seq"}},
    {"a negative one", AS_MEMBER, "GET", S "/pull?seq=-1", .status = 400},
    {"one beyond all numbers", AS_MEMBER, "GET", S "/pull?seq=99999999999999999999", .status = 400},
    {"a limit of 501", AS_MEMBER, "GET", S "/items/pull?limit=501", .status = 400, .contains = {"500"}},
    {"of 0", AS_MEMBER, "GET", S "/pull?limit=0", .status = 400},
    {"of none", AS_MEMBER, "GET", S "/pull?limit=", .status = 400},
    {"an unknown parameter", AS_MEMBER, "GET", S "/pull?since=7", .status = 400},
    {0},
};

static const struct scenario pulls[] = {
    {"a member's worksheet", AS_MEMBER, "GET", W, .status = 200, .save = "la=/items/0/id"},
    {"a first visit brings all that a member sees", AS_MEMBER, "GET", S "/pull", .status = 200,
     .contains = {"{'changes':[{'collection':'", "'collection':'event'", "'collection':'sessions'",
                  "'collection':'items'", "'collection':'prompts'", "'name':'Main Hall'",
                  "'text':'Contracting issues need to be resolved'", "'_deleted':false"},
     .absent = {"'_deleted':true"}, .save = "tag=ETag seq=/checkpoint/seq"},
    {"the same again is a 304", AS_MEMBER, "GET", S "/pull", .headers = {"If-None-Match: ${tag}"},
     .status = 304},
    {"an attendee's holds no item", AS_ATTENDEE, "GET", S "/pull", .status = 200,
     .contains = {"'collection':'sessions'", "'name':'Main Hall'"},
     .absent = {"'collection':'items'", "Contracting", "'collection':'worksheets'"}},
    {"staff's neither", AS_STAFF, "GET", S "/pull", .status = 200, .contains = {"'collection':'sessions'"},
     .absent = {"'collection':'items'", "Contracting"}},
    {"an organizer's has worksheets without their items", AS_ORGANIZER, "GET", S "/pull", .status = 200,
     .contains = {"'collection':'worksheets'"}, .absent = {"${items:la-1-1}", "Contracting"}},
    {"another team's has its own worksheet alone", AS_RIVERSIDE, "GET", S "/worksheets/pull", .status = 200,
     .contains = {"'team_id':'${riverside.team}'"}, .absent = {"${la}"}},
    {"one collection", AS_MEMBER, "GET", S "/rooms/pull", .status = 200,
     .contains = {"{'documents':[{'id':'", "'name':'Main Hall'", "'_deleted':false}"},
     .absent = {"'collection'"}},
    {"of one document", AS_MEMBER, "GET", S "/rooms/pull?limit=1", .status = 200,
     .save = "first=/checkpoint/seq"},
    {"a member's items", AS_MEMBER, "GET", ITEMS, .status = 200, .contains = {"'worksheet_id':'${la}'"},
     .save = "items=/checkpoint/seq"},
    {"nothing new since", AS_MEMBER, "GET", ITEMS "&seq=${items}", .status = 200,
     .contains = {"{'documents':[],'checkpoint':{'seq':${items}}}"}},
    {"nor from the future", AS_MEMBER, "GET", ITEMS "&seq=99999999", .status = 200,
     .contains = {"{'documents':[],'checkpoint':{'seq':99999999}}"}},
    {0},
};

static const struct scenario changes[] = {
    {"a new item", AS_MEMBER, "POST", LA "/items",
     "{'id':'" ID "a1','prompt_id':'${prompts:q3}','text':'" CANARY "'}", .status = 201},
    {"comes to the lead", AS_LEAD, "GET", ITEMS "&seq=${items}", .status = 200,
     .contains = {"'id':'" ID "a1'", CANARY, "'author':'${member.id}'", "'fork_of':null", "'_deleted':false"},
     .save = "items=/checkpoint/seq"},
    {"not to another team", AS_RIVERSIDE, "GET", S "/pull", .status = 200, .absent = {CANARY, ID}},
    {"nor to an organizer", AS_ORGANIZER, "GET", S "/pull", .status = 200, .absent = {CANARY, ID}},
    {"a change of it", AS_LEAD, "PATCH", LA "/items/" ID "a1", "{'done':true}", .status = 200},
    {"comes once, as it is", AS_MEMBER, "GET", ITEMS "&seq=${items}", .status = 200,
     .contains = {"'id':'" ID "a1'", "'done':true"}, .save = "items=/checkpoint/seq"},
    {"a removal", AS_LEAD, "DELETE", LA "/items/" ID "a1", .status = 204},
    {"comes without content", AS_MEMBER, "GET", ITEMS "&seq=${items}", .status = 200,
     .contains = {"[{'id':'" ID "a1','_deleted':true}]"}, .absent = {CANARY}},
    {"also to who begins: an answer to a push may have brought it", AS_MEMBER, "GET", ITEMS, .status = 200,
     .contains = {"{'id':'" ID "a1','_deleted':true}"}, .absent = {CANARY}},
    {"another item", AS_MEMBER, "POST", LA "/items",
     "{'id':'" ID "a2','prompt_id':'${prompts:q3}','text':'" CANARY "'}", .status = 201},
    {"the lead shares", AS_LEAD, "POST", LA "/share", .status = 200},
    {"now organizers have it", AS_ORGANIZER, "GET", ITEMS, .status = 200, .contains = {ID "a2", CANARY},
     .save = "shared=/checkpoint/seq"},
    {"and no more", AS_LEAD, "DELETE", LA "/share", .status = 204},
    {"it is taken away", AS_ORGANIZER, "GET", ITEMS "&seq=${shared}", .status = 200,
     .contains = {"{'id':'" ID "a2','_deleted':true}"},
     .absent = {CANARY, "Contracting", "'_deleted':false"}},
    {"and never was, to who begins", AS_ORGANIZER, "GET", ITEMS, .status = 200,
     .absent = {ID "a2", CANARY, "Contracting", "'_deleted':true"}},
    {"an organizer's mark", AS_ORGANIZER, "PUT", E "/bookmarks/${sessions:welcome}", .status = 204},
    {"is taken off", AS_ORGANIZER, "DELETE", E "/bookmarks/${sessions:welcome}", .status = 204},
    {"which comes to their phone that begins", AS_ORGANIZER, "GET", S "/bookmarks/pull", .status = 200,
     .contains = {"{'id':'${sessions:welcome}','_deleted':true}"}},
    {"shared again", AS_LEAD, "POST", LA "/share", .status = 200},
    {"it is back", AS_ORGANIZER, "GET", ITEMS "&seq=${shared}", .status = 200, .contains = {ID "a2", CANARY}},
    {"not for another team", AS_RIVERSIDE, "GET", S "/pull", .status = 200, .absent = {CANARY, "${la}"}},
    {"nor attendees", AS_ATTENDEE, "GET", S "/pull", .status = 200, .absent = {CANARY, "${la}"}},
    {0},
};

static const struct scenario drafts[] = {
    {"where an attendee is", AS_ATTENDEE, "GET", S "/sessions/pull?limit=500", .status = 200,
     .save = "seq=/checkpoint/seq"},
    {"a draft", AS_ORGANIZER, "POST", E "/sessions",
     "{'id':'" ID "d1','title':'Draft session','starts_at':'2015-12-01T17:00:00-08:00',"
     "'ends_at':'2015-12-01T17:30:00-08:00','status':'draft'}",
     .status = 201, .save = "etag=ETag"},
    {"comes to organizers", AS_ORGANIZER, "GET", S "/sessions/pull?limit=500&seq=${seq}", .status = 200,
     .contains = {"Draft session", "'status':'draft'"}},
    {"to nobody else", AS_ATTENDEE, "GET", S "/sessions/pull?limit=500&seq=${seq}", .status = 200,
     .absent = {ID "d1", "Draft"}},
    {"published", AS_ORGANIZER, "PATCH", E "/sessions/" ID "d1", "{'status':'scheduled'}",
     .headers = {"If-Match: ${etag}"}, .status = 200, .save = "etag=ETag"},
    {"it comes to all", AS_ATTENDEE, "GET", S "/sessions/pull?limit=500&seq=${seq}", .status = 200,
     .contains = {"Draft session", "'status':'scheduled'"}, .save = "seq=/checkpoint/seq"},
    {"taken back", AS_ORGANIZER, "PATCH", E "/sessions/" ID "d1", "{'status':'draft'}",
     .headers = {"If-Match: ${etag}"}, .status = 200, .save = "etag=ETag"},
    {"it is taken away", AS_ATTENDEE, "GET", S "/sessions/pull?limit=500&seq=${seq}", .status = 200,
     .contains = {"{'id':'" ID "d1','_deleted':true}"}, .absent = {"Draft"}},
    {"removed", AS_ORGANIZER, "DELETE", E "/sessions/" ID "d1", .headers = {"If-Match: ${etag}"},
     .status = 204},
    {"it is gone for organizers, too", AS_ORGANIZER, "GET", S "/sessions/pull?limit=500&seq=${seq}",
     .status = 200, .contains = {"{'id':'" ID "d1','_deleted':true}"}},
    {0},
};

static const struct scenario consent[] = {
    {"who shares nothing is in nobody's directory", AS_ATTENDEE, "PUT", "/v1/me/consent", "{}",
     .status = 200},
    {"not a member's", AS_MEMBER, "GET", S "/attendees/pull?limit=500", .status = 200,
     .absent = {"${attendee.row}", "'email'", "'phone'"}, .save = "seq=/checkpoint/seq"},
    {"a name for the event", AS_ATTENDEE, "PUT", "/v1/me/consent", "{'display_name':'event'}", .status = 200},
    {"comes with it", AS_MEMBER, "GET", S "/attendees/pull?limit=500&seq=${seq}", .status = 200,
     .contains = {"'id':'${attendee.row}'", "'organization_id':null", "'_deleted':false"},
     .absent = {"'email'", "'phone'"}, .save = "seq=/checkpoint/seq"},
    {"withdrawn", AS_ATTENDEE, "PUT", "/v1/me/consent", "{}", .status = 200},
    {"it is taken away", AS_MEMBER, "GET", S "/attendees/pull?limit=500&seq=${seq}", .status = 200,
     .contains = {"{'id':'${attendee.row}','_deleted':true}"}, .absent = {"display_name"}},
    {"organizers have it all the while", AS_ORGANIZER, "GET", S "/attendees/pull?limit=500", .status = 200,
     .contains = {"'id':'${attendee.row}'"}},
    {"a stream says where it stands", AS_MEMBER, "GET", S "/stream", .status = 200,
     .contains = {"event: resync\ndata: {'seq':"}, .head = {"Content-Type: text/event-stream"}},
    {"nobody streams", AS_NOBODY, "GET", S "/stream", .status = 401},
    {"nor a revoked phone", AS_REVOKED, "GET", S "/stream", .status = 401},
    {0},
};

/* --- pages of any size make one whole --- */

static void add_page(struct harness *h, const struct local_reply *reply, json_t *all, int limit, bool *more)
{
    json_t *page = json_loadb(reply->body.ptr, reply->body.len, 0, NULL), *change;
    json_t *list = json_object_get(page, "changes");
    size_t i;
    json_array_foreach(list, i, change)
    {
        const char *id = json_string_value(json_object_get(json_object_get(change, "document"), "id"));
        if (json_is_true(json_object_get(json_object_get(change, "document"), "_deleted")))
            continue; /* later pages cannot know that the first one held nothing of it */
        const char *key =
            arena_printf(&h->scratch, "%s/%s", json_string_value(json_object_get(change, "collection")), id);
        assert_null(json_object_get(all, key)); /* each once */
        json_object_set(all, key, json_object_get(change, "document"));
    }
    *more = json_is_true(json_object_get(page, "more"));
    assert_true(!*more || (int)json_array_size(list) == limit);
    json_decref(page);
}

static json_t *pull_all(struct harness *h, enum actor as, int limit)
{
    json_t *all = json_object();
    const char *seq = "0";
    for (bool more = true; more;) {
        const struct scenario s = {"a page", as, "GET",
                                   arena_printf(&h->scratch, S "/pull?limit=%d&seq=%s", limit, seq)};
        struct local_reply reply = harness_send(h, &s, &h->scratch);
        assert_int_equal(reply.status, 200);
        add_page(h, &reply, all, limit, &more);
        seq = harness_at(h, &reply, "/checkpoint/seq");
    }
    return all;
}

static void pages_of_any_size_are_one_whole(void **state)
{
    static const enum actor people[] = {AS_MEMBER, AS_ORGANIZER, AS_ATTENDEE};
    static const int sizes[] = {7, 100, 499};
    for (size_t p = 0; p < COUNT(people); p++) {
        json_t *whole = pull_all(*state, people[p], 500);
        assert_true(json_object_size(whole) > 50);
        for (size_t i = 0; i < COUNT(sizes); i++) {
            json_t *pages = pull_all(*state, people[p], sizes[i]);
            assert_true(json_equal(whole, pages));
            json_decref(pages);
        }
        json_decref(whole);
    }
}

/* Every collection, to everybody: for the contract's check of the replies. */
static void every_collection_can_be_pulled(void **state)
{
    struct harness *h = *state;
    static const enum actor people[] = {AS_ATTENDEE, AS_MEMBER, AS_LEAD, AS_STAFF, AS_ORGANIZER, AS_ADMIN};
    const struct scenario s = {"info", AS_MEMBER, "GET", S "/info"};
    struct local_reply reply = harness_send(h, &s, &h->scratch);
    for (int i = 0; i < 32; i++) {
        const char *name = harness_at(h, &reply, arena_printf(&h->scratch, "/collections/%d", i));
        for (size_t p = 0; name && p < COUNT(people); p++) {
            const struct scenario pull = {name, people[p], "GET",
                                          arena_printf(&h->scratch, S "/%s/pull?limit=500", name)};
            assert_int_equal(harness_send(h, &pull, &h->scratch).status, 200);
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_of_any_size_are_one_whole),
        cmocka_unit_test(every_collection_can_be_pulled),
        {0},
    };
    return harness_run(&(struct suite){
        .name = "sync", .scenarios = {info, pulls, changes, drafts, consent}, .tests = tests});
}
