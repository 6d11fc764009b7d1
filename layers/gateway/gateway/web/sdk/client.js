// Watches one payment. It shows nothing and decides nothing: what it hands over is the server's view of the payment.
//
//   const stop = watchPayment({api, payment, token, lang}, view => …, error => …)
//
// onView is called with each new view. onError gets {code, detail, status, retryable, failures}, and null when all is
// well again; while retryable, the looking goes on by itself, less and less often, and after another kind of error it
// has ended. stop() ends it, stop.check() looks now. path is for callers who watch another face of the same payment, wait for those who have just
// been told.
export function watchPayment({api, payment, token, lang, path, wait}, onView, onError) {
  const query = lang ? (path && path.indexOf('?') > 0 ? '&' : '?') + 'lang=' + lang : '';
  const address = api.replace(/\/+$/, '') + '/v1/checkout/' + encodeURIComponent(payment) + (path || '') + query;
  let etag;
  let timer;
  let every = 0;
  let failures = 0;
  let busy = false;
  let over = false;
  let last = 0;

  function plan(pause) {
    clearTimeout(timer);
    if (pause && !over) timer = setTimeout(look, pause * (0.8 + 0.4 * Math.random()));
  }

  async function look(whole) {
    clearTimeout(timer);
    if (busy || over) return;
    busy = true;
    last = Date.now();
    try {
      const headers = {Authorization: 'Bearer ' + token};
      if (etag && whole !== true) headers['If-None-Match'] = etag;
      const answer = await fetch(address, {headers, cache: 'no-store', credentials: 'omit'});
      const body = answer.status === 304 ? null : await answer.json().catch(() => ({}));
      if (over) return;
      if (answer.ok || !body) {
        if (failures && onError) onError(null);
        failures = 0;
        every = +answer.headers.get('Next-Poll-Ms');
        if (body) {
          etag = answer.headers.get('ETag');
          onView(body);
        }
        plan(every);
      } else {
        refused(answer, body);
      }
    } catch (problem) {
      if (over) return;
      failed({code: 'network', detail: String(problem), status: 0}, 0);
    } finally {
      busy = false;
    }
  }

  function refused(answer, body) {
    const code = body.code || (answer.status === 429 ? 'too_many_requests' : 'http_' + answer.status);
    const error = {code, detail: body.detail || body.message || '', status: answer.status};
    if (answer.status === 429 || answer.status >= 500) return failed(error, 1000 * answer.headers.get('Retry-After'));
    stop();
    tell(error, false);
  }

  function failed(error, atLeast) {
    failures += 1;
    plan(Math.max(Math.min(30000, 1000 * Math.pow(2, failures)), Math.min(atLeast, 300000)));
    tell(error, true);
  }

  function tell(error, retryable) {
    if (onError) onError(Object.assign(error, {retryable, failures}));
  }

  // The payer comes back from the phone's own screen, or into the network: that is when there is news.
  function comeBack() {
    if (document.visibilityState === 'visible' && (failures || Date.now() - last > 1000)) look();
  }

  const moments = [[document, 'visibilitychange'], [window, 'pageshow'], [window, 'focus'], [window, 'online']];
  moments.forEach(([place, name]) => place.addEventListener(name, comeBack));

  function stop() {
    over = true;
    clearTimeout(timer);
    moments.forEach(([place, name]) => place.removeEventListener(name, comeBack));
  }

  stop.check = () => look(true);
  if (wait) plan(wait);
  else look();
  return stop;
}
