// lints-catch.mjs - a lint that cannot fail proves nothing: each case here drifts from the contract, and must be named.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { loadSpec, operations, tap, validator } from './contract.mjs';
import { judge } from './replies.mjs';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const spec = loadSpec();
const ops = operations(spec);
const validate = validator(spec);
const out = tap();

const ETAG = '"q3vJk0ZrT1mXy7d_9LwBfA"';
const room = spec.components.schemas.Room.examples[0];
const path = `/v1/events/csec2015/rooms/${room.id}`;
const good = {
  operation: 'getRoom', method: 'GET', path, status: 200,
  headers: { 'content-type': 'application/json', etag: ETAG }, body: JSON.stringify(room),
};
const problem = {
  operation: 'getRoom', method: 'GET', path, status: 404,
  headers: { 'content-type': 'application/problem+json', 'x-request-id': 'a1' },
  body: JSON.stringify({ type: '/problems/not-found', title: 'x', status: 404, detail: 'x', instance: 'a1' }),
};
const json = (value) => ({ body: JSON.stringify(value) });
const without = (object, key) => Object.fromEntries(Object.entries(object).filter(([k]) => k !== key));

// What validate-replies says of the operation, given these replies alone.
function verdict(replies, id = 'getRoom') {
  const { take, report } = judge(spec, validate);
  replies.forEach(take);
  let said = ['absent'];
  report({ test: (name, complaints) => name.split(/[: ]/)[0] === id && (said = complaints) });
  return said;
}

const passes = (name, replies) => out.test(name, verdict(replies));
const caught = (name, replies, id) =>
  out.test(`caught: ${name}`, verdict(replies, id).length ? [] : ['it was not']);
const drift = (name, change) => caught(name, [good, { ...good, ...change }]);

passes('a good reply, a problem and a 304', [good, problem,
  { ...good, status: 304, headers: { etag: ETAG }, body: '' }]);
passes('a compressed reply', [{ ...good, base64: true, body: gzipSync(good.body).toString('base64'),
  headers: { ...good.headers, 'content-encoding': 'gzip' } }]);
passes('a problem of any path', [good, { ...problem, status: 503,
  headers: { ...problem.headers, 'retry-after': '1' }, ...json({ ...JSON.parse(problem.body), status: 503 }) }]);
caught('an operation that no test reached', []);
caught('an operation that only ever failed', [problem]);
drift('a field too many', json({ ...room, colour: 'blue' }));
drift('a field too few', json(without(room, 'capacity')));
drift('a wrong type', json({ ...room, capacity: '240' }));
drift('a time without offset', json({ ...room, updated_at: '2015-11-30T08:00:00' }));
drift('a body that is not JSON', { body: '{' });
drift('a missing ETag', { headers: without(good.headers, 'etag') });
drift('a weak ETag', { headers: { ...good.headers, etag: `W/${ETAG}` } });
drift('another content type', { headers: { ...good.headers, 'content-type': 'text/html' } });
drift('an undocumented status', { status: 202 });
drift('a 304 with a body', { status: 304 });
drift('another path', { path: '/v1/events/csec2015/tracks/1' });
drift('a problem as plain JSON', { ...problem, headers: { ...problem.headers, 'content-type': 'application/json' } });
drift('a problem without request id', { ...problem, headers: without(problem.headers, 'x-request-id') });
drift('a problem with another status', { ...problem, ...json({ ...JSON.parse(problem.body), status: 400 }) });
caught('503 without Retry-After', [good, { ...problem, status: 503,
  ...json({ ...JSON.parse(problem.body), status: 503 }) }]);
caught('an operation that is not documented', [{ ...good, operation: 'paintRoom' }], 'paintRoom');

function routesPass(lines) {
  const input = lines.map((op) => `${op.method} ${op.path} ${op.id} ${op.access.join(',')}\n`).join('');
  return spawnSync('node', [here('routes-equal-spec.mjs')], { input, encoding: 'utf8' }).status === 0;
}

const expectRoutes = (name, lines, pass) => out.test(name, routesPass(lines) === pass ? [] : ['it was not so']);
expectRoutes('the same routes pass', ops, true);
expectRoutes('caught: a route too few', ops.slice(1), false);
expectRoutes('caught: a route too many', [...ops, { ...ops[0], id: 'paintRoom' }], false);
expectRoutes('caught: a route twice', [...ops, ops[0]], false);
expectRoutes('caught: other access', [{ ...ops[0], access: ['admin'] }, ...ops.slice(1)], false);
expectRoutes('caught: another path', [{ ...ops[0], path: '/health' }, ...ops.slice(1)], false);
expectRoutes('caught: nothing at all', [], false);
out.end();
