import { SqliteMetastore } from "../../src/metastore/sqlite/sqlite-metastore.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { metastoreContract } from "./metastore.contract.js";

describe("SqliteMetastore", () => {
  const path = temporaryFolder();
  metastoreContract("SqliteMetastore", () => SqliteMetastore.open(path("cdc.db")));
});
