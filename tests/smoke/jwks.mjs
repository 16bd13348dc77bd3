// jwks.mjs - an independent library must take our tokens by our public keys, and nothing that was tampered with.
//
// Environment: CONVENED_URL (http://127.0.0.1:8080), CONVENED_TOKEN (an access token of that server).
// Prints TAP. Exit code 1 when a check failed. Node >= 18, jose 5 (tests/package.json).
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, generateKeyPair, jwtVerify, SignJWT } from 'jose';

const url = process.env.CONVENED_URL;
const token = process.env.CONVENED_TOKEN;
const expected = { issuer: 'convened', audience: 'convened', algorithms: ['ES256'] };

if (!url || !token) {
    console.log('Bail out! CONVENED_URL and CONVENED_TOKEN must be set');
    process.exit(1);
}

let count = 0;
let failures = 0;

async function check(name, body) {
    count += 1;
    try {
        await body();
        console.log(`ok ${count} - ${name}`);
    } catch (error) {
        failures += 1;
        console.log(`not ok ${count} - ${name}`);
        console.log(`# ${String(error?.message ?? error).replaceAll('\n', '\n# ')}`);
    }
}

function assert(condition, message) {
    if (!condition) throw new Error(message);
}

// The refusal must be for the reason that the check is about: a network or type error proves nothing.
async function assertRefused(jwt, code, options = expected) {
    let error;
    try {
        await jwtVerify(jwt, keys, options);
    } catch (caught) {
        error = caught;
    }
    assert(error, 'was accepted');
    assert(code.includes(error.code), `refused as ${error.code}, not ${code.join(' or ')}: ${error.message}`);
}

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const [header, payload, signature] = token.split('.');
const BAD_SIGNATURE = ['ERR_JWS_SIGNATURE_VERIFICATION_FAILED'];

let set = { keys: [] };
let keys = createLocalJWKSet(set);

await check('the key set is served as JSON', async () => {
    const reply = await fetch(new URL('/.well-known/jwks.json', url), { signal: AbortSignal.timeout(10_000) });
    assert(reply.status === 200, `status ${reply.status}`);
    const type = reply.headers.get('content-type') ?? '';
    assert(/^application\/(jwk-set\+)?json\b/.test(type), `content type ${type}`);
    set = await reply.json();
    assert(Array.isArray(set.keys) && set.keys.length > 0, 'it holds no keys');
    keys = createLocalJWKSet(set);
});

await check('each key is a public P-256 key with a kid of its own', async () => {
    for (const key of set.keys) {
        const members = Object.keys(key).sort().join(' ');
        assert(members === 'alg crv kid kty use x y', `members: ${members}`);
        const kind = `${key.kty} ${key.crv} ${key.alg} ${key.use}`;
        assert(kind === 'EC P-256 ES256 sig', kind);
        for (const name of ['x', 'y'])
            assert(Buffer.from(key[name], 'base64url').length === 32, `${key.kid}: ${name} is not 32 bytes`);
    }
    assert(new Set(set.keys.map((key) => key.kid)).size === set.keys.length, 'a kid occurs twice');
});

await check('the token verifies', async () => {
    const { payload: claims, protectedHeader } = await jwtVerify(token, keys, expected);
    assert(protectedHeader.alg === 'ES256', protectedHeader.alg);
    for (const name of ['sub', 'jti', 'role']) assert(typeof claims[name] === 'string', `claim ${name}`);
    for (const name of ['ver', 'iat', 'exp']) assert(Number.isInteger(claims[name]), `claim ${name}`);
});

await check('its header names a key of the set and nothing that could lead elsewhere', async () => {
    const names = decodeProtectedHeader(token);
    assert(Object.keys(names).sort().join(' ') === 'alg kid typ', Object.keys(names).join(' '));
    assert(set.keys.some((key) => key.kid === names.kid), `kid ${names.kid} is not in the set`);
});

await check('a token with another role is refused', async () => {
    const claims = { ...decodeJwt(token), role: 'admin', tampered: true };
    await assertRefused(`${header}.${encode(claims)}.${signature}`, BAD_SIGNATURE);
});

await check('a token with a changed signature is refused', async () => {
    const bytes = Buffer.from(signature, 'base64url');
    bytes[10] ^= 1;
    await assertRefused(`${header}.${payload}.${bytes.toString('base64url')}`, BAD_SIGNATURE);
});

await check('a token without a signature is refused', async () => {
    await assertRefused(`${header}.${payload}.`, BAD_SIGNATURE);
});

await check('alg none is refused', async () => {
    const none = encode({ ...decodeProtectedHeader(token), alg: 'none' });
    await assertRefused(`${none}.${payload}.`, ['ERR_JOSE_ALG_NOT_ALLOWED']);
});

await check('a token that somebody else signed under our kid is refused', async () => {
    const { privateKey } = await generateKeyPair('ES256');
    const forged = await new SignJWT(decodeJwt(token))
        .setProtectedHeader(decodeProtectedHeader(token))
        .sign(privateKey);
    await assertRefused(forged, BAD_SIGNATURE);
});

await check('another issuer or audience would be refused', async () => {
    await assertRefused(token, ['ERR_JWT_CLAIM_VALIDATION_FAILED'], { ...expected, issuer: 'other' });
    await assertRefused(token, ['ERR_JWT_CLAIM_VALIDATION_FAILED'], { ...expected, audience: 'other' });
});

await check('the token ends', async () => {
    const { iat, exp, role } = decodeJwt(token);
    assert(exp - iat <= (role === 'admin' ? 86400 : 900), `lives ${exp - iat} s`);
    await assertRefused(token, ['ERR_JWT_EXPIRED'], { ...expected, currentDate: new Date(exp * 1000) });
});

console.log(`1..${count}`);
process.exitCode = failures ? 1 : 0;
