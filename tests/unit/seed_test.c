/* Seed data goes through the API: a second load changes nothing, and what is wrong is named by file and line.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/seed.h"
#include "features/features.h"
#include "http/house.h"
#include "http/local.h"
#include "temp_dir.h"

#include <cmocka.h>

struct fixture {
    struct temp_dir data, seed;
    struct config config;
    struct house *house;
    char why[256];
};

static void write_file(struct fixture *f, const char *name, const char *text)
{
    FILE *file = fopen(temp_path(&f->seed, name), "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static int begin(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    *state = f;
    if (temp_make(&f->data) || temp_make(&f->seed))
        return -1;
    config_defaults(&f->config);
    f->config.data = temp_path(&f->data, "data");
    f->config.data = strdup(f->config.data);
    f->house = house_open(&f->config, features, f->why);
    mkdir(temp_path(&f->seed, "small"), 0700);
    write_file(f, "small/event.json",
               "{\"slug\":\"small\",\"name\":\"Small\",\"kind\":\"meeting\",\"zone\":\"America/Los_Angeles\","
               "\"starts_at\":\"2015-03-08T01:30\",\"ends_at\":\"2015-03-08T09:00\"}");
    write_file(f, "small/rooms.csv", "key,name,capacity\nhall,Hall,20\nattic,Attic,\n");
    write_file(f, "small/sessions.csv",
               "key,title,kind,starts_at,ends_at,room_id\nopen,Opening,plenary,2015-03-08T03:30,2015-03-"
               "08T04:00,hall\n");
    return f->house ? 0 : -1;
}

static int end(void **state)
{
    struct fixture *f = *state;
    house_close(f->house);
    free((char *)f->config.data);
    temp_remove(&f->data);
    temp_remove(&f->seed);
    free(f);
    return 0;
}

static bool sees(struct fixture *f, const char *target, const char *text)
{
    struct arena arena;
    struct local_reply reply;
    arena_init(&arena, NULL, 0);
    struct local_call call = {
        .method = "GET", .target = target, .token = local_admin_token(f->house, &arena)};
    local_call(f->house, &call, &arena, &reply);
    bool found = memmem(reply.body.ptr, reply.body.len, text, strlen(text)) != NULL;
    arena_finish(&arena);
    return found;
}

static void wall_clock_times_become_times_with_offset(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(seed_load(f->house, f->seed.path, f->why), 0);
    assert_true(sees(f, "/v1/events/small", "\"starts_at\":\"2015-03-08T01:30:00-08:00\""));
    assert_true(sees(f, "/v1/events/small",
                     "\"ends_at\":\"2015-03-08T09:00:00-07:00\"")); /* the clocks changed at two */
    assert_true(sees(f, "/v1/events/small/sessions", "\"starts_at\":\"2015-03-08T03:30:00-07:00\""));
}

static void a_second_load_changes_nothing(void **state)
{
    struct fixture *f = *state;
    write_file(f, "small/attendees.csv", "key,display_name\nash,Ash (invented)\n");
    write_file(f, "small/check-ins.csv", "key,attendee_id,at,direction\nash-in,ash,2015-03-08T03:30,in\n");
    mkdir(temp_path(&f->seed, "program"), 0700);
    write_file(f, "program/counties.csv", "key,name,tier,tier_since\nmono,Mono,1,2015-10\n");
    write_file(f, "program/tier-changes.csv", "key,tier,tier_since\nmono,2,2015-11\n");
    assert_int_equal(seed_load(f->house, f->seed.path, f->why), 0);
    assert_int_equal(seed_load(f->house, f->seed.path, f->why), 0);
    assert_true(sees(f, "/v1/events/small/check-ins/summary", "\"inside\":1,\"came\":1"));
    assert_true(sees(f, "/v1/program/counties",
                     "[{\"tier\":1,\"since\":\"2015-10\"},{\"tier\":2,\"since\":\"2015-11\"}]"));
    assert_true(sees(f, "/v1/program/counties", "\"revision\":2"));
    assert_false(sees(f, "/v1/program/counties", "\"revision\":3"));
    assert_true(sees(f, "/v1/events/small/rooms", "\"name\":\"Hall\",\"capacity\":20"));
    assert_true(sees(f, "/v1/events/small/rooms", "\"revision\":1"));
    assert_false(sees(f, "/v1/events/small/rooms", "\"revision\":2"));
}

static void refused(struct fixture *f, const char *file, const char *text, const char *says)
{
    write_file(f, file, text);
    assert_int_equal(seed_load(f->house, f->seed.path, f->why), -1);
    if (!strstr(f->why, says) || strchr(f->why, '\n'))
        fail_msg("wanted \"%s\" in: %s", says, f->why);
}

static void what_is_wrong_is_named_by_file_and_line(void **state)
{
    struct fixture *f = *state;
    refused(f, "small/rooms.csv", "name,capacity\nHall,20\n", "rooms.csv:1: the first column must be `key`");
    refused(f, "small/rooms.csv", "key,name,capacity\nhall,Hall,many\n", "rooms.csv:2: refused");
    refused(f, "small/rooms.csv", "key,name,capacity\nhall,Hall\n",
            "rooms.csv:2: the row has another number");
    refused(f, "small/rooms.csv", "key,name,capacity\nhall,\"Hall,20\n", "rooms.csv:2");
    refused(f, "small/event.json", "{\"slug\":\"small\"}", "event.json:1");
    assert_int_equal(seed_load(f->house, temp_path(&f->seed, "nowhere"), f->why), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(wall_clock_times_become_times_with_offset, begin, end),
        cmocka_unit_test_setup_teardown(a_second_load_changes_nothing, begin, end),
        cmocka_unit_test_setup_teardown(what_is_wrong_is_named_by_file_and_line, begin, end),
    };
    return cmocka_run_group_tests_name("seed", tests, NULL, NULL);
}
