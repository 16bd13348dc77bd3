#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/config.h"

enum { WORDS = 12 };

static char why[256];

/* Parses the words up to a NULL. */
static int parse(struct config *c, const char *command, const char *const words[WORDS])
{
    char *argv[WORDS];
    int argc = 0;
    for (; argc < WORDS && words[argc]; argc++)
        argv[argc] = (char *)words[argc];
    why[0] = '\0';
    int rc = config_parse(c, command, argc, argv, why);
    assert_int_equal(rc != 0, *why != '\0');
    assert_null(strchr(why, '\n'));
    return rc;
}

#define PARSE(c, command, ...) parse(c, command, (const char *const[WORDS]){__VA_ARGS__})

static int forget_environment(void **state)
{
    (void)state;
    for (const struct option_row *row = config_options; row->flag; row++)
        if (row->env)
            unsetenv(row->env);
    return 0;
}

static void starts_with_defaults(void **state)
{
    struct config c, defaults;
    (void)state;
    assert_int_equal(PARSE(&c, "serve", NULL), 0);
    config_defaults(&defaults);
    assert_string_equal(c.data, "./data");
    assert_string_equal(c.listen, "127.0.0.1:8080"); /* loopback: nothing is open to the hotel by accident */
    assert_string_equal(c.cors, "");
    assert_int_equal(c.connections, 1024);
    assert_false(c.help);
    assert_int_equal(c.n_args, 0);
    assert_string_equal(defaults.listen, c.listen);
    assert_int_equal(defaults.quota_mb, c.quota_mb);
}

static void reads_options_and_words(void **state)
{
    struct config c;
    (void)state;
    assert_int_equal(PARSE(&c, "serve", "--data", "/srv/x", "--connections=64", "--log", "warn"), 0);
    assert_string_equal(c.data, "/srv/x");
    assert_int_equal(c.connections, 64);
    assert_string_equal(c.log, "warn");
    assert_int_equal(PARSE(&c, "serve", "--data=", "--help"), 0);
    assert_string_equal(c.data, "");
    assert_true(c.help);
    assert_int_equal(PARSE(&c, "organizer", "add", "--name", "Ana B.", "ana@example.org", "-"), 0);
    assert_int_equal(c.n_args, 3);
    assert_string_equal(c.args[1], "ana@example.org");
    assert_string_equal(c.args[2], "-");
    assert_string_equal(c.name, "Ana B.");
    assert_int_equal(PARSE(&c, "serve", "--data", "a", "--data", "b"), 0); /* the last one holds */
    assert_string_equal(c.data, "b");
    assert_int_equal(PARSE(&c, "serve", "--data", "--listen"), 0); /* a value may look like an option */
    assert_string_equal(c.data, "--listen");
}

static void assert_refused(const char *command, const char *names, const char *const words[WORDS])
{
    struct config c;
    if (parse(&c, command, words) != -1 || !strstr(why, names))
        fail_msg("%s %s: %s", command, words[0], why);
}

#define REFUSED(command, names, ...) assert_refused(command, names, (const char *const[WORDS]){__VA_ARGS__})

static void says_what_it_does_not_take(void **state)
{
    (void)state;
    REFUSED("serve", "--no-such", "--no-such");
    REFUSED("serve", "--no-such", "--no-such=1");
    REFUSED("serve", "--dat", "--dat", "x");
    REFUSED("serve", "--team", "--team", "x"); /* another command's */
    REFUSED("serve", "--", "--");
    REFUSED("serve", "--data", "--data");
    REFUSED("serve", "--connections", "--connections", "3");
    REFUSED("serve", "--connections", "--connections", "10001");
    REFUSED("serve", "--connections", "--connections", "");
    REFUSED("serve", "--connections", "--connections", "1e3");
    REFUSED("serve", "--connections", "--connections", " 8");
    REFUSED("serve", "--connections", "--connections", "99999999999999999999");
    REFUSED("organizer", "too many", "a", "b", "c", "d", "e");
}

static void an_address_is_one_address_and_port(void **state)
{
    struct config c;
    (void)state;
    assert_int_equal(PARSE(&c, "serve", "--listen", "0.0.0.0:0", "--metrics-listen", "off"), 0);
    assert_int_equal(PARSE(&c, "serve", "--listen=127.0.0.1:65535", "--metrics-listen="), 0);
    REFUSED("serve", "--listen", "--listen", "nonsense");
    REFUSED("serve", "--listen", "--listen", "8080");
    REFUSED("serve", "--listen", "--listen", "127.0.0.1:");
    REFUSED("serve", "--listen", "--listen", "127.0.0.1:65536");
    REFUSED("serve", "--listen", "--listen", "127.0.0.1:8443s"); /* TLS of the listener's own */
    REFUSED("serve", "--listen", "--listen", "127.0.0.1:1,127.0.0.1:2");
    REFUSED("serve", "--listen", "--listen", "off");
    REFUSED("serve", "--listen", "--listen", "");
    REFUSED("serve", "--metrics-listen", "--metrics-listen", "on");
}

