// The search looks through search-index.js: rows of path, title, kind and text. A
// page is found when it holds every word; titles count more than texts, and pages of
// lessons and terms more than those of code.
"use strict";
const form = document.getElementById("search");
const query = document.getElementById("query");
const results = document.getElementById("results");
const count = document.getElementById("count");
const shown = 50;

function weigh(row, words) {
  const title = row[1].toLowerCase(), text = row[3].toLowerCase();
  let weight = row[2] === "lesson" || row[2] === "term" ? 3 : row[2] === "command" ? 2 : 0;
  for (const word of words) {
    if (title.endsWith(word)) weight += 6;
    else if (title.includes(word)) weight += 4;
    else if (text.includes(word)) weight += 1;
    else return 0;
  }
  return weight;
}

function search() {
  const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
  const found = words.length === 0 ? [] : bookIndex
    .map((row) => ({ row, weight: weigh(row, words) }))
    .filter((f) => f.weight > 0)
    .sort((a, b) => b.weight - a.weight);
  results.replaceChildren(...found.slice(0, shown).map(({ row }) => {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = row[0];
    link.textContent = row[1];
    item.append(link, " (" + row[2] + ") " + row[3].slice(0, 160));
    return item;
  }));
  count.textContent = words.length === 0 ? "" :
    found.length === 0 ? "Nothing has all of these words." :
    found.length > shown ? "The first " + shown + " of " + found.length + " pages." : found.length + (found.length === 1 ? " page." : " pages.");
}

form.hidden = false;
query.value = new URLSearchParams(location.search).get("q") || "";
form.addEventListener("submit", (event) => event.preventDefault());
query.addEventListener("input", search);
query.focus();
search();
