// replies.mjs - the judge of validate-replies.mjs: holds one reply after another against the contract.
import { gunzipSync } from 'node:zlib';
import { escape, operations, resolve } from './contract.mjs';

const PROBLEM = '#/components/schemas/Problem';
const ANY_HEADERS = { 405: ['allow'], 503: ['retry-after'] };

function bodyOf(reply) {
  const bytes = Buffer.from(reply.body ?? '', reply.base64 ? 'base64' : 'utf8');
  return reply.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
}

function json(bytes) {
  try {
    return { data: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) };
  } catch (error) {
    return { complaint: `the body is not JSON: ${error.message}` };
  }
}

function checkProblem(reply, data) {
  const complaints = [];
  if (data.status !== reply.status) complaints.push(`the problem says status ${data.status}`);
  if (data.instance !== reply.headers['x-request-id']) complaints.push('instance is not the X-Request-Id');
  return complaints;
}

// judge(spec, validate) → { take(reply), stranger(name, text), report(out) }; see contract.mjs for all three.
export function judge(spec, validate) {
  const known = new Map(operations(spec).map((op) => [op.id, { ...op, seen: 0, good: 0, complaints: [] }]));
  const unrouted = { seen: 0, complaints: [] };
  const strangers = new Map();

  // The body against the schema at `pointer`, of media type `type`.
  function checkBody(reply, type, pointer) {
    if (!/json$/.test(type)) return [];
    const { data, complaint } = json(bodyOf(reply));
    if (complaint) return [complaint];
    const wrong = validate(pointer, data);
    if (wrong) return [wrong];
    return type === 'application/problem+json' ? checkProblem(reply, data) : [];
  }

  function checkHeaders(reply, response) {
    return Object.keys(response.value.headers ?? {}).flatMap((name) => {
      const { pointer, value: header } = resolve(spec, `${response.pointer}/headers/${name}`);
      const sent = reply.headers[name.toLowerCase()];
      if (sent === undefined) return header.required ? [`the header ${name} is missing`] : [];
      const value = header.schema.type === 'integer' ? Number(sent) : sent;
      const wrong = validate(`${pointer}/schema`, value);
      return wrong ? [`header ${name}: ${sent}: ${wrong}`] : [];
    });
  }

  function checkContent(reply, response) {
    const type = (reply.headers['content-type'] ?? '').split(';')[0].trim().toLowerCase();
    const content = response.value.content;
    if (reply.method === 'HEAD') return [];
    if (!content) return bodyOf(reply).length ? ['there is a body where none belongs'] : [];
    if (!content[type]) return [`content type ${type || '(none)'} is not documented`];
    return content[type].schema ? checkBody(reply, type, `${response.pointer}/content/${escape(type)}/schema`) : [];
  }

  // A problem that any path may answer: see x-any-operation.
  function checkAny(reply) {
    const missing = ['x-request-id', ...(ANY_HEADERS[reply.status] ?? [])].filter((name) => !reply.headers[name]);
    const type = reply.headers['content-type']?.split(';')[0];
    if (type !== 'application/problem+json') return [`content type ${type}: application/problem+json belongs here`];
    const body = reply.method === 'HEAD' ? [] : checkBody(reply, type, PROBLEM);
    return [...missing.map((name) => `the header ${name} is missing`), ...body];
  }

  function checkRoute(reply, op) {
    const template = op.path.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '[^/]+');
    const path = decodeURIComponent(reply.path.split('?')[0]); // a route matched: it decodes
    if (reply.method !== op.method && !(reply.method === 'HEAD' && op.method === 'GET')) return ['it is another method'];
    return new RegExp(`^${template}$`).test(path) ? [] : [`the path is not ${op.path}`];
  }

  function check(reply, op) {
    const response = resolve(spec, `${op.pointer}/responses/${reply.status}`);
    if (response.value) {
      return [...checkRoute(reply, op), ...checkHeaders(reply, response), ...checkContent(reply, response)];
    }
    if (spec['x-any-operation'][reply.status]) return checkAny(reply);
    return [`status ${reply.status} is not documented`];
  }

  function take(reply) {
    const label = (text) => `${reply.method} ${reply.path} ${reply.status}: ${text}`;
    // A browser's preflight is no operation: the Fetch standard says what it is, and it has no body.
    if (reply.method === 'OPTIONS' && reply.status === 204 && !reply.body) return;
    const op = known.get(reply.operation);
    if (op) {
      op.seen += 1;
      if ((reply.status >= 200 && reply.status < 300) || reply.status === 304) op.good += 1;
      op.complaints.push(...check(reply, op).map(label));
    } else if (reply.operation) {
      strangers.set(reply.operation, label('the contract does not know it'));
    } else {
      unrouted.seen += 1;
      const expected = reply.status === 404 || spec['x-any-operation'][reply.status];
      const complaints = expected ? checkAny(reply) : [`status ${reply.status} outside any operation`];
      unrouted.complaints.push(...complaints.map(label));
    }
  }

  function report(out) {
    for (const op of known.values()) {
      if (!op.good) op.complaints.push(`no test got a 2xx or 304 from it (${op.seen} replies)`);
      out.test(`${op.id}: ${op.seen} replies are as the contract says`, op.complaints);
    }
    out.test(`no operation: ${unrouted.seen} replies are as the contract says`, unrouted.complaints);
    for (const [name, text] of strangers) out.test(`${name} is documented`, [text]);
  }

  return { take, stranger: (name, text) => strangers.set(name, text), report };
}
