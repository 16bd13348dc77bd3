// hostile_input_test.mjs - tokens, paths, queries and bodies that mean harm, against the binary with ASan and UBSan.
//
// Prints TAP. Node >= 18, no packages.
import { createHmac, createPublicKey } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { against } from './hostile.mjs';
import { check, done, get, head, same, serve, settle, test } from './lib.mjs';

const server = await serve({ args: ['--connections', '64'] });
const { refused, served, unharmed } = against(server);
const { token, event } = await settle(server);
const rooms = '/v1/events/smoke/rooms';
const bearer = { Authorization: `Bearer ${token}` };
const encode = (value) => Buffer.from(value).toString('base64url');

// --- tokens ---------------------------------------------------------------------------------------

const [first, second, third] = token.split('.');
const { kid } = JSON.parse(Buffer.from(first, 'base64url'));
const claims = JSON.parse(Buffer.from(second, 'base64url'));
const authorization = (value) => head('GET', '/v1/events', { Authorization: value });
const parts = (...all) => authorization(`Bearer ${all.join('.')}`);
const withHeader = (fields, body = second, signature = third) => parts(encode(JSON.stringify(fields)), body, signature);
const notToken = (name, request) => refused(name, request, 401);

await served('a good token is taken', parts(token), 200);
await notToken('no token', head('GET', '/v1/events'));
await notToken('a nested header of 2.7 KB', parts(encode('['.repeat(1990)), second, third));
await notToken('a nested header of 1.5 KB', parts(encode('{"":'.repeat(220)), second.slice(0, 100), third));
await notToken('a nested header of 12 KB', parts(encode('['.repeat(9000)), 'x', 'x'));
await notToken('nesting beside good names',
    withHeader({ alg: 'ES256', kid, typ: 'JWT', x: JSON.parse('['.repeat(300) + ']'.repeat(300)) }));
await notToken('a nested payload of 1.2 KB', parts(first, encode('['.repeat(900)), third));
await notToken('a nested payload of 10 KB', parts(first, encode('{"a":'.repeat(1500)), third));
for (const alg of ['none', 'None', 'nOnE', '', null, 'HS256', 'RS256', 'ES384', 'EdDSA', 'ES256 ', ['ES256'], { a: 1 }])
    await notToken(`alg ${JSON.stringify(alg)}`, withHeader({ alg, kid, typ: 'JWT' }));
await notToken('alg none without a signature', withHeader({ alg: 'none', kid, typ: 'JWT' }, second, ''));
await notToken('alg none with the signature', withHeader({ alg: 'none', typ: 'JWT' }));
await test('our public key as an HMAC secret', async () => {
    const { keys } = await (await get(`${server.url}/.well-known/jwks.json`)).json();
    const key = createPublicKey({ key: keys[0], format: 'jwk' });
    for (const secret of [key.export({ type: 'spki', format: 'pem' }), key.export({ type: 'spki', format: 'der' }), JSON.stringify(keys[0])]) {
        const signed = `${encode(JSON.stringify({ alg: 'HS256', kid, typ: 'JWT' }))}.${second}`;
        const mac = createHmac('sha256', secret).update(signed).digest('base64url');
        const reply = await get(`${server.url}/v1/events`, { headers: { Authorization: `Bearer ${signed}.${mac}` } });
        same(reply.status, 401, 'status');
    }
});
for (const bad of ['', '../secrets/x', '../../../../etc/passwd', `${kid}/../${kid}`, `${kid}\0`, "' OR 1=1 --", 'a'.repeat(1000), 0, null, [kid]])
    await notToken(`kid ${JSON.stringify(bad).slice(0, 40)}`, withHeader({ alg: 'ES256', kid: bad, typ: 'JWT' }));
