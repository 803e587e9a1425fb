import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { eventText } from "../../answers/event_stream.ts";
import { EventStream } from "./event_stream.js";

describe("the page's reader of server-sent events", () => {
  it("reads what the server writes, however it is cut", () => {
    const text = `retry: 2000\n\n${eventText({ id: 1, event: "queued" }, { position: 0 })}: still there\n\n${
      eventText({ id: 7, event: "notice" }, { message: "a: b\n\nc" })
    }`;
    const wanted = [
      { id: 1, type: "queued", data: { position: 0 } },
      { id: 7, type: "notice", data: { message: "a: b\n\nc" } },
    ];
    for (let size = 1; size <= text.length; size++) {
      const stream = new EventStream();
      const read = [];
      for (let at = 0; at < text.length; at += size) read.push(...stream.push(text.slice(at, at + size)));
      expect(read).toEqual(wanted);
    }
  });
});
