// spec-rules.mjs - what the contract promises of itself, beyond what an OpenAPI linter knows (design: one rule a test).
import { escape, loadSpec, operations, resolve, tap, validator } from './contract.mjs';

const spec = loadSpec();
const ops = operations(spec);
const validate = validator(spec);
const schemas = Object.entries(spec.components.schemas);
const ROLES = ['admin', 'attendee', 'lead', 'member', 'metrics', 'organizer', 'public', 'staff'];

const isOpen = (op) => op.access?.some((role) => role === 'public' || role === 'metrics');
const has = (op, status) => op.spec.responses[status] !== undefined;
const names = (list) => list.map((op) => op.id);

function parameters(op) {
  return [...(spec.paths[op.path].parameters ?? []), ...(op.spec.parameters ?? [])].map((p) =>
    p.$ref ? resolve(spec, p.$ref).value.name : p.name,
  );
}

function replies(op) {
  return Object.keys(op.spec.responses).map((status) => ({
    status: Number(status),
    ...resolve(spec, `${op.pointer}/responses/${status}`).value,
  }));
}

// Objects inside `schema` that would let an unknown field pass.
function openObjects(schema, at) {
  if (typeof schema !== 'object' || schema === null || schema.$ref) return [];
  const isObject = [schema.type].flat().includes('object');
  const here = isObject && schema.properties && schema.additionalProperties !== false ? [at] : [];
  const inner = [
    ...Object.entries(schema.properties ?? {}),
    ...(schema.oneOf ?? schema.allOf ?? []).map((s, i) => [i, s]),
    ...(schema.items ? [['items', schema.items]] : []),
  ];
  return [...here, ...inner.flatMap(([key, value]) => openObjects(value, `${at}/${key}`))];
}

function badExamples([name, schema]) {
  return (schema.examples ?? []).flatMap((example) => {
    const wrong = validate(`#/components/schemas/${escape(name)}`, example);
    return wrong ? [`${name}: ${wrong}`] : [];
  });
}

function rule(out, name, wanted, holds) {
  out.test(name, names(ops.filter((op) => wanted(op) && !holds(op))));
}

const out = tap();
out.test('every example fits its schema', schemas.flatMap(badExamples));
out.test(
  'every object is closed (but the contract itself)',
  schemas.filter(([name]) => name !== 'Openapi').flatMap(([name, schema]) => openObjects(schema, name)),
);
rule(out, 'every operation says more than its summary', () => true, (op) =>
  op.spec.description?.trim() && op.spec.description.trim() !== op.spec.summary);
rule(out, 'x-access names known roles, sorted', () => true, (op) =>
  op.access?.length && op.access.join() === [...op.access].sort().join() && op.access.every((r) => ROLES.includes(r)));
rule(out, 'what is public says so, and only that', () => true, (op) => isOpen(op) === (op.spec.security?.length === 0));
rule(out, 'a token that is missing or wrong is 401', (op) => !isOpen(op), (op) => has(op, 401) && has(op, 503));
rule(out, 'a role that may not is 403', (op) => !isOpen(op) && op.id !== 'logout', (op) => has(op, 403));
rule(out, 'what is named in the path may be missing: 404', (op) => op.path.includes('{'), (op) => has(op, 404));
rule(out, 'a body may be too large, of another type, or invalid', (op) => op.spec.requestBody, (op) =>
  has(op, 413) && has(op, 415) && has(op, 422));
rule(out, 'If-Match may be stale', (op) => parameters(op).includes('If-Match'), (op) => has(op, 412));
rule(out, 'If-None-Match and 304 come together', (op) => op.method === 'GET', (op) =>
  parameters(op).includes('If-None-Match') === has(op, 304));
rule(out, 'lists are paged', (op) => op.id.startsWith('list'), (op) =>
  ['limit', 'cursor'].every((p) => parameters(op).includes(p)));
rule(out, '304 repeats the ETag that 200 gave', (op) => has(op, 304), (op) =>
  replies(op).filter((r) => r.status === 200 || r.status === 304).every((r) => r.headers?.ETag));
rule(out, 'every problem is problem+json with a request id', () => true, (op) =>
  replies(op).every((r) => r.status < 400 || op.id === 'getReady' ||
    (op.id === 'checkCertificate' && r.status === 404) || // read by people who hold a paper
    (r.content?.['application/problem+json'] && r.headers?.['X-Request-Id'])));
rule(out, '429 and 503 say when to come back', () => true, (op) =>
  replies(op).every((r) => ![429, 503].includes(r.status) || r.headers?.['Retry-After']));
out.end();
