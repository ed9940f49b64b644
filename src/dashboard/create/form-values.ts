/** What the form holds, as it was typed. */
export interface FormValues {
  readonly uri: string;
  readonly token: string;
  readonly source: string;
  readonly isEverything: boolean;
  /** `database.collection`, one in a line; both may be patterns. */
  readonly collections: string;
  readonly excluded: string;
  /** `from -> to` of databases or collections, one in a line. */
  readonly names: string;
  readonly start: "snapshot" | "latest" | "earliest" | "time";
  /** As the browser gives it: local, without a zone. */
  readonly startTime: string;
  readonly loadForSnapshot: boolean;
  readonly replicateRbac: boolean;
  readonly earlyApply: boolean;
  readonly startsNow: boolean;
  /** How often both sides are compared, in minutes; empty for never. */
  readonly verifyMinutes: string;
  readonly verifyLevel: "counts" | "sample" | "full";
  /** Empty for as many as by default. */
  readonly verifyRowsPerSecond: string;
}

export const EMPTY_FORM: FormValues = {
  uri: "",
  token: "",
  source: "",
  isEverything: true,
  collections: "",
  excluded: "",
  names: "",
  start: "snapshot",
  startTime: "",
  loadForSnapshot: true,
  replicateRbac: false,
  earlyApply: true,
  startsNow: true,
  verifyMinutes: "",
  verifyLevel: "sample",
  verifyRowsPerSecond: "",
};

/** What is wrong, by field. */
export type FormFaults = Partial<Readonly<Record<keyof FormValues, string>>>;
