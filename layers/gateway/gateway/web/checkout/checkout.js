// The page is whole without this. With it, the page looks by itself, counts down, and a second tap sends nothing.
(function () {
'use strict';
const doc = document;
const facts = doc.body.dataset;
const byId = id => doc.getElementById(id);
let main = byId('main');
let loaded = Date.now();
let lastLook = 0;
let failures = 0;
let busy = false;
let over = false;
let timer;
let ticking;
let turning;
let leaving;

// How long to wait before the next look: the server's list "until:every,…" by the time since the request.
function pause() {
  const age = +main.dataset.since + Date.now() - loaded;
  for (const step of (main.dataset.polls || '').split(',')) {
    const [until, every] = step.split(':');
    if (age < +until) return +every;
  }
  return 0;
}

function plan() {
  clearTimeout(timer);
  const every = failures ? Math.min(30000, 2000 * Math.pow(2, failures)) : pause();
  if (!over && pause()) timer = setTimeout(look, every * (0.8 + 0.4 * Math.random()));
}

function say(words) {
  byId('say').textContent = words;
}

async function look() {
  clearTimeout(timer);
  if (busy || over || !facts.api) return;
  busy = true;
  lastLook = Date.now();
  try {
    const answer = await fetch(facts.api, {
      cache: 'no-store',
      headers: {Authorization: 'Bearer ' + facts.token, 'If-None-Match': '"' + main.dataset.state + '"'}
    });
    if (answer.status === 200) await swap();
    else if (answer.status < 500 && answer.status !== 304 && answer.status !== 429) over = true;
    else if (answer.status !== 304) throw new Error(answer.status);
    failures = 0;
  } catch (problem) {
    failures += 1;
  }
  busy = false;
  byId('offline').hidden = failures < 2;
  plan();
}

// The same page again, its main part only. Focus moves only when the screen is another one.
async function swap() {
  const query = location.search ? location.search + '&' : '?';
  const answer = await fetch(facts.page + query + 'part=main', {cache: 'no-store'});
  if (!answer.ok) throw new Error(answer.status);
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const fresh = page.getElementById('main');
  const title = part => part.querySelector('h1').textContent;
  const moved = title(fresh) !== title(main) || main.contains(doc.activeElement);
  const open = Array.from(main.querySelectorAll('details'), one => one.open);
  if (title(fresh) === title(main)) {
    fresh.querySelectorAll('details').forEach((one, place) => { one.open = open[place]; });
  }
  main.parentNode.replaceChild(doc.importNode(fresh, true), main);
  main = byId('main');
  doc.title = page.title;
  loaded = Date.now();
  if (moved) main.querySelector('h1').focus();
  countDown();
}

// What the clock alone changes: the seconds that are left, and a button that may be pressed from then on.
function countDown() {
  clearInterval(ticking);
  clearTimeout(turning);
  clearTimeout(leaving);
  const away = byId('leaving');
  if (away) leaving = setTimeout(() => { location.href = away.dataset.to; }, 1000 * away.dataset.after);
  const turns = +main.dataset.turns;
  if (turns && turns < 86400000) turning = setTimeout(() => swap().catch(plan), turns + 500);
  const box = byId('left') || byId('again');
  if (!box) return;
  const end = Date.now() + 1000 * box.dataset.left;
  const tick = () => {
    const left = Math.max(0, Math.round((end - Date.now()) / 1000));
    if (box.id === 'again') {
      box.lastElementChild.textContent = '(' + Math.floor(left / 60) + ':' + ('0' + left % 60).slice(-2) + ')';
      return;
    }
    const words = box.dataset.words.replace('{s}', left);
    box.firstElementChild.textContent = words;
    box.querySelector('.rest').setAttribute('width', left);
    if (left === 30) say(words);
    if (left === 0) {
      clearInterval(ticking);
      swap().catch(plan);
    }
  };
  ticking = setInterval(tick, 1000);
  if (box.id === 'again') tick();
}

function comeBack() {
  if (doc.visibilityState === 'visible' && (failures || Date.now() - lastLook > 1000)) look();
}

function masked(typed) {
  const digits = typed.replace(/\D/g, '').slice(-9);
  return '0' + digits.charAt(0) + '\u2022\u2022\u2022\u2022\u2022' + digits.slice(-3);
}

doc.addEventListener('submit', event => {
  const form = event.target;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = 'yes';
  clearTimeout(timer);
  over = true;
  const line = form.querySelector('.wait');
  const field = form.querySelector('[type=tel]');
  line.textContent = line.dataset.words.replace('{phone}', field ? masked(field.value) : line.dataset.phone);
  line.hidden = false;
  form.querySelector('button').hidden = true;
});

doc.addEventListener('click', event => {
  const link = event.target.closest('[data-do]');
  const what = link && link.dataset.do;
  if (what === 'look') {
    event.preventDefault();
    swap().then(plan, () => location.reload());
  } else if (what === 'print') {
    print();
  } else if (what === 'share' && navigator.share) {
    event.preventDefault();
    navigator.share({text: link.dataset.text}).catch(() => 0);
  }
});

window.addEventListener('pageshow', event => { if (event.persisted) location.reload(); });
window.addEventListener('focus', comeBack);
window.addEventListener('online', comeBack);
doc.addEventListener('visibilitychange', comeBack);
doc.querySelectorAll('[data-script]').forEach(one => { one.hidden = false; });
countDown();
plan();
const summary = doc.querySelector('.summary');
if (summary) summary.focus();
})();
