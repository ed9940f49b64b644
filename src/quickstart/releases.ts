/** What was started and has to be ended, in reverse order. */
export class Releases {
  readonly #releases: (() => Promise<void>)[] = [];

  add(release: () => Promise<void>): void {
    this.#releases.push(release);
  }

  /** Ends everything; one that fails does not keep the others from being ended. */
  async releaseAll(onFailure: (error: unknown) => void): Promise<void> {
    for (const release of this.#releases.splice(0).reverse()) await release().catch(onFailure);
  }
}
