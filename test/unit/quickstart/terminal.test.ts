import assert from "node:assert/strict";
import { Terminal } from "../../../src/quickstart/terminal.js";

function open(isTTY: boolean, env: Record<string, string> = {}, columns?: number): [Terminal, string[]] {
  const written: string[] = [];
  return [new Terminal({ isTTY, columns, write: (text) => written.push(text) }, env), written];
}

function showEverything(terminal: Terminal): void {
  terminal.heading("a");
  terminal.detail("b");
  terminal.command("c");
  terminal.good("d");
  terminal.bad("e");
  terminal.live("f");
  terminal.line("g");
}

describe("terminal", () => {
  it("writes plain lines into a pipe, without escapes", () => {
    const [terminal, written] = open(false);
    showEverything(terminal);
    assert.equal(written.join(""), "a\n  b\nc\nd\ne\nf\ng\n");
  });

  it("uses colours on a terminal, unless NO_COLOR is set or it is a dumb one", () => {
    for (const [env, isColoured] of [
      [{}, true],
      [{ NO_COLOR: "1" }, false],
      [{ NO_COLOR: "" }, true],
      [{ TERM: "dumb" }, false],
    ] as const) {
      const [terminal, written] = open(true, env);
      showEverything(terminal);
      assert.equal(/\x1b\[\d+m/.test(written.join("")), isColoured, JSON.stringify(env));
    }
  });

  it("rewrites the live line in place and removes it before another line", () => {
    const [terminal, written] = open(true, { NO_COLOR: "1" });
    terminal.live("one");
    terminal.line("two");
    assert.deepEqual(written, ["\r\x1b[2Kone", "\r\x1b[2K", "two\n"]);
  });

  it("cuts the live line to the width, since a wrapped one cannot be rewritten", () => {
    const [terminal, written] = open(true, {}, 5);
    terminal.live("123456789");
    assert.deepEqual(written, ["\r\x1b[2K1234"]);
  });

  it("leaves out live lines that come too fast", () => {
    for (const isTTY of [true, false]) {
      const [terminal, written] = open(isTTY);
      for (let count = 0; count < 100; count++) terminal.live(`${count}`);
      assert.equal(written.length, 1);
    }
  });
});
