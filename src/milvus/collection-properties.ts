interface Property {
  readonly key: string;
  readonly value: string;
}

/**
 * Properties that say what a collection may use of its cluster, and on which
 * nodes it is loaded: rates, disk quotas, and, from 2.4 on, replicas and
 * resource groups. Another cluster has its own. `replicate.` is kept by
 * Milvus's own replication.
 */
const OF_THE_CLUSTER =
  /^collection\.\w+rate\.(max|min)\.\w+$|\.diskquota\.mb$|^collection\.(replica\.number|resource_groups)$|^replicate\./i;

/** The properties of a collection that are part of what it is, on whichever cluster. */
export function portableProperties(properties: readonly Property[]): Property[] {
  return properties.filter(({ key }) => !OF_THE_CLUSTER.test(key)).map(({ key, value }) => ({ key, value }));
}
