// One drawn phone: what its screen shows, what its keys do. It is told its state and draws
// only what changed, so a poll never flashes and never takes the focus away.
import { control, copyText, make, money, show, timeOfDay, words } from "/outside/outside.js";

const PIN_DIGITS = 4;

const MENUS = {
  paybill: { title: "Pay Bill", number: "Business number" },
  till: { title: "Buy Goods", number: "Till number" },
};

const SWITCHES = [
  ["off", "Off"],
  ["no_network", "No network"],
  ["ussd_session", "Menu open"],
];

const WRONG_PINS_MAX = 3;

/** What stands above a question that is no ordinary prompt. */
const TITLES = {
  standing_order: "M-PESA Ratiba",
  ussd_push: "Pay from the till",
};

/** What a prompt's end says on the screen. «Paid» and «allowed» need no line: an SMS comes. */
const ENDS = {
  killed: () => "A second prompt arrived and killed the first.",
  expired: () => "The request ran out of time.",
  failed: (_, prompt) => `M-PESA could not do this: ${prompt.code}.`,
  wrong_pin: (state, prompt) => state.locked
    ? "Wrong PIN for the third time. The PIN is locked."
    : `Wrong PIN. This request is over, M-PESA answers ${prompt.code}. Tries left: ${WRONG_PINS_MAX - state.wrong_pins}.`,
};

export class Phone {
  constructor(number, title, { alone, onPutAway }) {
    this.number = number;
    this.state = null;
    this.pin = "";
    this.menu = null; // {kind, step: "form" | "pin", shortcode, account, amount, wrong}
    this.notice = "";
    this.busy = false;
    this.seen = null; // {prompt, ended}: the live prompt's id, and the ids of those that have ended
    this.element = this.#frame(title, alone, onPutAway);
  }