await notToken('no kid', withHeader({ alg: 'ES256', typ: 'JWT' }));
await notToken('a key in the header', withHeader({ alg: 'ES256', kid, typ: 'JWT', jwk: { kty: 'EC' }, jku: 'http://example.org/' }));
await notToken('another order of the same header', withHeader({ typ: 'JWT', kid, alg: 'ES256' }));
await notToken('an empty signature', parts(first, second, ''));
await notToken('a signature of zeros', parts(first, second, encode(Buffer.alloc(64))));
await notToken('a signature of 10 KB', parts(first, second, 'A'.repeat(10_000)));
await notToken('a signature of one byte', parts(first, second, 'AA'));
await notToken('two parts', parts(first, second));
await notToken('four parts', parts(first, second, third, third));
await notToken('dots alone', parts('', '', '', '', ''));
await notToken('raised to admin', parts(first, encode(JSON.stringify({ ...claims, role: 'admin' })), third));
await notToken('a claim twice', parts(first, encode(`${JSON.stringify(claims).slice(0, -1)},"role":"admin"}`), third));
await notToken('no longer ends', parts(first, encode(JSON.stringify({ ...claims, exp: '9' })), third));
await notToken('not base64url', parts(first, second, `${third.slice(0, -4)}+/==`));
await notToken('bytes above 127', authorization(`Bearer ${first}.\u00ff\u00fe.${third}`));
await notToken('another scheme', authorization(`Basic ${token}`));
await notToken('no scheme', authorization(token));
await notToken('nothing behind the scheme', authorization('Bearer '));
await refused('a token in the URL', head('GET', `/v1/events?access_token=${token}`), [400, 401]);

// --- paths and queries ----------------------------------------------------------------------------

const path = (target) => head('GET', target, bearer);
for (const target of ['/v1/events/smoke%00', '/v1/%00events', '/v1/events/%0d%0aX-Evil:%201', '/v1/events/%0aSet-Cookie:a', '/v1/events%2fsmoke',
    '/v1/events/smoke%2Frooms', '/v1/events/%', '/v1/events/%2', '/v1/events/%zz', '/v1/events/%ff', '/v1/events/%c0%af', '/v1/events/%ed%a0%80',
    '/v1/events/%7f'])
    await refused(`path ${target}`, path(target), [400, 404], (got) =>
        check(!('x-evil' in got.replies[0].headers) && !('set-cookie' in got.replies[0].headers), 'a header was smuggled'));
for (const target of ['/v1/events/../events', '/v1/./events', '/v1//events', '//', '/', '/v1/events/', '/%2e%2e/%2e%2e/etc/passwd', '/../../etc/passwd',
    '/convened.db', '/v1/events/smoke%20', `/v1/events/${'a'.repeat(500)}`, '/V1/events', '/v1/events;a=b', '/metrics'])
    await refused(`path ${target.slice(0, 60)}`, path(target), [400, 404]);
await served('escapes that mean letters are read', path('/v1/events/%73m%6Fke'), 200);
await refused('a path of 5 KB', path(`/v1/events/${'a'.repeat(5000)}`), 414);
await refused('a query of 5 KB', path(`/v1/events?cursor=${'a'.repeat(5000)}`), 414);
for (const query of ['limit=501', 'limit=0', 'limit=-1', 'limit=', 'limit=abc', 'limit=1e2', 'limit=99999999999999999999', 'limit=+5', 'limit=0x10', 'limit=5%00',
    'cursor=x', 'cursor=%00', 'cursor=AAAA', `cursor=${encode('["a"]')}`, `cursor=${encode('{"a":1}')}`, `cursor=${encode('['.repeat(900))}`, `cursor=${'A'.repeat(3000)}`,
    'cursor=%', 'cursor=%ff', 'unknown=1', 'limit=5&unknown', '=', 'limit=5&=', 'limit=1&limit=501'])
    await refused(`query ${query.slice(0, 40)}`, path(`${rooms}?${query}`), 400);
await served('the largest limit', path(`${rooms}?limit=500`), 200);

// --- bodies ---------------------------------------------------------------------------------------

function post(body, headers = {}, target = rooms) {
    const bytes = Buffer.from(body);
    const all = { ...bearer, 'Content-Type': 'application/json', 'Content-Length': bytes.length, ...headers };
    for (const [name, value] of Object.entries(all)) if (value === undefined) delete all[name];
    return Buffer.concat([Buffer.from(head('POST', target, all)), bytes]);
}

