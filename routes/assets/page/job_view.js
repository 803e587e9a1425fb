// @ts-check

/**
 * @typedef {object} JobView what is shown of a job
 * @property {string} id
 * @property {string} state
 * @property {number | null} position how many start before it
 * @property {number} step
 * @property {number | null} total
 * @property {string | undefined} preview base64 of a PNG
 * @property {readonly { index: number, seed: number }[]} images
 * @property {readonly string[]} notices
 * @property {string | undefined} error
 * @property {Readonly<Record<string, any>>} request with every default, without pictures
 */

/**
 * A job as the server tells it.
 *
 * @param {any} job
 * @returns {JobView}
 */
export function viewOf({ id, state, position, step, total, images, notices, error, request }) {
  const seen = images.map(/** @param {any} image */ ({ index, seed }) => ({ index, seed }));
  return { id, state, position, step, total, preview: undefined, images: seen, notices, error: error?.detail, request };
}

/**
 * The job after something happened to it. The same event twice changes nothing.
 *
 * @param {JobView} view
 * @param {{ type: string, data: any }} event
 * @returns {JobView}
 */
export function after(view, { type, data }) {
  switch (type) {
    case "queued":
      return { ...view, state: "queued", position: data.position, step: 0, preview: undefined };
    case "started":
      return { ...view, state: "running", position: null };
    case "notice":
      return view.notices.includes(data.message) ? view : { ...view, notices: [...view.notices, data.message] };
    case "step":
      return { ...view, step: data.step, total: data.total };
    case "preview":
      return { ...view, preview: data.png };
    case "image": {
      const others = view.images.filter(({ index }) => index !== data.index);
      const images = [...others, { index: data.index, seed: data.seed }].sort((a, b) => a.index - b.index);
      return { ...view, images };
    }
    case "end":
      return { ...view, state: data.state, position: null, preview: undefined, error: data.error?.detail };
    default:
      return view;
  }
}

/**
 * Whether nothing more will happen to it.
 *
 * @param {JobView} view
 */
export function isOver({ state }) {
  return state !== "queued" && state !== "running";
}

/**
 * One line about it.
 *
 * @param {JobView} view
 */
export function statusOf({ state, position, step, total, images, error }) {
  switch (state) {
    case "queued":
      return position ? `Waiting, ${position} before it` : "Waiting, next in line";
    case "running":
      return total === null ? "Starting" : `Step ${step} of ${total}`;
    case "succeeded":
      return images.length === 1 ? `Seed ${images[0]?.seed}` : `${images.length} pictures from seed ${images[0]?.seed}`;
    case "failed":
      return error ?? "Failed";
    default:
      return state === "canceled" ? "Canceled" : "Expired";
  }
}
