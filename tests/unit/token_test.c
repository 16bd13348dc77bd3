/* Access tokens: what is issued reads back; times, shapes, sizes, and rotation beside it all. */
#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>

#include "token_forge.h"

/* ---- round trip ---- */

static void round_trip(void **state)
{
    struct fixture *f = *state;
    for (enum role role = ROLE_ATTENDEE; role < ROLE_COUNT; role++) {
        struct claims got;
        f->claims.role = role;
        assert_int_equal(token_verify(f->keys, issue(f, &f->claims), NOW, &got), TOKEN_OK);
        assert_memory_equal(&got, &f->claims, sizeof got);
    }
}

static void absent_event_and_team(void **state)
{
    struct fixture *f = *state;
    struct claims got, want = {.sub = SUB, .jti = JTI, .role = ROLE_ORGANIZER, .iat = NOW, .exp = NOW + 1};
    struct str token = issue(f, &want);
    assert_int_equal(token_verify(f->keys, token, NOW, &got), TOKEN_OK);
    assert_memory_equal(&got, &want, sizeof got);
    unsigned char payload[1024] = {0};
    size_t len;
    str_split(&token, '.');
    assert_true(text_decode_base64url(str_split(&token, '.'), payload, sizeof payload - 1, &len));
    assert_null(strstr((char *)payload, "evt"));
    assert_null(strstr((char *)payload, "team"));
}

static void forger_can_forge(void **state) /* else the refusals below would prove nothing */
{
    struct fixture *f = *state;
    assert_result(f, forge(f, GOOD), NOW, TOKEN_OK);
    assert_result(f, forge(f, "{" WHO "," IDS "," ROLE "," TIMES ",\"new\":[[[\"[[[[[[\\\"[[[\"]]]}"), NOW,
                  TOKEN_OK);
}

static void issue_refuses_what_verify_would(void **state)
{
    struct fixture *f = *state;
    struct claims c[13];
    struct buf out;
    for (int i = 0; i < 13; i++)
        c[i] = f->claims;
    c[0].sub[0] = '\0';
    c[1].sub[0] = 'X';
    c[2].jti[35] = '\0';
    c[3].evt[0] = '\'';
    c[4].team[35] = '-';
    c[5].role = ROLE_NONE;
    c[6].role = ROLE_COUNT;
    c[7].ver = -1;
    c[8].iat = -1;
    c[9].exp = c[9].iat;
    c[10].exp = c[10].iat + TOKEN_MAX_AGE + 1;
    c[11].role = ROLE_ADMIN;
    c[11].exp = c[11].iat + TOKEN_MAX_AGE_ADMIN + 1;
    c[12].exp = INT64_MAX;
    buf_init(&out, &f->arena, 0);
    for (int i = 0; i < 13; i++)
        assert_int_equal(token_issue(f->keys, &c[i], &out), -1);
    assert_int_equal(out.len, 0);
    c[11].exp--;
    assert_int_equal(token_issue(f->keys, &c[11], &out), 0);
    out.failed = true; /* memory ran out earlier on */
    assert_int_equal(token_issue(f->keys, &c[11], &out), -1);
}

static void unusable_key_is_not_learned(void **state)
{
    (void)state;
    char pem[] = "-----BEGIN PRIVATE KEY-----\nMA==\n-----END PRIVATE KEY-----\n";
    struct signing_key key = {.kid = "20151201000000-abcdef", .private_pem = pem};
    assert_int_equal(token_learn_header(&key), -1);
    assert_int_equal(key.header_len, 0);
}

/* ---- time ---- */

static void times(void **state)
{
    struct fixture *f = *state;
    struct str token = issue(f, &f->claims);
    assert_result(f, token, NOW + 899, TOKEN_OK);
    assert_result(f, token, NOW + 900, TOKEN_EXPIRED);
    assert_result(f, token, INT64_MAX, TOKEN_EXPIRED);
    assert_result(f, token, NOW - TOKEN_SKEW, TOKEN_OK);
    assert_result(f, token, NOW - TOKEN_SKEW - 1, TOKEN_BAD);
    assert_result(f, token, 0, TOKEN_BAD);
    assert_result(f, token, INT64_MIN, TOKEN_BAD);
}

