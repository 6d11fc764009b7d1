// Buttons that let many payers play, and how far they are.
import { control, dayOf, every, make, show, words } from "/outside/outside.js";

const playing = document.getElementById("playing");
const played = document.getElementById("played");
const stop = document.getElementById("stop-scene");

function draw(play) {
  playing.hidden = play === null;
  if (play === null) return;
  const refused = play.refused ? `, ${play.refused} not taken` : "";
  const count = `${play.asked.toLocaleString("en-KE")} of ${play.total.toLocaleString("en-KE")} asked for${refused}`;
  const day = play.day ? `, ${dayWords(play.day)}` : "";
  const said = `${play.words.split(",")[0]}${day}: ${count}${play.running ? "…" : "."}`;
  if (played.textContent !== said) played.replaceChildren(...words(said));
  stop.hidden = !play.running;
  drawDiary(play.notes);
}

// What was brought about, so that whoever looks for the differences can see whether all were found.

const diary = document.getElementById("diary");

function drawDiary(notes) {
  diary.hidden = notes.length === 0;
  show(diary, JSON.stringify(notes), () => notes.map((note) => make("li", {},
    `${dayWords(note.day)}: `, words(note.words), " ", make("a", { href: note.address }, "Look"))));
}

function dayWords(day) {
  return dayOf(Date.parse(`${day}T12:00:00+03:00`)).replace(/ \d{4}$/, "");
}

async function refresh() {
  draw((await control("GET", "scenes")).play);
}

async function act(step) {
  try {
    await step();
    await refresh();
    document.dispatchEvent(new CustomEvent("faults-changed"));
  } catch (problem) {
    playing.hidden = false;
    played.textContent = problem.message;
  }
}

for (const button of document.querySelectorAll("[data-scene]")) {
  button.addEventListener("click", () => act(() => control("POST", "scenes", { scene: button.dataset.scene })));
}
stop.addEventListener("click", () => act(() => control("DELETE", "scenes")));
every(1000, refresh);
