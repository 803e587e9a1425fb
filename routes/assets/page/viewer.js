import { byId, element } from "../shared/elements.js";

/** Settings that are shown beside a picture, in this order. */
const SHOWN = [
  "prompt",
  "negative_prompt",
  "task",
  "class",
  "width",
  "height",
  "strength",
  "steps",
  "guidance",
  "scheduler",
];

/** One picture in full with its settings; arrow keys go to its neighbours. */
export class Viewer {
  #dialog = byId("viewer");
  #pictures = [];
  #place = 0;

  /** @param actions what its buttons do: `start(blob)`, `reuse(request)`, `reuseSeed(seed)`, `fail(error)` */
  constructor({ start, reuse, reuseSeed, fail }) {
    const on = (name, act) =>
      byId(`viewer-${name}`).addEventListener("click", async () => {
        this.#dialog.close();
        try {
          await act(this.#pictures[this.#place]);
        } catch (error) {
          fail(error);
        }
      });
    on("close", () => {});
    on("reuse", ({ request, seed }) => reuse({ ...request, seed }));
    on("seed", ({ seed }) => reuseSeed(seed));
    on("input", async ({ full }) => start((await full()).blob));
    this.#dialog.addEventListener("keydown", ({ key }) => {
      const next = this.#place + Number(key === "ArrowRight") - Number(key === "ArrowLeft");
      if (next !== this.#place && this.#pictures[next]) this.#show(next);
    });
  }

  /** Opens at one of some pictures. */
  open(pictures, place) {
    this.#pictures = pictures;
    this.#dialog.showModal();
    this.#show(place);
  }

  async #show(place) {
    this.#place = place;
    const { title, seed, request, thumbnail, full } = this.#pictures[place];
    const image = byId("viewer-image");
    Object.assign(image, { src: thumbnail, alt: `${title}, seed ${seed}` });
    const settings = SHOWN.map((name) => [name.replace("_", " "), request[name]]);
    const rows = [["seed", seed], ...settings].filter(([, value]) => value !== undefined && value !== "");
    byId("viewer-settings").replaceChildren(
      ...rows.map(([name, value]) =>
        element("div", {}, element("dt", { textContent: name }), element("dd", { textContent: value }))
      ),
    );
    this.#allow(undefined, "");
    try {
      const { url } = await full();
      if (this.#place !== place) return;
      image.src = url;
      this.#allow(url, `latentd-${seed}.png`);
    } catch {
      byId("viewer-note").textContent = "The server does not keep it any more; its settings make it again.";
    }
  }

  #allow(url, download) {
    const link = byId("viewer-download");
    byId("viewer-note").textContent = "";
    byId("viewer-input").disabled = link.hidden = url === undefined;
    if (url) Object.assign(link, { href: url, download });
  }
}
