/** What the quickstart writes to; process.stdout is one. */
export interface TextStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

const DEFAULT_COLUMNS = 80;
const LIVE_INTERVAL_MS = { tty: 100, plain: 1_000 };
const CLEAR_LINE = "\r\x1b[2K";
const STYLES = { bold: 1, dim: 2, red: 31, green: 32, cyan: 36 } as const;

/**
 * All that a person sees. A live line is rewritten in place on a terminal; elsewhere it
 * is a plain line, at most one a second.
 */
export class Terminal {
  readonly #stream: TextStream;
  readonly #isLiveCapable: boolean;
  readonly #useColour: boolean;
  #liveText = "";
  #shownAtMs = -Infinity;

  constructor(stream: TextStream, env: Readonly<Record<string, string | undefined>>) {
    this.#stream = stream;
    this.#isLiveCapable = stream.isTTY === true && env["TERM"] !== "dumb";
    this.#useColour = this.#isLiveCapable && !env["NO_COLOR"];
  }

  /** Whether live lines are rewritten in place. */
  get isLive(): boolean {
    return this.#isLiveCapable;
  }

  /** The start of a step. */
  heading(text: string): void {
    this.line(this.#style("bold", text));
  }

  line(text = ""): void {
    this.#clearLive();
    this.#stream.write(`${text}\n`);
  }

  /** Of less interest. */
  detail(text: string): void {
    this.line(this.#style("dim", `  ${text}`));
  }

  /** Something to type or to open. */
  command(text: string): void {
    this.line(this.#style("cyan", text));
  }

  good(text: string): void {
    this.line(this.#style("green", text));
  }

  bad(text: string): void {
    this.line(this.#style("red", text));
  }

  /** The state of something that goes on. Too frequent ones are left out. */
  live(text: string, intervalMs?: number): void {
    const least = this.#isLiveCapable ? LIVE_INTERVAL_MS.tty : (intervalMs ?? LIVE_INTERVAL_MS.plain);
    const nowMs = performance.now();
    if (nowMs - this.#shownAtMs < least || text === this.#liveText) return;
    this.#shownAtMs = nowMs;
    this.#liveText = text;
    if (!this.#isLiveCapable) this.#stream.write(`${text}\n`);
    else this.#stream.write(CLEAR_LINE + text.slice(0, (this.#stream.columns ?? DEFAULT_COLUMNS) - 1));
  }

  #clearLive(): void {
    if (this.#isLiveCapable && this.#liveText !== "") this.#stream.write(CLEAR_LINE);
    this.#liveText = "";
    this.#shownAtMs = -Infinity;
  }

  #style(style: keyof typeof STYLES, text: string): string {
    return this.#useColour ? `\x1b[${STYLES[style]}m${text}\x1b[0m` : text;
  }
}
