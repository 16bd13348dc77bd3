/* keys.c - `convened keys rotate`, `convened keys seal-pair`. */
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "base/seal.h"
#include "cli/cli.h"

/* Nothing of it stays here: the secret one belongs on paper, or on a stick in a drawer. */
static int seal_pair(void)
{
    struct seal_pair pair;
    char public[SEAL_TEXT], secret[SEAL_TEXT];
    if (sodium_init() < 0)
        return cli_fail("libsodium does not start");
    seal_pair_make(&pair);
    sodium_bin2hex(public, sizeof public, pair.public, SEAL_KEY);
    sodium_bin2hex(secret, sizeof secret, pair.secret, SEAL_KEY);
    printf("public %s\nsecret %s\n", public, secret);
    sodium_memzero(&pair, sizeof pair);
    sodium_memzero(secret, sizeof secret);
    return CLI_OK;
}

int cli_keys(const struct config *c)
{
    if (c->n_args == 1 && !strcmp(c->args[0], "seal-pair"))
        return seal_pair();
    if (c->n_args != 1 || strcmp(c->args[0], "rotate"))
        return cli_usage("keys takes: rotate or seal-pair");
    json_t *reply = cli_must(c, "POST", "/v1/keys/rotate", NULL);
    if (!reply)
        return CLI_FAILED;
    printf("new signing key %s\n", json_string_value(json_object_get(reply, "kid")));
    json_decref(reply);
    return CLI_OK;
}
