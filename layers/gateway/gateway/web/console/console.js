// The console is whole without this. With it, an open question is looked at again by itself, and `/` finds the search box.
(function () {
'use strict';
const box = document.getElementById('q');

document.addEventListener('keydown', event => {
  const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
  if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || event.altKey || !box) return;
  event.preventDefault();
  box.focus();
});

// A form that was sent is not sent again by a second tap.
document.addEventListener('submit', event => {
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = 'yes';
});
addEventListener('pageshow', () => document.querySelectorAll('form').forEach(form => delete form.dataset.sent));

// The same page again while it says so; only what changed is put in, so nothing flashes and no focus is lost.
let failures = 0;

async function look() {
  const live = document.getElementById('live');
  if (!live || !live.dataset.every) return;
  try {
    const answer = await fetch(location.href, {cache: 'no-store', redirect: 'error'});
    if (!answer.ok) throw new Error(answer.status);
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('live');
    if (fresh && fresh.outerHTML !== live.outerHTML && !live.contains(document.activeElement)) live.replaceWith(fresh);
    failures = 0;
  } catch (problem) {
    failures += 1;
  }
  const stale = document.getElementById('stale');
  if (stale) stale.hidden = failures < 2;
  plan();
}

function plan() {
  const live = document.getElementById('live');
  if (live && live.dataset.every) setTimeout(look, +live.dataset.every * Math.min(1 + failures, 6));
}

plan();
})();
