import assert from "node:assert/strict";
import { FrameSplitter, plainFrame } from "../../../src/server/frame-splitter.js";

const unlimited = (): void => undefined;

function frame(flags: number, text: string): Buffer {
  const bytes = plainFrame(Buffer.from(text));
  bytes.writeUInt8(flags, 0);
  return bytes;
}

function split(splitter: FrameSplitter, ...pieces: readonly Uint8Array[]): readonly string[] {
  return pieces.flatMap((piece) =>
    splitter.push(piece).map(({ flags, payload }) => `${flags} ${payload.toString()}`),
  );
}

describe("FrameSplitter", () => {
  const bytes = Buffer.concat([frame(0, "a"), frame(1, ""), frame(255, "bcd")]);

  it("finds the same frames in whatever pieces they come", () => {
    const expected = ["0 a", "1 ", "255 bcd"];
    for (let size = 1; size <= bytes.length; size++) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      );
      const splitter = new FrameSplitter(unlimited);
      assert.deepEqual(split(splitter, ...pieces), expected);
      assert.ok(!splitter.isInside);
    }
  });

  it("tells that the bytes end inside of a frame", () => {
    for (let length = 1; length < 6; length++) {
      const splitter = new FrameSplitter(unlimited);
      assert.deepEqual(split(splitter, bytes.subarray(0, length)), []);
      assert.ok(splitter.isInside);
    }
  });

  it("asks about a length as soon as it is known, before anything of it has come", () => {
    const splitter = new FrameSplitter((length) => {
      if (length > 2) throw new Error(`${length} is too long`);
    });
    assert.throws(() => split(splitter, bytes.subarray(0, -3)), /3 is too long/);
  });

  it("takes a large frame in small pieces without looking at all of it each time", () => {
    const large = frame(0, "x".repeat(1 << 20));
    const splitter = new FrameSplitter(unlimited);
    let frames = 0;
    for (let at = 0; at < large.length; at += 4) frames += splitter.push(large.subarray(at, at + 4)).length;
    assert.equal(frames, 1);
  });
});
