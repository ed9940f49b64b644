/** What has to be so of a task that it makes a call; `always`: nothing. */
export type CallCondition = "always" | "load_for_snapshot" | "replicate_rbac" | "databases";

export interface MilvusCall {
  /** By its name in MilvusService. */
  readonly call: string;
  /** Type of object and privilege that it takes; undefined when everybody may who has a password. */
  readonly right?: CallRight | undefined;
  /** When it is made there; undefined when it never is. */
  readonly source?: CallCondition | undefined;
  readonly target?: CallCondition | undefined;
}

export type CallRight = `${"Global" | "Collection"} ${string}`;

const ALWAYS = { source: "always", target: "always" } as const;
const LOADS = { source: "load_for_snapshot", target: "always" } as const;
const TARGET = { target: "always" } as const;
const DATABASES = { target: "databases" } as const;
const READS_ROLES = { source: "replicate_rbac", target: "replicate_rbac" } as const;
const CHANGES_ROLES = { target: "replicate_rbac" } as const;

/**
 * Every call that a task makes, and what Milvus 2.3.5 lets through for it. Two names differ from the call's, and some calls
 * take nothing, as the server has forgotten to ask: later versions do, so that this list is not true of them.
 */
export const MILVUS_CALLS: readonly MilvusCall[] = [
  { call: "Connect", ...ALWAYS },
  { call: "GetVersion", ...ALWAYS },
  { call: "AllocTimestamp", ...ALWAYS },
  { call: "ListDatabases", right: "Global ListDatabases", ...ALWAYS },
  { call: "ShowCollections", right: "Global ShowCollections", ...ALWAYS },
  { call: "DescribeCollection", right: "Global DescribeCollection", ...ALWAYS },
  { call: "ShowPartitions", right: "Collection ShowPartitions", ...ALWAYS },
  { call: "DescribeIndex", right: "Collection IndexDetail", ...ALWAYS },
  { call: "GetReplicas", ...ALWAYS },
  { call: "Query", right: "Collection Query", ...ALWAYS },
  { call: "GetPersistentSegmentInfo", ...ALWAYS },
  { call: "GetQuerySegmentInfo", source: "always" },
  { call: "ListImportTasks", source: "always" },
  { call: "LoadCollection", right: "Collection Load", ...LOADS },
  { call: "LoadPartitions", right: "Collection Load", ...LOADS },
  { call: "ReleaseCollection", right: "Collection Release", ...LOADS },
  { call: "ReleasePartitions", right: "Collection Release", ...LOADS },
  { call: "Insert", right: "Collection Insert", ...TARGET },
  { call: "Upsert", right: "Collection Upsert", ...TARGET },
  { call: "Delete", right: "Collection Delete", ...TARGET },
  { call: "Flush", right: "Collection Flush", ...TARGET },
  { call: "CreatePartition", right: "Collection CreatePartition", ...TARGET },
  { call: "DropPartition", right: "Collection DropPartition", ...TARGET },
  { call: "CreateIndex", right: "Collection CreateIndex", ...TARGET },
  { call: "DropIndex", right: "Collection DropIndex", ...TARGET },
  { call: "CreateCollection", right: "Global CreateCollection", ...TARGET },
  { call: "AlterCollection", right: "Global CreateCollection", ...TARGET },
  { call: "DropCollection", right: "Global DropCollection", ...TARGET },
  { call: "RenameCollection", right: "Global RenameCollection", ...TARGET },
  { call: "CreateAlias", right: "Global CreateAlias", ...TARGET },
  { call: "AlterAlias", ...TARGET },
  { call: "DropAlias", right: "Global DropAlias", ...TARGET },
  { call: "DescribeResourceGroup", right: "Global DescribeResourceGroup", ...TARGET },
  { call: "CreateDatabase", right: "Global CreateDatabase", ...DATABASES },
  { call: "DropDatabase", right: "Global DropDatabase", ...DATABASES },
  { call: "SelectUser", ...ALWAYS },
  { call: "ListCredUsers", right: "Global SelectOwnership", ...READS_ROLES },
  { call: "SelectRole", right: "Global SelectOwnership", ...READS_ROLES },
  { call: "SelectGrant", right: "Global SelectOwnership", ...READS_ROLES },
  { call: "CreateRole", right: "Global CreateOwnership", ...CHANGES_ROLES },
  { call: "DropRole", right: "Global DropOwnership", ...CHANGES_ROLES },
  { call: "OperateUserRole", right: "Global ManageOwnership", ...CHANGES_ROLES },
  { call: "OperatePrivilege", right: "Global ManageOwnership", ...CHANGES_ROLES },
];