  #frame(title, alone, onPutAway) {
    this.time = make("span", {}, "");
    this.signal = make("span", {}, "");
    this.body = make("div", { class: "body" });
    this.balance = make("span", {});
    this.switches = make("div", { class: "switches", role: "group", "aria-label": `Switches of ${title}` });
    this.spoken = make("p", { class: "vh", role: "status" });
    const screen = make("div", { class: "screen" },
      make("div", { class: "statusbar" }, this.time, this.signal), this.body);
    const away = make("button", { type: "button", class: "link", "aria-label": `Put ${title} away`, onclick: onPutAway }, "Put away");
    const whole = make("a", { href: "/phones/" + this.number, "aria-label": `${title} alone on a screen` }, "Alone");
    return make("section", { class: "one", "aria-label": title, tabindex: "0", "data-number": this.number },
      make("div", { class: "who" }, make("h2", {}, title), make("span", {}, spaced(this.number))),
      make("div", { class: "phone" }, screen),
      make("p", { class: "who under" }, this.balance, alone ? null : make("span", {}, whole, " · ", away)),
      this.switches, this.spoken);
  }

  /** Takes the newest state and draws what differs. */
  update(state, now) {
    this.state = state;
    this.#noticeNews(state);
    this.draw(now);
  }

  draw(now) {
    if (this.state === null) return;
    this.now = now ?? this.now;
    const state = this.state;
    const { off, no_network } = state.switches;
    this.time.textContent = off ? "" : timeOfDay(this.now, false);
    this.signal.textContent = off ? "" : no_network ? "No network" : "4G";
    show(this.balance, balanceKey(state), () => balanceWords(state, () => this.#ask("switch", { locked: false })));
    show(this.switches, SWITCHES.map(([key]) => state.switches[key]).join(), () => this.#switchButtons());
    const [key, build] = this.#screen();
    show(this.body, key, build);
    this.#tick();
  }

  #noticeNews(state) {
    const ended = new Set(state.prompts.filter((prompt) => prompt.state !== "live").map((prompt) => prompt.id));
    const before = this.seen ?? { prompt: null, ended };
    this.seen = { prompt: state.prompt?.id ?? null, ended };
    if (this.seen.prompt !== before.prompt) this.#promptChanged(state.prompt);
    const news = state.prompts.filter((prompt) => ended.has(prompt.id) && !before.ended.has(prompt.id));
    for (const prompt of news.reverse()) if (prompt.state in ENDS) this.say(ENDS[prompt.state](state, prompt));
  }

  #promptChanged(prompt) {
    this.pin = "";
    if (prompt === null) return;
    this.menu = null;
    this.notice = "";
    this.spoken.textContent = prompt.text + " Enter PIN.";
  }

  /** Shows a line on the screen until it is closed or something else happens. */
  say(text) {
    this.notice = text;
    this.spoken.textContent = text;
  }

  #switchButtons() {
    return SWITCHES.map(([key, label]) =>
      make("button", { type: "button", "aria-pressed": String(this.state.switches[key]), onclick: () => this.#flip(key) }, label));
  }

  async #flip(key) {
    const focused = this.switches.contains(document.activeElement);
    await this.#ask("switch", { [key]: !this.state.switches[key] });
    if (focused) this.switches.querySelectorAll("button")[SWITCHES.findIndex(([name]) => name === key)]?.focus();
  }

  /** Which screen, as [key that changes when the drawing must, function that draws it]. */
  #screen() {
    const state = this.state;
    const { off: isOff, no_network, ussd_session } = state.switches;
    if (isOff) return ["off", () => off("Switched off", "Nothing arrives until it is on again.")];
    if (no_network) return ["no network", () => off("No network", "Prompts do not arrive. After a while M-PESA answers 1037: no answer.")];
    if (state.prompt !== null) return ["prompt " + state.prompt.id + this.notice, () => [this.#told() ?? make("p", { class: "home" }, "Messages"), this.#promptPanel(state.prompt)]];
    if (ussd_session) return ["menu open", () => off("A menu is open", "Prompts cannot come up now: M-PESA answers 1001.")];
    if (this.menu?.step === "form") return [`form ${this.menu.kind} ${this.menu.wrong}`, () => this.#form()];
    if (this.menu?.step === "pin") return [`pin ${this.menu.wrong}`, () => this.#payPanel()];
    return ["home " + this.notice + state.switches.fuliza + JSON.stringify([state.sms, state.standing_orders.map((order) => order.id)]), () => this.#home()];
  }

  #told() {
    if (this.notice === "") return null;
    const close = () => { this.notice = ""; this.draw(); };
    return make("p", { class: "told" }, make("span", {}, words(this.notice)), make("button", { type: "button", onclick: close }, "Close"));
  }

  #home() {
    const messages = this.state.sms.length === 0
      ? [make("li", { class: "none" }, "No messages. What M-PESA says lands here.")].map(keepTogether)
      : this.state.sms.map((message) => sms(message));
    const entry = (label, act) => make("li", {}, make("button", { type: "button", onclick: act }, words(label)));
    return [
      make("p", { class: "home" }, "Messages"),
      this.#told(),
      make("ul", { class: "sms", tabindex: "0", "aria-label": "Messages" }, messages),
      make("ul", { class: "menu" },
        entry("Lipa na M-PESA: Pay Bill", () => this.#open("paybill")),
        entry("Lipa na M-PESA: Buy Goods", () => this.#open("till")),
        this.state.standing_orders.map((order) => entry(`Ratiba: stop ${order.name}, KSh\u00a0${order.amount.toLocaleString("en-KE")} ${order.frequency}`, () => this.#stop(order))),
        entry(this.state.switches.fuliza ? "Turn Fuliza off" : "Turn Fuliza on", () => this.#flip("fuliza"))),
    ];
  }

  async #stop(order) {
    try {
      await control("POST", `standing-orders/${order.id}/stop`, {});
      document.dispatchEvent(new CustomEvent("phones-changed"));
    } catch (problem) {
      this.say(problem.message);
    }
    this.draw();
  }

  #open(kind) {
    this.notice = "";
    this.menu = { kind, step: "form", shortcode: "", account: "", amount: "", wrong: "" };
    this.draw();
    this.body.querySelector("input")?.focus();
  }

  #form() {
    const menu = this.menu;
    const field = (name, label, mode) => make("label", {}, label,
      make("input", { type: "text", name, inputmode: mode, autocomplete: "off", value: menu[name] }));
    const fields = [field("shortcode", MENUS[menu.kind].number, "numeric")];
    if (menu.kind === "paybill") fields.push(field("account", "Account number", "text"));
    fields.push(field("amount", "Amount, KSh", "numeric"));
    const submit = (event) => { event.preventDefault(); this.#formDone(new FormData(event.target)); };
    return make("form", { class: "ussd typed", novalidate: true, onsubmit: submit },
      make("p", {}, make("b", {}, words("Lipa na M-PESA: " + MENUS[menu.kind].title))),
      fields, menu.wrong ? make("p", { class: "wrong", role: "alert" }, menu.wrong) : null,
      make("div", { class: "keys" }, this.#cancelKey(), make("button", { class: "ok" }, "OK")));
  }

  #formDone(form) {
    const typed = { shortcode: text(form, "shortcode"), account: text(form, "account"), amount: text(form, "amount") };
    Object.assign(this.menu, typed, { wrong: wrongIn(this.menu.kind, typed) });
    if (this.menu.wrong === "") this.menu.step = "pin";
    this.pin = "";
    this.draw();
    this.element.focus();
  }

  #promptPanel(prompt) {
    const title = TITLES[prompt.kind] ? make("b", { class: "kind" }, words(TITLES[prompt.kind])) : null;
    return this.#pinPanel([title, ...emphasised(prompt)], true, "");
  }

  #payPanel() {
    const { kind, shortcode, account, amount, wrong } = this.menu;
    const target = kind === "paybill" ? ["business ", make("b", {}, shortcode), " account ", make("b", {}, account)] : ["till ", make("b", {}, shortcode)];
    return this.#pinPanel(["Pay ", make("b", {}, money(amount)), " to ", ...target, "?"], false, wrong);
  }

  #pinPanel(question, counts, wrong) {
    const digit = (d) => make("button", { type: "button", onclick: () => this.key(d) }, d);
    return make("div", { class: "ussd" },
      make("p", {}, question), make("p", { class: "ask" }, "Enter PIN"),
      wrong ? make("p", { class: "wrong", role: "alert" }, words(wrong)) : null,
      make("div", { class: "dots", role: "img" }, Array.from({ length: PIN_DIGITS }, () => make("i"))),
      make("div", { class: "pad" }, [..."123456789"].map(digit), this.#cancelKey(), digit("0"),
        make("button", { type: "button", class: "ok", onclick: () => this.key("Enter") }, "OK")),
      counts ? make("p", { class: "secs" }) : null);
  }

  #cancelKey() {
    return make("button", { type: "button", class: "cancel", onclick: () => this.key("Escape") }, "Cancel");
  }

  #tick() {
    const dots = this.body.querySelector(".dots");
    dots?.setAttribute("aria-label", `${this.pin.length} of ${PIN_DIGITS} digits entered`);
    dots?.querySelectorAll("i").forEach((dot, place) => dot.classList.toggle("on", place < this.pin.length));
    const left = this.body.querySelector(".secs");
    if (left && this.state.prompt) left.textContent = secondsWords(Date.parse(this.state.prompt.ends_at) - this.now);
  }

  /** True while digits, Enter and Esc mean something here. */
  get asks() {
    const state = this.state;
    if (state === null || state.switches.off || state.switches.no_network) return false;
    return state.prompt !== null || this.menu !== null;
  }

  /** True when the PIN has all its digits. */
  get complete() {
    return this.pin.length === PIN_DIGITS;
  }

  /** A key of the pad or of the keyboard: a digit, Backspace, Enter, Escape. */
  key(key) {
    if (!this.asks || this.busy) return;
    if (/^\d$/.test(key)) this.pin = (this.pin + key).slice(0, PIN_DIGITS);
    else if (key === "Backspace") this.pin = this.pin.slice(0, -1);
    else if (key === "Escape") this.#cancel();
    else if (key === "Enter" && this.complete) this.#confirm();
    this.draw();
  }

  #cancel() {
    this.pin = "";
    if (this.state.prompt !== null) return this.#answerPrompt({ cancel: true });
    this.menu = null;
    return undefined;
  }

  #confirm() {
    const pin = this.pin;
    this.pin = "";
    return this.state.prompt !== null ? this.#answerPrompt({ pin }) : this.#pay(pin);
  }

  async #answerPrompt(answer) {
    this.notice = "";
    await this.#ask("answer", answer);
    this.draw();
  }

  async #pay(pin) {
    const { kind, shortcode, account, amount } = this.menu;
    const told = await this.#ask("pay", { shortcode, account: kind === "paybill" ? account : "", amount: Number(amount), pin });
    if (told !== null) this.menu = null;
    this.draw();
  }

  /** Asks the control API for this phone; the answer's reason, if it is a no, is shown on the screen. */
  async #ask(act, body) {
    this.busy = true;
    try {
      const told = await control("POST", `phones/${this.number}/${act}`, body);
      document.dispatchEvent(new CustomEvent("phones-changed"));
      return told;
    } catch (problem) {
      if (this.menu) this.menu.wrong = problem.message;
      else this.say(problem.message);
      return null;
    } finally {
      this.busy = false;
    }
  }
}

