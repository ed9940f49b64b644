/** When rows are acknowledged and when they are first seen: in either order, since an answer may be slower than a read. */
export class LagWatch {
  /** When each was acknowledged, or seen before that; by id. */
  readonly #acknowledged = new Map<number, number>();
  readonly #seen = new Map<number, number>();
  readonly #unseen = new Set<number>();
  readonly lagsMs: number[] = [];

  sent(id: number): void {
    this.#unseen.add(id);
  }

  acknowledged(id: number): void {
    this.#acknowledged.set(id, performance.now());
    this.#note(id);
  }

  seen(ids: readonly number[]): void {
    const now = performance.now();
    for (const id of ids) {
      if (!this.#unseen.delete(id)) continue;
      this.#seen.set(id, now);
      this.#note(id);
    }
  }

  /** The lowest id that was sent and not seen. */
  get lowestUnseen(): number | undefined {
    let lowest: number | undefined;
    for (const id of this.#unseen) if (lowest === undefined || id < lowest) lowest = id;
    return lowest;
  }

  #note(id: number): void {
    const [from, to] = [this.#acknowledged.get(id), this.#seen.get(id)];
    if (from === undefined || to === undefined) return;
    this.#acknowledged.delete(id);
    this.#seen.delete(id);
    this.lagsMs.push(Math.max(0, to - from));
  }
}
