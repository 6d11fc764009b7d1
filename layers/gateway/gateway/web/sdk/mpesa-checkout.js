// <mpesa-checkout api payment token lang phone return-url>: the payer's screens in a page of the shop's own.
//
// Every screen and every word comes from the gateway, made by the functions that make the hosted page. Here is only what
// a page does: ask, show, count down, send the form. Nothing here knows whether a payment is paid but by what it is told.
import { watchPayment } from "./client.js";

const HTML = 'text/html';
const BY_HAND_MS = 900000;

// A page that asks for Trusted Types lets this one policy write; it passes on what the gateway escaped.
let trusted = {createHTML: text => text};
if (self.trustedTypes) {
  try {
    trusted = self.trustedTypes.createPolicy('mpesa-checkout', trusted);
  } catch (refusal) {
    // The page's policy does not name ours. If it also asks for one, the screen cannot be written and the link stays.
  }
}

const styles = {};

// The style as a sheet that all components of an address share: no element and no attribute that a strict policy refuses.
function styleOf(api) {
  if (!styles[api]) {
    styles[api] = fetch(api + '/sdk/1/mpesa-checkout.css', {credentials: 'omit'})
      .then(answer => answer.ok ? answer.text() : Promise.reject(new Error(answer.status)))
      .then(text => {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(text);
        return sheet;
      });
    styles[api].catch(() => { delete styles[api]; });
  }
  return styles[api];
}

function make(name, className, hidden) {
  const made = document.createElement(name);
  made.className = className;
  made.hidden = !!hidden;
  return made;
}

class MpesaCheckout extends HTMLElement {
  static get observedAttributes() {
    return ['api', 'payment', 'token', 'lang'];
  }

  constructor() {
    super();
    const root = this.attachShadow({mode: 'open'});
    this._panel = make('div', 'panel', true);
    this._panel.setAttribute('part', 'panel');
    this._say = make('p', 'vh');
    this._say.setAttribute('role', 'status');
    this._offline = make('div', 'shop', true);
    this._offline.id = 'offline';
    this._offline.setAttribute('role', 'status');
    this._offline.appendChild(make('p', ''));
    this._main = make('div', '');
    this._main.id = 'main';
    this._link = document.createElement('slot');
    [this._offline, this._say, this._main].forEach(one => this._panel.appendChild(one));
    root.appendChild(this._panel);
    root.appendChild(this._link);
    root.addEventListener('submit', event => this._submit(event));
    root.addEventListener('click', event => this._click(event));
    root.addEventListener('toggle', event => { if (event.target.open) this._helped(event); }, true);
  }

  connectedCallback() {
    this._soon();
  }

  disconnectedCallback() {
    this._end();
  }

  attributeChangedCallback() {
    if (this.isConnected) this._soon();
  }

  // Look now, whatever the plan says.
  check() {
    if (this._stop) this._stop.check();
  }

  // Forget what was opened and typed, and show the payment as it stands.
  reset() {
    this._way = '';
    this._begin();
  }

  // Once, when all attributes that change together have changed.
  _soon() {
    if (!this._changed) {
      this._changed = Promise.resolve().then(() => {
        this._changed = null;
        this.reset();
      });
    }
  }

  _begin(wait) {
    this._end();
    const [payment, token] = [this.getAttribute('payment'), this.getAttribute('token')];
    this._api = (this.getAttribute('api') || '').replace(/\/+$/, '');
    if (!this.isConnected || !this._api || !payment || !token) return;
    const lang = (/^(en|sw)\b/.exec(this.lang) || [''])[0];
    this._base = this._api + '/v1/checkout/' + encodeURIComponent(payment);
    this._lang = lang ? 'lang=' + lang : '';
    this._token = token;
    this._openedAt = Date.now();
    const watched = {api: this._api, payment, token, lang, wait, path: '/screen' + (this._way && '?way=' + this._way)};
    this._stop = watchPayment(watched, shown => this._show(shown), error => this._fail(error));
  }

  _end() {
    if (this._stop) this._stop();
    this._stop = null;
    clearInterval(this._ticking);
    clearTimeout(this._turning);
  }

  // Another way to see the same payment: the steps to pay by hand, or the field for another number.
  _go(way) {
    this._way = way;
    this._begin();
  }