function keepTogether(item) {
  item.replaceChildren(...words(item.textContent));
  return item;
}

function balanceKey(state) {
  return `${state.balance} ${state.fuliza_used} ${state.locked}`;
}

function balanceWords(state, unlock) {
  const owed = state.fuliza_used > 0 ? [", Fuliza ", make("b", {}, money(state.fuliza_used))] : [];
  const locked = state.locked ? [" · ", make("b", {}, "PIN locked"), " ", make("button", { type: "button", class: "link", onclick: unlock }, "Unlock")] : [];
  return ["Balance ", make("b", {}, money(state.balance)), ...owed, ...locked];
}

function off(title, reason) {
  return make("div", { class: "off" }, make("b", {}, title), make("p", {}, words(reason)));
}

function sms(message) {
  const when = make("small", {}, timeOfDay(Date.parse(message.at), false));
  const [before, after] = message.receipt ? message.text.split(message.receipt, 2) : [message.text, ""];
  if (!message.receipt || after === undefined) return make("li", {}, when, words(message.text));
  const copy = make("button", { type: "button", class: "copy", title: "Copy this code" }, message.receipt);
  copy.addEventListener("click", () => copyText(copy, message.receipt));
  return make("li", {}, when, words(before), copy, words(after));
}

function text(form, name) {
  return String(form.get(name) ?? "").trim();
}

