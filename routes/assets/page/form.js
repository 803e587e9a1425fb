import { BoxesInput } from "../inputs/boxes_input.js";
import { MaskInput } from "../inputs/mask_input.js";
import { PictureInput } from "../inputs/picture_input.js";
import { byId, element } from "../shared/elements.js";
import { choiceOf, CHOICES, choicesOf, fieldsOf, toBody } from "./fields.js";

const SEEDS = 2 ** 32;
const MARGINS = ["left", "top", "right", "bottom"].map((side) => `extend-${side}`);
/** Fields that are more than one input. */
const SPECIAL = ["task", "image", "mask", "extend", "boxes"];

/** The form: shows the fields that task and model have, gives a request's body, and tells what is wrong beside each field. */
export class Form {
  #models = [];
  #mask = new MaskInput();
  #boxes = new BoxesInput();
  #picture = new PictureInput((value) => this.#onPicture(value));

  constructor() {
    for (const field of document.querySelectorAll("[data-field]")) {
      const name = field.dataset.field;
      field.append(element("p", { id: `${name}-error`, className: "error", hidden: true }));
      byId(name)?.setAttribute("aria-describedby", `${name}-error`);
      field.addEventListener("input", () => tell(field, undefined));
    }
    byId("model").addEventListener("change", () => this.#update());
    byId("task").addEventListener("change", () => this.#update());
    byId("seed-roll").addEventListener("click", () => this.seed = Math.floor(Math.random() * SEEDS));
    byId("seed-clear").addEventListener("click", () => this.seed = "");
    for (const side of ["width", "height"]) byId(side).addEventListener("input", () => this.#fitBoxes());
  }

  /** Takes the models that the server has. */
  set models(models) {
    this.#models = models;
    byId("form").removeAttribute("aria-busy");
    byId("model").replaceChildren(
      ...models.map(({ id, loaded }) => new Option(loaded === false ? `${id} (loads first)` : id, id)),
    );
    this.#update();
  }

  set seed(seed) {
    byId("seed").value = seed;
  }

  /** The body of a request for what the form says. */
  get body() {
    const values = Object.fromEntries(
      fieldsOf(this.#choice, this.#model).filter((name) => !SPECIAL.includes(name))
        .map((name) => [name, byId(name).value.trim()]),
    );
    const extend = MARGINS.map((id) => byId(id).valueAsNumber);
    const special = { image: this.#picture.value, mask: this.#mask.value, extend, boxes: this.#boxes.value };
    return toBody(this.#choice, this.#model, { ...values, ...special });
  }

  /** Fills in what a request was made with; pictures are not known any more. */
  fill(request) {
    if (this.#models.some(({ id }) => id === request.model)) byId("model").value = request.model;
    this.#update(choiceOf(request));
    for (const [name, value] of Object.entries(request)) {
      if (!SPECIAL.includes(name) && byId(name)?.closest("[data-field]")) byId(name).value = value;
    }
    byId("class").selectedIndex = request.class ?? 0; // the server tells its number
    this.#boxes.value = request.boxes;
  }

  /** Starts from a picture; a task that has none gives way to the first that has. */
  async start(blob) {
    await this.#picture.set(blob);
    byId("image").focus();
  }

  /** Shows errors of the API at their fields, and gives those that have no field here. */
  showErrors(errors) {
    document.querySelectorAll("[data-field]").forEach((field) => tell(field, undefined));
    const rest = errors.filter(({ pointer, detail }) => {
      const name = pointer.split(/[/.]/)[1];
      const field = name && document.querySelector(`[data-field="${CSS.escape(name)}"]:not([hidden])`);
      if (field) tell(field, detail);
      return !field;
    });
    document.querySelector("[aria-invalid=true]")?.focus();
    return rest;
  }

  get #model() {
    return this.#models[byId("model").selectedIndex];
  }

  get #choice() {
    return byId("task").value;
  }

  #update(choice = this.#choice) {
    const model = this.#model;
    const choices = choicesOf(model);
    byId("task").replaceChildren(...choices.map((name) => new Option(CHOICES[name].name, name)));
    byId("task").value = choices.includes(choice) ? choice : choices[0];
    const shown = fieldsOf(this.#choice, model);
    for (const field of document.querySelectorAll("[data-field]")) field.hidden = !shown.includes(field.dataset.field);
    byId("mask").hidden = !shown.includes("mask") || !this.#picture.value;
    keepValue(byId("scheduler"), [
      new Option(`${model.defaults.scheduler} (the model's)`, ""),
      ...options(model.schedulers),
    ]);
    keepValue(byId("class"), options(model.classes ?? []));
    const { min, max, multiple: step } = model.size;
    for (const side of ["width", "height"]) Object.assign(byId(side), { min, max, step });
    for (const name of ["width", "height", "steps", "guidance"]) byId(name).placeholder = model.defaults[name];
    byId("strength").placeholder = this.#choice === "image-to-image" ? 0.8 : 1;
    this.#fitBoxes();
  }

  #fitBoxes() {
    const { defaults, max_objects = 1 } = this.#model;
    this.#boxes.fit(max_objects, ["width", "height"].map((side) => byId(side).valueAsNumber || defaults[side]));
  }

  async #onPicture(value) {
    const hasPicture = (choice) => CHOICES[choice]?.fields.includes("image");
    if (value && !hasPicture(this.#choice)) this.#update(choicesOf(this.#model).find(hasPicture));
    else this.#update();
    if (value) await this.#mask.cover(byId("image-view"));
    tell(byId("image").closest("[data-field]"), undefined);
  }
}

function tell(field, detail) {
  const name = field.dataset.field;
  const told = byId(`${name}-error`);
  told.textContent = detail ?? "";
  told.hidden = detail === undefined;
  if (detail !== undefined) field.closest("details")?.setAttribute("open", "");
  (byId(name) ?? field).setAttribute("aria-invalid", detail !== undefined);
}

const options = (names) => names.map((name) => new Option(name));

function keepValue(select, choices) {
  const { value } = select;
  select.replaceChildren(...choices);
  if (choices.some((choice) => choice.value === value)) select.value = value;
}