  async _show(shown) {
    const stop = this._stop;
    try {
      const sheet = await styleOf(this._api);
      if (this._stop !== stop) return;
      this.shadowRoot.adoptedStyleSheets = [sheet];
      this._draw(shown);
    } catch (problem) {
      this._fail({code: 'not_shown', detail: String(problem), status: 0, retryable: false, failures: 0});
    }
  }

  _draw(shown) {
    const page = new DOMParser().parseFromString(trusted.createHTML(shown.html), HTML);
    this._prepare(page, shown);
    const before = this._main.querySelector('.h1');
    const fresh = page.querySelector('.h1');
    const same = before && before.textContent === fresh.textContent;
    const active = this.shadowRoot.activeElement;
    const opened = Array.from(this._main.querySelectorAll('details'), one => one.open);
    if (same) page.querySelectorAll('details').forEach((one, place) => { one.open = opened[place]; });
    this._main.textContent = '';
    Array.from(page.body.childNodes).forEach(node => this._main.appendChild(document.importNode(node, true)));
    this._main.lang = shown.language;
    this._offline.firstChild.textContent = shown.offline;
    this._offline.hidden = true;
    this._dress();
    this._link.hidden = true;
    this._panel.hidden = false;
    const asked = this._main.querySelector('.summary');
    if (before && (!same || active || asked) && !this._elsewhere()) (asked || this._main.querySelector('.h1')).focus();
    this._shown = shown;
    this._countDown(shown.turns_in_ms);
    this._tell(shown.view);
  }

  // The shop's page has its own first heading, so ours is a second. Addresses lead to the gateway, and what they open
  // leaves the shop's page where it is; a way back to where the payer is already is none.
  _prepare(page, shown) {
    page.querySelectorAll('noscript').forEach(one => one.remove());
    page.querySelectorAll('h1').forEach(one => {
      const title = page.createElement('h2');
      title.className = ('h1 ' + one.className).trim();
      title.tabIndex = -1;
      title.setAttribute('part', 'title');
      while (one.firstChild) title.appendChild(one.firstChild);
      one.parentNode.replaceChild(title, one);
    });
    page.querySelectorAll('a[href^="/"]').forEach(one => {
      one.setAttribute('href', this._api + one.getAttribute('href'));
      if (/\/pay\/[^/]+$/.test(one.pathname)) one.dataset.way = (/[?&]way=(\w+)/.exec(one.search) || ['', ''])[1];
      else one.target = '_blank';
    });
    page.querySelectorAll('a[data-do=share]').forEach(one => { one.target = '_blank'; });
    page.querySelectorAll('[target=_blank]').forEach(one => { one.rel = 'noopener noreferrer'; });
    const back = this.getAttribute('return-url');
    const ended = /^(paid|closed)$/.test(shown.view.screen);
    if (back && /^(https?:|\/)/.test(back) && ended && !shown.view.return_url) {
      const link = page.createElement('a');
      link.className = 'button';
      link.href = new URL(back, location.href).href;
      link.textContent = shown.back;
      page.body.insertBefore(link, page.body.querySelector('.pair, footer'));
    }
    page.querySelectorAll('a.button').forEach(one => {
      if (one.origin + one.pathname === location.origin + location.pathname) one.remove();
    });
    page.querySelectorAll('.button').forEach(one => one.setAttribute('part', 'button'));
    const field = page.querySelector('[type=tel]');
    if (field && !field.getAttribute('value')) field.setAttribute('value', this._typed || this.getAttribute('phone') || '');
  }

  // Dark only in a page that says that it can be dark; as large as a reader's text, whatever the page calls 1rem.
  _dress() {
    const dark = /dark/.test(getComputedStyle(this).colorScheme) && matchMedia('(prefers-color-scheme:dark)').matches;
    this._panel.classList.toggle('dark', dark);
    const root = parseFloat(getComputedStyle(document.documentElement).fontSize);
    if (root < 16) this._panel.style.setProperty('--rem', '16px');
  }

  // Whether the payer types in another place of the shop's page, where nothing may take the focus away.
  _elsewhere() {
    const active = document.activeElement;
    return !!active && active !== this && (active.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(active.tagName));
  }

  _tell(view) {
    const state = view.version + view.screen;
    if (state === this._told) return;
    this._told = state;
    this._emit('mpesa-status', view);
    if (view.status === 'paid') this._once('mpesa-paid', view);
    if (view.screen === 'failed') this._emit('mpesa-failed', view);
  }

  _once(name, view) {
    if (this._paid === view.id) return;
    this._paid = view.id;
    this._emit(name, view);
  }

