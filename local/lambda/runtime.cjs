'use strict';

// Runs inside a worker thread, in plain JavaScript, because nothing of the parent's loaders reaches it.

const { existsSync } = require('node:fs');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');
const { isNativeError } = require('node:util').types;
const { parentPort, workerData } = require('node:worker_threads');

const say = (kind, fields) => parentPort.postMessage({ kind, ...fields });
const heapBytes = () => process.memoryUsage().heapUsed;

/** As Lambda's own runtime reports what was thrown. */
function failureOf(thrown) {
  if (isNativeError(thrown) || thrown instanceof Error) {
    return { errorType: thrown.name, errorMessage: thrown.message, trace: String(thrown.stack).split('\n') };
  }
  return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };
}

class RuntimeError extends Error {
  constructor(name, message) {
    super(message);
    this.name = name;
  }
}

/** Lines travel on the same port as answers, so that they arrive in order. */
function redirect(stream) {
  stream.write = (chunk, encoding, callback) => {
    say('log', { text: typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8') });
    const done = typeof encoding === 'function' ? encoding : callback;
    if (done) done();
    return true;
  };
}

async function loadModule(file) {
  try {
    return file.endsWith('.mjs') ? await import(pathToFileURL(file).href) : require(file);
  } catch (thrown) {
    if (thrown && (thrown.code === 'MODULE_NOT_FOUND' || thrown.code === 'ERR_MODULE_NOT_FOUND')) {
      throw new RuntimeError('Runtime.ImportModuleError', `Error: ${thrown.message}`);
    }
    throw thrown;
  }
}

async function loadHandler(root, handler) {
  const dot = handler.lastIndexOf('.');
  const base = join(root, handler.slice(0, dot));
  const file = ['.js', '.mjs', '.cjs'].map((extension) => base + extension).find((candidate) => existsSync(candidate));
  if (!file) throw new RuntimeError('Runtime.ImportModuleError', `Error: Cannot find module '${handler.slice(0, dot)}'`);
  const module = await loadModule(file);
  const found = module[handler.slice(dot + 1)];
  if (typeof found !== 'function') throw new RuntimeError('Runtime.HandlerNotFound', `${handler} is undefined or not exported`);
  return found;
}

/** Both styles of handler: a returned (promise of a) value, or a third parameter to call back. */
function call(handler, event, context) {
  if (handler.length < 3) return handler(event, context);
  return new Promise((resolve, reject) => {
    handler(event, context, (error, value) => (error ? reject(error) : resolve(value)));
  });
}

async function answer(handler, { event, context, deadlineMs }) {
  try {
    const full = { ...context, getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()), callbackWaitsForEmptyEventLoop: true };
    const value = await call(handler, JSON.parse(event), full);
    say('done', { json: JSON.stringify(value) ?? 'null', heapBytes: heapBytes() });
  } catch (thrown) {
    say('error', { failure: failureOf(thrown), heapBytes: heapBytes() });
  }
}

async function main() {
  redirect(process.stdout);
  redirect(process.stderr);
  process.on('uncaughtException', (thrown) => say('fatal', { failure: failureOf(thrown) }));
  process.on('unhandledRejection', (reason) => {
    const { errorType, errorMessage, trace } = failureOf(reason);
    say('fatal', { failure: { errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: `${errorType}: ${errorMessage}`, trace } });
  });
  try {
    const handler = await loadHandler(workerData.root, workerData.handler);
    parentPort.on('message', (invocation) => void answer(handler, invocation));
    say('ready', {});
  } catch (thrown) {
    say('fatal', { failure: failureOf(thrown) });
  }
}

void main();
