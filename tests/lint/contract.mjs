// contract.mjs - what the contract's checks share: the specification, its operations, a validator, TAP.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const METHODS = ['get', 'put', 'post', 'delete', 'patch'];

export function loadSpec(path = new URL('../../api-spec/openapi.yaml', import.meta.url)) {
  return parse(readFileSync(path, 'utf8'));
}

// One row an operation: { id, method, path, access, pointer, spec }.
export function operations(spec) {
  return Object.entries(spec.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => ({
      id: item[method].operationId,
      method: method.toUpperCase(),
      path,
      access: item[method]['x-access'],
      pointer: `#/paths/${escape(path)}/${method}`,
      spec: item[method],
    })),
  );
}

export const escape = (key) => key.replaceAll('~', '~0').replaceAll('/', '~1');

// What `pointer` names, following $ref: { pointer, value } of the place where it stands; value is undefined if absent.
export function resolve(spec, pointer) {
  let at = '#';
  let value = spec;
  for (const step of pointer.split('/').slice(1)) {
    value = value?.[step.replaceAll('~1', '/').replaceAll('~0', '~')];
    at += `/${step}`;
    while (value?.$ref) ({ pointer: at, value } = resolve(spec, value.$ref));
  }
  return { pointer: at, value };
}

// validate(pointer, data) → null, or one line that says what is wrong. Schemas compile once.
export function validator(spec) {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, strictTypes: false, strictRequired: false });
  addFormats(ajv);
  ajv.addVocabulary(Object.keys(spec)); // the document is the root that references start from
  ajv.addSchema(spec, 'spec', false, false);
  const compiled = new Map();
  return (pointer, data) => {
    if (!compiled.has(pointer)) compiled.set(pointer, ajv.compile({ $ref: `spec${encodeURI(pointer)}` }));
    const check = compiled.get(pointer);
    if (check(data)) return null;
    const [e] = check.errors;
    return `${e.instancePath || 'the body'} ${e.message} ${JSON.stringify(e.params)}`;
  };
}

// Test Anything Protocol on stdout: tap.test(name, complaints), then tap.end() sets the exit code.
export function tap() {
  let count = 0;
  let failed = 0;
  return {
    test(name, complaints = []) {
      count += 1;
      if (complaints.length) failed += 1;
      console.log(`${complaints.length ? 'not ok' : 'ok'} ${count} - ${name}`);
      for (const text of complaints.slice(0, 5)) console.log(`#   ${text}`);
      if (complaints.length > 5) console.log(`#   and ${complaints.length - 5} more`);
    },
    end() {
      console.log(`1..${count}`);
      process.exitCode = failed ? 1 : 0;
    },
  };
}
