// Buttons that let many payers play, and how far they are.
import { control, every, words } from "/outside/outside.js";

const playing = document.getElementById("playing");
const played = document.getElementById("played");
const stop = document.getElementById("stop-scene");

function draw(play) {
  playing.hidden = play === null;
  if (play === null) return;
  const refused = play.refused ? `, ${play.refused} not taken` : "";
  const count = `${play.asked.toLocaleString("en-KE")} of ${play.total.toLocaleString("en-KE")} asked for${refused}`;
  const said = `${play.words.split(",")[0]}: ${count}${play.running ? "…" : "."}`;
  if (played.textContent !== said) played.replaceChildren(...words(said));
  stop.hidden = !play.running;
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
