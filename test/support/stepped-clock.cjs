// Preloaded into a process (`node --require`), it lets the clock of that process jump while it runs:
// the file STEPPED_CLOCK_FILE holds by how many ms it is wrong, and is read at the start and at SIGUSR2.
// Monotonic clocks and timers go on, as they do when a real clock is set.
"use strict";

const { readFileSync } = require("node:fs");

const RealDate = Date;
let offsetMs = 0;

function step() {
  offsetMs = Number(readFileSync(process.env["STEPPED_CLOCK_FILE"], "utf8"));
}

globalThis.Date = class Date extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(RealDate.now() + offsetMs);
    else super(...args);
  }

  static now() {
    return RealDate.now() + offsetMs;
  }
};

step();
process.on("SIGUSR2", step);
