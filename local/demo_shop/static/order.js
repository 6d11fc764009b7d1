// Keeps an order's state fresh while it may still change. The page works without it.
const holder = document.getElementById("state");

const plate = () => holder.querySelector(".plate");
const settled = () => plate().dataset.live !== "yes";

async function refresh() {
  const answer = await fetch(holder.dataset.state);
  if (!answer.ok || answer.redirected) return;
  const told = document.createElement("template");
  told.innerHTML = await answer.text();
  if (told.innerHTML.trim() === holder.innerHTML.trim()) return;
  const wordBefore = plate().dataset.word;
  holder.replaceChildren(told.content);
  document.title = document.title.replace(wordBefore, plate().dataset.word);
}

async function again() {
  if (settled()) return;
  if (!document.hidden) await refresh().catch(() => undefined);
  setTimeout(again, 2000);
}

setTimeout(again, 1500);
