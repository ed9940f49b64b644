/**
 * SQL that takes a file from one version to the next. Never changed once it was
 * released: a change of the schema is a new migration at the end of the list.
 */
export type Migration = string;