  _emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, {detail, bubbles: true, composed: true}));
  }

  _helped(event) {
    if (this._shown) this._emit('mpesa-help', this._shown.view);
  }

  // The looking goes on, unless the token or the payment is no good: then the shop's own link shows again.
  _fail(error) {
    if (!error) {
      this._offline.hidden = true;
    } else if (!error.retryable) {
      this._panel.hidden = true;
      this._link.hidden = false;
      this._emit('mpesa-error', error);
    } else if (error.failures > 1) {
      this._offline.hidden = false;
    }
  }

  _countDown(turns) {
    clearInterval(this._ticking);
    clearTimeout(this._turning);
    if (turns && turns < 86400000) this._turning = setTimeout(() => this.check(), turns + 500);
    if (this._shown.by_hand && Date.now() - this._openedAt > BY_HAND_MS) this._end();
    const box = this._main.querySelector('#left');
    if (!box) return;
    const end = Date.now() + 1000 * box.dataset.left;
    this._ticking = setInterval(() => {
      const left = Math.max(0, Math.round((end - Date.now()) / 1000));
      const words = box.dataset.words.replace('{s}', left);
      box.firstElementChild.textContent = words;
      box.querySelector('.rest').setAttribute('width', left);
      if (left === 30) this._say.textContent = words;
      if (left === 0) clearInterval(this._ticking);
    }, 1000);
  }

  _click(event) {
    const link = event.target.closest('a');
    if (!link) return;
    const what = link.dataset.do;
    if (/^tel:/.test(link.href)) return this._helped(event);
    if (link.getAttribute('href').charAt(0) === '#') {
      event.preventDefault();
      this.shadowRoot.querySelector(link.getAttribute('href')).focus();
    } else if (link.dataset.way !== undefined) {
      event.preventDefault();
      if (what === 'look') this.check();
      else this._go(link.dataset.way);
    } else if (what === 'share' && navigator.share) {
      event.preventDefault();
      navigator.share({text: link.dataset.text}).catch(() => 0);
    }
  }

  async _submit(event) {
    event.preventDefault();
    const form = event.target;
    const fields = new FormData(form);
    if (form.dataset.sent) return;
    form.dataset.sent = 'yes';
    this._typed = fields.get('phone') || this._typed;
    this._sending(form);
    const claims = fields.has('receipt');
    const shown = await (claims ? this._claim(fields) : this._prompt(fields));
    if (!shown) return;
    if (shown.status !== 422) {
      this._way = claims ? 'claim' : '';
      this._begin(shown.next);
    }
    this._show(shown.body);
  }

  _prompt(fields) {
    return this._ask('PUT', '/prompts/' + fields.get('number') + (this._lang && '?' + this._lang), {
      phone: fields.get('phone') || '',
      again: fields.get('again') === 'yes',
      not_charged: fields.get('not_charged') === 'yes'
    });
  }

  _claim(fields) {
    return this._ask('POST', '/screen/claim?way=claim' + (this._lang && '&' + this._lang), {receipt: fields.get('receipt')});
  }

  // In the button's place stands that the request goes out. The number is masked, as everywhere.
  _sending(form) {
    const line = form.querySelector('.wait');
    const field = form.querySelector('[type=tel]');
    const digits = field ? field.value.replace(/\D/g, '').slice(-9) : '';
    const hidden = '0' + digits.charAt(0) + '\u2022\u2022\u2022\u2022\u2022' + digits.slice(-3);
    const masked = digits.length < 9 ? '' : hidden;
    line.textContent = line.dataset.words.replace('{phone}', field ? masked : line.dataset.phone);
    line.hidden = false;
    form.querySelector('button').hidden = true;
  }

  // No answer: it may have arrived. The screen that comes next says what is known; a repeat carries the same number.
  async _ask(method, path, body) {
    const headers = {Authorization: 'Bearer ' + this._token, 'Content-Type': 'application/json'};
    try {
      const answer = await fetch(this._base + path, {method, headers, body: JSON.stringify(body), credentials: 'omit'});
      const told = await answer.json();
      const next = +answer.headers.get('Next-Poll-Ms') || 1000;
      if (told.object === 'checkout_screen') return {status: answer.status, next, body: told};
    } catch (problem) {
      this._offline.hidden = false;
    }
    this.reset();
  }
}

if (!customElements.get('mpesa-checkout')) customElements.define('mpesa-checkout', MpesaCheckout);
