// Runs in the attacker's page, in a browser. Each attempt answers what the page saw, and what its script could read.

const simple = (body) => ({ method: 'POST', headers: { 'content-type': 'text/plain' }, body });

async function send(url, options) {
  const answer = await fetch(url, options);
  return { saw: `an answer (${answer.type}, status ${answer.status})`, read: await answer.text() };
}

function put(url, authorization) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open('PUT', url);
    request.setRequestHeader('authorization', authorization);
    request.onload = () => resolve({ saw: `status ${request.status}`, read: request.responseText });
    request.onerror = () => resolve({ saw: 'an error event' });
    request.send('stolen');
  });
}

/** What a script can read of a window or frame. */
function look(saw, documentOf) {
  try {
    const document = documentOf();
    return { saw: document ? saw : `${saw} that it cannot look into`, read: document?.body?.innerText };
  } catch (error) {
    return { saw: `${saw} that it cannot look into (${error.name})` };
  }
}

/** Posts a form into a frame, as pages did before there were scripts. */
function postForm(encoding, { submit, job }) {
  return new Promise((resolve) => {
    const frame = Object.assign(document.createElement('iframe'), { name: `frame of ${encoding}` });
    const form = Object.assign(document.createElement('form'), { action: submit, method: 'post', enctype: encoding, target: frame.name });
    // In text/plain `name=value` is the body: JSON, with the equals sign in a member of its own.
    const [name, value] = [`${job.slice(0, -1)},"ignored":"`, '"}'];
    form.append(Object.assign(document.createElement('input'), { name, value }));
    document.body.append(frame, form);
    frame.onload = () => resolve(look('a frame', () => frame.contentDocument));
    form.submit();
  });
}

function load(tag, attributes) {
  return new Promise((resolve) => {
    const element = Object.assign(document.createElement(tag), attributes);
    element.onload = () =>
      resolve(tag === 'iframe' ? look('a frame', () => element.contentDocument) : { saw: 'a load event', read: 'loaded' });
    element.onerror = () => resolve({ saw: 'an error event' });
    document.body.append(element);
  });
}

/** A frame whose origin is opaque: its requests say `Origin: null`. */
function sendFromSandbox({ submit, job }) {
  return new Promise((resolve) => {
    const frame = document.createElement('iframe');
    frame.sandbox = 'allow-scripts';
    frame.srcdoc = `<script>
      fetch(${JSON.stringify(submit)}, { method: 'POST', body: ${JSON.stringify(job)} })
        .then((answer) => answer.text()).then((read) => parent.postMessage({ saw: 'an answer', read }, '*'))
        .catch((error) => parent.postMessage({ saw: error.name + ': ' + error.message }, '*'));
    </script>`;
    addEventListener('message', ({ data }) => resolve(data), { once: true });
    document.body.append(frame);
  });
}

function listen(source, opened) {
  return new Promise((resolve) => {
    source.onopen = () => resolve({ saw: opened, read: opened });
    source.onerror = () => {
      source.close();
      resolve({ saw: 'an error event' });
    };
  });
}

async function openWindow({ listing }) {
  const opened = window.open(listing);
  await new Promise((done) => setTimeout(done, 1000));
  const got = look('a window', () => opened.document);
  opened?.close();
  return got;
}

const withHeader = (aim) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', authorization: aim.authorization.batch, 'x-amz-date': '20260101T000000Z' },
  body: aim.job,
});

/** By name; `aim` says where to. */
window.attempts = {
  'fetch, simple POST, no-cors': (aim) => send(aim.submit, { ...simple(aim.job), mode: 'no-cors' }),
  'fetch, simple POST, cors': (aim) => send(aim.submit, simple(aim.job)),
  'fetch, forged Authorization, cors': (aim) => send(aim.submit.split('?')[0], withHeader(aim)),
  'fetch, list a bucket': (aim) => send(aim.listing),
  'XMLHttpRequest, PUT an object': (aim) => put(aim.object, aim.authorization.s3),
  'form, urlencoded': (aim) => postForm('application/x-www-form-urlencoded', aim),
  'form, text/plain': (aim) => postForm('text/plain', aim),
  'form, multipart': (aim) => postForm('multipart/form-data', aim),
  '<img>': (aim) => load('img', { src: aim.listing }),
  '<script>': (aim) => load('script', { src: aim.listing }),
  '<link rel=stylesheet>': (aim) => load('link', { rel: 'stylesheet', href: aim.listing }),
  '<iframe>': (aim) => load('iframe', { src: aim.listing }),
  'sandboxed frame, POST': sendFromSandbox,
  'navigator.sendBeacon': async (aim) => ({
    saw: navigator.sendBeacon(aim.submit, new Blob([aim.job], { type: 'text/plain' }))
      ? 'that it was sent, and no answer'
      : 'a refusal to send',
  }),
  EventSource: (aim) => listen(new EventSource(aim.listing), 'an open stream'),
  WebSocket: (aim) => listen(new WebSocket(aim.webSocket), 'an open socket'),
  'window.open': openWindow,
  'fetch, the port of the lock': (aim) => send(aim.lock, { method: 'POST', mode: 'no-cors', body: 'x' }),
};