static void life_has_a_limit(void **state)
{
    struct fixture *f = *state;
    assert_bad(f, forge(f, "{" WHO "," IDS "," ROLE ",\"ver\":3,\"iat\":1449000000,\"exp\":1449000901}"));
    assert_bad(
        f, forge(f, "{" WHO "," IDS ",\"role\":\"admin\",\"ver\":3,\"iat\":1449000000,\"exp\":1449086401}"));
    assert_result(
        f, forge(f, "{" WHO "," IDS ",\"role\":\"admin\",\"ver\":3,\"iat\":1449000000,\"exp\":1449086400}"),
        NOW, TOKEN_OK);
}

/* ---- shape ---- */

static void other_shapes(void **state)
{
    struct fixture *f = *state;
    struct str good = issue(f, &f->claims);
    const char *header = keys_newest(f->keys)->header;
    const char *t = arena_strndup(&f->arena, good.ptr, good.len);
    const char *signature = strrchr(t, '.') + 1;
    int unsigned_len = (int)(signature - t);
    const char *bad[] = {
        "",
        ".",
        "..",
        "...",
        "x",
        header,
        arena_printf(&f->arena, "%s.", header),
        arena_printf(&f->arena, "%s..", header),
        arena_printf(&f->arena, "%s..%s", header, signature),
        arena_printf(&f->arena, "%.*s", unsigned_len - 1, t),
        arena_printf(&f->arena, "%.*s", unsigned_len, t),
        arena_printf(&f->arena, "%s.", t),
        arena_printf(&f->arena, "%s.x", t),
        arena_printf(&f->arena, ".%s", t),
        arena_printf(&f->arena, " %s", t),
        arena_printf(&f->arena, "%s ", t),
        arena_printf(&f->arena, "%s=", t),
        arena_printf(&f->arena, "%s==", t),
        arena_printf(&f->arena, "%.*s=.%s", unsigned_len - 1, t, signature),
        arena_printf(&f->arena, "%.*sAA", (int)good.len, t),
        arena_printf(&f->arena, "%.*sAAAA.%s", unsigned_len - 1, t, signature),
        arena_printf(&f->arena, "%.*s+/%s", unsigned_len, t, signature + 2),
        arena_printf(&f->arena, "%.*s%.84s\xc3\xa9", unsigned_len, t, signature),
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_bad(f, str_of(bad[i]));
    assert_bad(f, (struct str){0});
    assert_bad(f, STR("\0\0\0"));
    for (size_t len = 0; len < good.len; len++)
        assert_bad(f, (struct str){good.ptr, len});
}

static void every_changed_byte_is_noticed(void **state)
{
    struct fixture *f = *state;
    struct str good = issue(f, &f->claims);
    char *t = arena_strndup(&f->arena, good.ptr, good.len);
    for (size_t i = 0; i < good.len; i++) {
        const char was = t[i];
        t[i] = was == 'A' ? 'B' : 'A';
        assert_bad(f, (struct str){t, good.len});
        t[i] = '\0';
        assert_bad(f, (struct str){t, good.len});
        t[i] = was;
    }
    assert_result(f, (struct str){t, good.len}, NOW, TOKEN_OK);
}

static void signature_of_zeros(void **state)
{
    struct fixture *f = *state;
    struct str good = issue(f, &f->claims);
    char *t = arena_strndup(&f->arena, good.ptr, good.len);
    memset(strrchr(t, '.') + 1, 'A', 86); /* r = s = 0, which broken verifiers take */
    assert_bad(f, (struct str){t, good.len});
}

/* Bodies of a given size, made of one long claim that would be ignored. */
static struct str padded(struct fixture *f, size_t json_len)
{
    char *fill = arena_alloc(&f->arena, json_len);
    size_t have = strlen(GOOD) + strlen(",\"pad\":\"\"");
    memset(fill, 'x', json_len);
    fill[json_len - have] = '\0';
    return forge(f, arena_printf(&f->arena, "{" WHO "," IDS "," ROLE "," TIMES ",\"pad\":\"%s\"}", fill));
}

static void size_limits(void **state)
{
    struct fixture *f = *state;
    assert_result(f, padded(f, TOKEN_MAX_PAYLOAD), NOW, TOKEN_OK);
    assert_bad(f, padded(f, TOKEN_MAX_PAYLOAD + 1));
    char *long_one = arena_alloc(&f->arena, 4096);
    struct str good = issue(f, &f->claims);
    memset(long_one, 'A', 4096);
    memcpy(long_one, good.ptr, good.len);
    assert_bad(f, (struct str){long_one, TOKEN_MAX_LEN});
    assert_bad(f, (struct str){long_one, TOKEN_MAX_LEN + 1});
    assert_bad(f, (struct str){long_one, SIZE_MAX}); /* refused before a byte is read */
}

/* ---- keys ---- */

static void other_servers_key(void **state)
{
    struct fixture *f = *state;
    struct fixture other = {0};
    struct buf out;
    arena_init(&other.arena, NULL, 0);
    assert_int_equal(temp_make(&other.t), 0);
    other.keys = keys_open(other.t.path, other.why);
    assert_non_null(other.keys);
    assert_bad(f, issue(&other, &f->claims));
    buf_init(&out, &f->arena, 4096); /* our header over their signature */
    buf_puts(&out, keys_newest(f->keys)->header);
    buf_char(&out, '.');
    buf_base64url(&out, GOOD, strlen(GOOD));
    add_signature(&out, keys_newest(other.keys)->private_pem);
    assert_bad(f, buf_view(&out));
    keys_close(other.keys);
    temp_remove(&other.t);
    arena_finish(&other.arena);
}

static void rotation_keeps_old_tokens(void **state)
{
    struct fixture *f = *state;
    char kid[KEYS_KID];
    struct str before = issue(f, &f->claims);
    assert_int_equal(keys_rotate(f->keys, kid, f->why), 0);
    struct str after = issue(f, &f->claims);
    assert_false(str_starts(after, arena_printf(&f->arena, "%.*s", (int)before.len, before.ptr)));
    assert_result(f, before, NOW, TOKEN_OK);
    assert_result(f, after, NOW, TOKEN_OK);
    keys_close(f->keys);
    f->keys = keys_open(f->t.path, f->why);
    assert_non_null(f->keys);
    assert_result(f, before, NOW, TOKEN_OK);
    assert_result(f, after, NOW, TOKEN_OK);
}

struct race {
    struct keys *keys;
    const struct claims *claims;
    atomic_bool stop;
    atomic_int good, bad;
};

static void *issue_and_verify(void *arg)
{
    struct race *race = arg;
    struct arena arena;
    struct claims got;
    struct buf out;
    while (!atomic_load(&race->stop)) {
        arena_init(&arena, NULL, 0);
        buf_init(&out, &arena, 0);
        bool good = token_issue(race->keys, race->claims, &out) == 0 &&
                    token_verify(race->keys, buf_view(&out), NOW, &got) == TOKEN_OK;
        atomic_fetch_add(good ? &race->good : &race->bad, 1);
        arena_finish(&arena);
    }
    return NULL;
}

static void rotation_under_load_refuses_nobody(void **state)
{
    struct fixture *f = *state;
    struct race race = {.keys = f->keys, .claims = &f->claims};
    pthread_t threads[3];
    char kid[KEYS_KID];
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, issue_and_verify, &race);
    for (int i = 0; i < 50; i++)
        assert_int_equal(keys_rotate(f->keys, kid, f->why), 0);
    atomic_store(&race.stop, true);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(race.bad, 0);
    assert_true(race.good > 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(round_trip),
        TEST(absent_event_and_team),
        TEST(forger_can_forge),
        TEST(issue_refuses_what_verify_would),
        TEST(unusable_key_is_not_learned),
        TEST(times),
        TEST(life_has_a_limit),
        TEST(other_shapes),
        TEST(every_changed_byte_is_noticed),
        TEST(signature_of_zeros),
        TEST(size_limits),
        TEST(other_servers_key),
        TEST(rotation_keeps_old_tokens),
        TEST(rotation_under_load_refuses_nobody),
    };
    json_object_seed(0);
    return cmocka_run_group_tests_name("token", tests, NULL, NULL);
}
