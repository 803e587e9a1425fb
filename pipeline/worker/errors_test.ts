import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { FilesChangedError } from "../../models/graphs/files_changed_error.ts";
import { DeviceLostError } from "../../runtime/device_lost_error.ts";
import { NonFiniteError } from "../images/non_finite_error.ts";
import { fromSent, toSent } from "./errors.ts";

/** What comes out on the other side of a message. */
const sent = (thrown: unknown) => fromSent(structuredClone(toSent(thrown)));

describe("errors between threads", () => {
  it("keep their class, where callers look for it, and their message", () => {
    const errors = [NonFiniteError, DeviceLostError, FilesChangedError].map((Class) => new Class("It is so"));
    for (const error of errors) {
      expect(structuredClone(error).constructor).not.toBe(error.constructor);
      const received = sent(error);
      expect([received.constructor, received.message]).toEqual([error.constructor, error.message]);
    }
    expect(sent(new TypeError("no"))).toBeInstanceOf(TypeError);
    expect(sent("thrown as text").message).toBe("thrown as text");
  });

  it("are the loss of the device if WebAssembly trapped, however deep down", () => {
    // (module (func (export "f") unreachable))
    const bytes = Uint8Array.fromHex("0061736d0100000001040160000003020100070501016600000a05010300000b");
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
    let trap: unknown;
    try {
      (exports["f"] as () => void)();
    } catch (error) {
      trap = error;
    }
    expect(sent(trap)).toBeInstanceOf(DeviceLostError);
    const wrapped = sent(new Error("Graph unet.onnx could not be loaded", { cause: trap }));
    expect(wrapped).toBeInstanceOf(DeviceLostError);
    expect(wrapped.message).toBe("The inference runtime failed: Graph unet.onnx could not be loaded");
  });
});
