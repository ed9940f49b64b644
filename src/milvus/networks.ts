import { BlockList, isIP } from "node:net";
import type { Network } from "../model/target-rules.js";

const net = (address: string, prefix: number, family: Network["family"]): Network => ({
  address,
  prefix,
  family,
});

/**
 * Where clouds tell a machine its credentials, and what else is one link away: no Milvus is there. As they are written in
 * both families, since a resolver may answer either.
 */
export const NEVER_A_TARGET: readonly Network[] = [
  net("169.254.0.0", 16, "ipv4"),
  net("100.100.100.200", 32, "ipv4"),
  net("224.0.0.0", 3, "ipv4"),
  net("fe80::", 10, "ipv6"),
  net("fd00:ec2::", 32, "ipv6"),
  net("ff00::", 8, "ipv6"),
  net("64:ff9b::a9fe:0", 112, "ipv6"),
  net("2002:a9fe::", 32, "ipv6"),
];

/** Whether an address is in one of the networks; IPv4 in IPv6's clothes is IPv4. */
export function isWithin(address: string, networks: readonly Network[]): boolean {
  const bare = address.split("%", 1)[0] ?? "";
  const family = isIP(bare);
  if (family === 0) return false;
  const list = new BlockList();
  for (const { address: base, prefix, family: type } of networks) list.addSubnet(base, prefix, type);
  return list.check(bare, family === 4 ? "ipv4" : "ipv6");
}