static void a_public_url_is_what_stands_on_paper(void **state)
{
    struct config c;
    char longest[300] = "https://";
    (void)state;
    assert_int_equal(PARSE(&c, "serve", NULL), 0);
    assert_string_equal(c.public_url, "");
    assert_int_equal(PARSE(&c, "demo", "--public-url", "https://convened.example.org/day"), 0);
    assert_string_equal(c.public_url, "https://convened.example.org/day");
    assert_int_equal(PARSE(&c, "serve", "--public-url=http://[::1]:8080"), 0);
    REFUSED("serve", "--public-url", "--public-url", "convened.example.org");
    REFUSED("serve", "--public-url", "--public-url", "https://");
    REFUSED("serve", "--public-url", "--public-url", "https:///day");
    REFUSED("serve", "--public-url", "--public-url", "https://convened.example.org/");
    REFUSED("serve", "--public-url", "--public-url", "https://convened.example.org?x");
    REFUSED("serve", "--public-url", "--public-url", "https://convened.example.org#x");
    REFUSED("serve", "--public-url", "--public-url", "https://a<b>");
    REFUSED("serve", "--public-url", "--public-url", "javascript:alert(1)");
    memset(longest + strlen(longest), 'x', 201 - strlen(longest));
    REFUSED("serve", "--public-url", "--public-url", longest);
}

static void long_words_are_cut(void **state)
{
    char word[4000];
    (void)state;
    memset(word, 'x', sizeof word);
    memcpy(word, "--", 2);
    word[sizeof word - 1] = '\0';
    REFUSED("serve", "--xxx", word);
    REFUSED("serve", "--connections", "--connections", word);
    assert_true(strlen(why) < 200);
}

static void the_environment_comes_before_the_words(void **state)
{
    struct config c;
    (void)state;
    setenv("CONVENED_DATA", "/srv/env", 1);
    setenv("CONVENED_CONNECTIONS", "77", 1);
    assert_int_equal(PARSE(&c, "serve", NULL), 0);
    assert_string_equal(c.data, "/srv/env");
    assert_int_equal(c.connections, 77);
    assert_int_equal(PARSE(&c, "serve", "--data", "/srv/word"), 0);
    assert_string_equal(c.data, "/srv/word");
    setenv("CONVENED_CONNECTIONS", "many", 1);
    REFUSED("serve", "--connections", NULL);
    assert_int_equal(PARSE(&c, "seed", NULL), 0); /* which does not take it */
    assert_string_equal(c.data, "/srv/env");
}

static void knows_who_takes_what(void **state)
{
    const struct option_row row = {.flag = "--x", .commands = "serve demo"},
                            all = {.flag = "--y", .commands = "*"};
    (void)state;
    assert_true(config_takes(&row, "serve") && config_takes(&row, "demo"));
    assert_false(config_takes(&row, "serv") || config_takes(&row, "serve demo") || config_takes(&row, ""));
    assert_true(config_takes(&all, "anything"));
}

/* Of each row: its default is one that it takes, its name and variable are its own, its help is there. */
static void the_table_holds_together(void **state)
{
    (void)state;
    for (const struct option_row *row = config_options; row->flag; row++) {
        struct config c;
        char command[64];
        snprintf(command, sizeof command, "%.*s", (int)strcspn(row->commands, " "), row->commands);
        assert_true(row->help && *row->help && row->offset < sizeof c);
        if (row->value && parse(&c, *command == '*' ? "serve" : command,
                                (const char *const[WORDS]){row->flag, row->preset}))
            fail_msg("%s: %s", row->flag, why);
        for (const struct option_row *other = config_options; other < row; other++) {
            assert_string_not_equal(other->flag, row->flag);
            assert_true(!row->env || !other->env || strcmp(row->env, other->env) != 0);
            assert_int_not_equal(other->offset, row->offset);
        }
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, forget_environment, forget_environment)
    const struct CMUnitTest tests[] = {
        TEST(starts_with_defaults),
        TEST(reads_options_and_words),
        TEST(says_what_it_does_not_take),
        TEST(an_address_is_one_address_and_port),
        TEST(a_public_url_is_what_stands_on_paper),
        TEST(long_words_are_cut),
        TEST(the_environment_comes_before_the_words),
        TEST(knows_who_takes_what),
        TEST(the_table_holds_together),
    };
    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
