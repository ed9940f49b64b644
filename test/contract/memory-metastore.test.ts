import { MemoryMetastore } from "../../src/metastore/memory/memory-metastore.js";
import { metastoreContract } from "./metastore.contract.js";

metastoreContract("MemoryMetastore", () => new MemoryMetastore());
