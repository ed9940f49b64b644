/** Random values that a seed repeats (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 up to 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 up to, and without, `below`. */
  int(below: number): number {
    return Math.floor(this.next() * below);
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.int(items.length)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  }

  /** Up to `count` different items. */
  some<T>(items: readonly T[], count: number): T[] {
    const left = [...items];
    return Array.from(
      { length: Math.min(count, left.length) },
      () => left.splice(this.int(left.length), 1)[0] as T,
    );
  }

  text(length: number): string {
    const letters = "a b c X Y Z 0 1 9 _ - \" \\ ' é 漢 🙂".split(" ");
    return Array.from({ length: 1 + this.int(length) }, () => this.pick(letters)).join("");
  }

  vector(dim: number): number[] {
    return Array.from({ length: dim }, () => Math.fround(this.next()));
  }
}