function wrongIn(kind, typed) {
  if (!/^\d{5,7}$/.test(typed.shortcode)) return `${MENUS[kind].number} has 5 to 7 digits`;
  if (kind === "paybill" && typed.account === "") return "Enter an account number";
  return /^[1-9]\d{0,5}$/.test(typed.amount) ? "" : "Enter a whole amount, like 1500";
}

/** The prompt's own text, with amount, payee and account in bold. */
function emphasised(prompt) {
  let rest = prompt.text.replace("KSh ", "KSh\u00a0");
  const parts = [];
  for (const piece of [`KSh\u00a0${prompt.amount.toLocaleString("en-KE")}`, prompt.to, prompt.account]) {
    const at = piece === "" ? -1 : rest.indexOf(piece);
    if (at < 0) continue;
    parts.push(rest.slice(0, at), make("b", {}, piece));
    rest = rest.slice(at + piece.length);
  }
  return [...parts, rest];
}

function secondsWords(left_ms) {
  const seconds = Math.max(0, Math.ceil(left_ms / 1000));
  return seconds === 1 ? "1 second left" : `${seconds} seconds left`;
}

/** 0712345678 → 0712 345 678. */
export function spaced(number) {
  return number.replace(/^(\d{4})(\d{3})(\d{3})$/, "$1 $2 $3");
}
