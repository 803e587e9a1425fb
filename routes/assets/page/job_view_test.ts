import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { after, isOver, type JobView, statusOf, viewOf } from "./job_view.js";

const QUEUED = {
  id: "a",
  state: "queued",
  position: 2,
  step: 0,
  total: null,
  images: [],
  notices: [],
  error: null,
  request: {},
};

describe("the page's view of a job", () => {
  it("follows its events from the queue to the pictures", () => {
    const events = [
      { type: "queued", data: { position: 1 } },
      { type: "started", data: {} },
      { type: "notice", data: { message: "prompt was cut" } },
      { type: "step", data: { images: [0], step: 1, total: 2 } },
      { type: "preview", data: { images: [0], step: 1, png: "cGc=" } },
      { type: "image", data: { index: 1, seed: 8 } },
      { type: "image", data: { index: 0, seed: 7 } },
      { type: "end", data: { state: "succeeded", error: null } },
    ];
    let view: JobView = viewOf(QUEUED);
    const told = [statusOf(view)];
    for (const event of events) told.push(statusOf(view = after(view, event)));
    expect(told).toEqual([
      "Waiting, 2 before it",
      "Waiting, 1 before it",
      "Starting",
      "Starting",
      ...Array(4).fill("Step 1 of 2"),
      "2 pictures from seed 7",
    ]);
    expect(view).toMatchObject({ images: [{ index: 0, seed: 7 }, { index: 1, seed: 8 }], notices: ["prompt was cut"] });
    expect([isOver(view), view.preview]).toEqual([true, undefined]);
  });

  it("is the same after events that come twice, as they do when a stream was cut", () => {
    const events = [
      { type: "notice", data: { message: "prompt was cut" } },
      { type: "image", data: { index: 0, seed: 7 } },
    ];
    const once = events.reduce(after, viewOf(QUEUED));
    expect(events.reduce(after, once)).toEqual(once);
  });

  it("begins again if the server did", () => {
    const running = after(viewOf(QUEUED), { type: "preview", data: { png: "cGc=" } });
    expect(after(running, { type: "queued", data: { position: 0 } })).toMatchObject({ preview: undefined, step: 0 });
  });

  it("tells why it failed, and how else it ended", () => {
    const failed = after(viewOf(QUEUED), {
      type: "end",
      data: { state: "failed", error: { detail: "Model is gone" } },
    });
    expect(statusOf(failed)).toBe("Model is gone");
    for (const [state, text] of [["canceled", "Canceled"], ["expired", "Expired"]]) {
      expect(statusOf({ ...viewOf(QUEUED), state: state! })).toBe(text);
    }
  });
});
