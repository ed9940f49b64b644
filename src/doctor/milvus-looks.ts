import { physicalMs } from "../model/ids.js";
import type { SourceCatalogue } from "../source/source-catalogue.js";
import type { Look } from "./finding.js";

/** A Milvus that is looked at. */
export interface ExaminedMilvus {
  readonly endpoint: string;
  readonly catalogue: Pick<SourceCatalogue, "list" | "now">;
  readonly version: (signal: AbortSignal) => Promise<string>;
}

/** Versions whose log and API were tried. */
const TRIED = /^v?2\.3\./;
/** Of this computer and a server; what tells lag from it is off by as much. */
const CLOCKS_APART_MS = 2_000;

/** That it answers, in which version, and that the credentials are good for looking around. */
export function looksAtMilvus({ endpoint, catalogue, version }: ExaminedMilvus): readonly Look[] {
  return [
    async (signal) => {
      const found = await version(signal);
      const text = `Milvus ${found} answers at ${endpoint}`;
      if (TRIED.test(found)) return { level: "ok", text };
      return {
        level: "warning",
        text,
        remedy: "Only Milvus 2.3 was tried; compare both sides with `verify`.",
      };
    },
    async (signal) => {
      const { databases, collections } = await catalogue.list(signal);
      return { level: "ok", text: `shows ${collections.size} collections in ${databases.length} databases` };
    },
  ];
}

/** That its clock, which lag is told by, is that of this computer. */
export function lookAtClock({ catalogue }: Pick<ExaminedMilvus, "catalogue">, now = Date.now): Look {
  return async (signal) => {
    const before = now();
    const itsMs = physicalMs(await catalogue.now(signal));
    // its answer was made at some time between
    const apartMs = Math.max(before - itsMs, itsMs - now(), 0);
    const text = `its clock and this computer's are ${apartMs < 10 ? "alike" : `${Math.round(apartMs)} ms apart`}`;
    if (apartMs <= CLOCKS_APART_MS) return { level: "ok", text };
    return { level: "warning", text, remedy: "Lag is off by as much; synchronize the clocks, as by NTP." };
  };
}
