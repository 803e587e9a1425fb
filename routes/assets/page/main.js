import { callJson, setKey } from "../shared/api.js";
import { byId } from "../shared/elements.js";
import { Form } from "./form.js";
import { Gallery } from "./gallery.js";
import { History } from "./history.js";
import { isOver, statusOf } from "./job_view.js";
import { Jobs } from "./jobs.js";
import { Viewer } from "./viewer.js";

/** How many previews a job sends at most. */
const PREVIEWS = 10;

const form = new Form();
const history = new History();
let lastSeed;
let lastStatus;

const viewer = new Viewer({ start: (blob) => form.start(blob), reuse, reuseSeed: (seed) => form.seed = seed, fail });
const gallery = new Gallery(history, {
  cancel: (id) => jobs.cancel(id),
  open: (pictures, place) => viewer.open(pictures, place),
  reuse,
  fail,
});
const jobs = new Jobs((view) => {
  gallery.update(view).catch(fail);
  announce(view);
  lastSeed = view.images.at(-1)?.seed ?? lastSeed;
  byId("seed-reuse").disabled = lastSeed === undefined;
});

byId("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  fail(undefined);
  byId("generate").disabled = true;
  try {
    await jobs.begin({ ...form.body, previews: PREVIEWS });
  } catch (error) {
    fail(error);
  }
  byId("generate").disabled = false;
});
document.addEventListener("keydown", ({ key, ctrlKey, metaKey }) => {
  if (key === "Enter" && (ctrlKey || metaKey)) byId("form").requestSubmit();
});
byId("seed-reuse").addEventListener("click", () => form.seed = lastSeed);
byId("clear").addEventListener("click", () => {
  if (confirm("Remove all pictures, here and on the server?")) gallery.clear().catch(fail);
});
byId("key-open").addEventListener("click", () => byId("key").showModal());
byId("key").addEventListener("close", ({ target }) => {
  if (target.returnValue === "save") {
    setKey(byId("key-value").value.trim());
    load();
  }
  byId("key-value").value = "";
});
load();
history.entries.filter((entry) => !isOver(entry)).forEach(resume);

async function load() {
  try {
    form.models = (await callJson("v1/models")).data;
    fail(undefined);
  } catch (error) {
    fail(error);
  }
}

/** Goes on with what the page was left at. */
async function resume(entry) {
  try {
    await jobs.resume(entry.id);
  } catch (error) {
    if (error.status === 404) await gallery.update({ notices: [], ...entry, state: "expired" });
    else fail(error);
  }
}

function reuse(request) {
  form.fill(request);
  byId("prompt").focus();
}

/** Shows what went wrong, at its field or below the form; asks for a key where one is missing. Undefined: nothing did. */
function fail(error) {
  const errors = error?.errors ?? [];
  const rest = form.showErrors(errors);
  const text = errors.length > 0 ? rest.map(({ detail }) => detail).join("\n") : error?.message ?? "";
  byId("form-error").textContent = text;
  byId("form-error").hidden = text === "";
  if (error?.status === 401 && !byId("key").open) byId("key").showModal();
}

/** Tells screen readers of beginnings and ends, not of every step. */
function announce(view) {
  const text = { running: "Working", succeeded: "Done" }[view.state] ?? statusOf(view);
  if (text !== lastStatus) byId("status").textContent = lastStatus = text;
}
