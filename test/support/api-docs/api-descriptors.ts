import { execFileSync } from "node:child_process";
import {
  createFileRegistry,
  fromBinary,
  type DescEnum,
  type DescMessage,
  type DescService,
} from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { getComments } from "@bufbuild/protoplugin";

/** The service's API as the proto files have it: with their comments, which generated code does not keep. */
export interface ApiDescriptors {
  readonly service: DescService;
  /** In the order of the files, nested ones behind those that they are in. */
  readonly messages: readonly DescMessage[];
  readonly enums: readonly DescEnum[];
}

const PACKAGE = "milvus.cdc.v1";
const MAX_IMAGE_BYTES = 16 << 20;

export function readApiDescriptors(): ApiDescriptors {
  const image = execFileSync("npx", ["buf", "build", "proto", "-o", "-#format=binpb"], {
    maxBuffer: MAX_IMAGE_BYTES,
  });
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, image));
  const service = registry.getService(`${PACKAGE}.CdcService`);
  if (service === undefined) throw new Error("the image has no CdcService");
  const files = [...registry.files].filter(({ proto }) => proto.package === PACKAGE);
  const messages = files.flatMap((file) => file.messages.flatMap(withNested));
  const enums = [
    ...files.flatMap((file) => file.enums),
    ...messages.flatMap(({ nestedEnums }) => nestedEnums),
  ];
  return { service, messages, enums };
}

/** Its comment in the proto file, as one paragraph or a list. */
export function commentOf(desc: Parameters<typeof getComments>[0]): string {
  const lines = (getComments(desc).leading ?? "").split("\n").map((line) => line.trim());
  return lines
    .filter((line) => line !== "" && !line.startsWith("buf:lint:"))
    .map((line) => (line.startsWith("- ") ? `\n${line}` : line))
    .join(" ")
    .replaceAll(" \n", "\n")
    .trim();
}

function withNested(message: DescMessage): DescMessage[] {
  return [message, ...message.nestedMessages.flatMap(withNested)];
}