const room = (fields) => post(JSON.stringify({ name: 'R', ...fields }));
const MIB = 1024 * 1024;
const chunk = (size) => Buffer.concat([Buffer.from(`${size.toString(16)}\r\n`), Buffer.alloc(size, 0x20), Buffer.from('\r\n')]);
const chunkedHead = head('POST', rooms, { ...bearer, 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' });

await refused('a body of 1 MiB and a byte', post(Buffer.alloc(MIB + 1, 0x20)), 413);
await refused('the same, announced alone', post('', { 'Content-Length': MIB + 1 }), 413, (got) =>
    check(got.ms < 1000, `it took ${got.ms} ms`));
await refused('the same in chunks', [chunkedHead, chunk(MIB / 2), chunk(MIB / 2), chunk(1), '0\r\n\r\n'], 413);
await refused('one chunk of 100 MB, announced alone', [chunkedHead, '5f5e100\r\n', Buffer.alloc(2 * MIB, 0x20)], 413);
await refused('10 GB announced', post('{}', { 'Content-Length': 10_000_000_000 }), 413);
await refused('a GET with 10 GB behind it', head('GET', '/v1/nothing', { 'Content-Length': 10_000_000_000 }), 404);
await served('a body of 1 MiB', post(`{"name":"Wide"${' '.repeat(MIB - 15)}}`), 201);
await refused('33 deep in objects', post(`${'{"a":'.repeat(33)}1${'}'.repeat(33)}`), 400, (got, body) => check(/deep/.test(body.detail), body.detail));
await refused('33 deep in arrays', post(`${'['.repeat(33)}${']'.repeat(33)}`), 400, (got, body) => check(/deep/.test(body.detail), body.detail));
await refused('32 deep is not too deep', post(`{"name":${'['.repeat(31)}${']'.repeat(31)}}`), 422);
await refused('100,000 deep', post('['.repeat(100_000)), 400);
await refused('100,000 deep in objects', post('{"a":'.repeat(100_000)), 400);
await refused('depth behind a quote that does not end', post(`"${'['.repeat(100_000)}`), 400);
await refused('depth behind escaped quotes', post(`{"\\"\\\\":${'['.repeat(100_000)}`), 400);
for (const [name, body] of [['a key twice', '{"name":"a","name":"b"}'], ['a key twice, one escaped', '{"name":"a","n\\u0061me":"b"}'],
    ['a lone high surrogate', '{"name":"\\ud800"}'], ['a lone low surrogate', '{"name":"\\udc00"}'], ['surrogates in the wrong order', '{"name":"\\udc00\\ud800"}'],
    ['a surrogate as UTF-8', Buffer.from([...Buffer.from('{"name":"'), 0xed, 0xa0, 0x80, ...Buffer.from('"}')])], ['NUL', '{"name":"a\\u0000b"}'],
    ['NUL in a key', '{"na\\u0000me":"a"}'], ['a NUL byte', '{"name":"a\0b"}'], ['a NUL byte at the end', '{"name":"Nul"}\0'], ['overlong UTF-8', Buffer.from([...Buffer.from('{"name":"'), 0xc0, 0xaf, ...Buffer.from('"}')])],
    ['Latin-1', Buffer.from('{"name":"caf\xe9"}', 'latin1')], ['a byte order mark', '\ufeff{"name":"a"}'], ['two documents', '{"name":"a"}{"name":"b"}'],
    ['half a document', '{"name":"a"'], ['a trailing comma', '{"name":"a",}'], ['single quotes', "{'name':'a'}"], ['NaN', '{"capacity":NaN}'],
    ['a comment', '{"name":"a"/**/}'], ['no digits behind the point', '{"capacity":1.}'], ['a number of 400 digits', `{"capacity":${'9'.repeat(400)}}`],
    ['1e999', '{"capacity":1e999}'], ['a bare string', '"name"'], ['nothing', ''], ['a space', ' ']])
    await refused(`JSON with ${name}`, post(body), [400, 422]);
await refused('an array where an object belongs', post('[{"name":"a"}]'), [400, 422]);
await refused('null', post('null'), [400, 422]);
for (const type of ['text/plain', 'text/json', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/jsonx', 'application/json; charset=latin1',
    'application/merge-patch+json', 'application/json, text/plain', '', undefined])
    await refused(`content type ${type}`, post('{"name":"a"}', { 'Content-Type': type }), 415);
await served('the charset may be said', post('{"name":"Said"}', { 'Content-Type': 'Application/JSON; charset=UTF-8' }), 201);
for (const coding of ['gzip', 'deflate', 'br', 'identity, gzip', 'x'])
    await refused(`Content-Encoding ${coding}`, post(gzipSync('{"name":"a"}'), { 'Content-Encoding': coding }), 415);
await refused('a gzip bomb', post(gzipSync(Buffer.alloc(20 * MIB)), { 'Content-Encoding': 'gzip' }), 415);
await refused('an unknown field', room({ surprise: 1 }), 422, (got, body) => same(body.errors?.[0]?.pointer, '/surprise', 'pointer'));
await refused('an unknown field that needs escapes', room({ 'a/b~c"\n': 1 }), 422, (got, body) => same(body.errors?.[0]?.pointer, '/a~1b~0c"\n', 'pointer'));
await refused('a field of another type', room({ capacity: 'many' }), 422, (got, body) => same(body.errors?.[0]?.pointer, '/capacity', 'pointer'));
await refused('a field that is missing', post('{}'), 422, (got, body) => same(body.errors?.[0]?.pointer, '/name', 'pointer'));
await refused('a text that is too long', room({ name: 'a'.repeat(100_000) }), 422);
await refused('a text of spaces', room({ name: '   ' }), 422);
await refused('control bytes in a text', room({ name: 'a\u0007b' }), 422);
await refused('numbers beyond 64 bits', post('{"name":"a","capacity":9223372036854775808}'), [400, 422]);
await refused('an id that is not one', room({ id: '../../etc/passwd' }), 422);
for (const [n, status] of [[19_000, 422], [60_000, 400]])
    await refused(`${n} unknown fields`, post(`{${Array.from({ length: n }, (_, i) => `"f${i}":1`).join()}}`), status);
await test('what SQL and HTML would mean is stored as typed', async () => {
    const name = `'); DROP TABLE rooms; -- <script>alert(1)</script> %n%s {{7*7}} ${'\u202e'}`;
    const reply = await get(server.url + rooms, { method: 'POST', headers: { ...bearer, 'Content-Type': 'application/json' }, body: JSON.stringify({ name }) });
    check([201, 422].includes(reply.status), `status ${reply.status}`);
    const list = await get(`${server.url}${rooms}`, { headers: bearer });
    same(list.status, 200, 'the list');
    if (reply.status === 201) check((await list.json()).items.some((item) => item.name === name), 'it reads otherwise');
});

// --- headers that requests carry ------------------------------------------------------------------

for (const tag of ['*', '"', '""', 'W/"x"', `"${'x'.repeat(8000)}"`, ',,,,', '"a","b",', 'x'.repeat(3000)])
    await served(`If-None-Match ${tag.slice(0, 20)}`, head('GET', rooms, { ...bearer, 'If-None-Match': tag }), [200, 304], undefined, { replies: 1, heads: [0], timeout: 3000 });
for (const range of ['bytes=', 'bytes=-', 'bytes=9-1', `bytes=${'0-1,'.repeat(1000)}0-1`, 'bytes=99999999999999999999-', 'lines=1-2'])
    await served(`Range ${range.slice(0, 20)}`, head('GET', rooms, { ...bearer, Range: range }), 200);
for (const coding of ['gzip;q=', 'gzip;q=0.000', '*;q=0', ';;;,,,', 'a'.repeat(4000)])
    await served(`Accept-Encoding ${coding.slice(0, 20)}`, head('GET', rooms, { ...bearer, 'Accept-Encoding': coding }), 200);
await served('PATCH with a list of tags', Buffer.from(head('PATCH', `/v1/events/${event.id}`, { ...bearer, 'Content-Type': 'application/json', 'If-Match': '"a"'.repeat(500), 'Content-Length': 2 }) + '{}'), 412);
await refused('PATCH without If-Match', Buffer.from(head('PATCH', `/v1/events/${event.id}`, { ...bearer, 'Content-Type': 'application/json', 'Content-Length': 2 }) + '{}'), 428);
for (const origin of ['X-Forwarded-For', 'Forwarded', 'X-Real-IP', 'X-HTTP-Method-Override', 'X-Original-URL', 'Upgrade', 'TE', 'Cookie'])
    await served(`a header ${origin}`, head('GET', '/healthz', { [origin]: 'DELETE, 127.0.0.1, /metrics' }), 200);

await unharmed();
done();
