import {
  ScalarType,
  type DescEnum,
  type DescField,
  type DescMessage,
  type DescMethod,
} from "@bufbuild/protobuf";
import { format } from "prettier";
import { commentOf, readApiDescriptors, type ApiDescriptors } from "./api-descriptors.js";

const INTRODUCTION = `# API

Written from the comments in [\`proto/milvus/cdc/v1\`](../proto/milvus/cdc/v1/cdc_service.proto); a test holds both equal
(\`UPDATE_DOCS=1 npm run test:unit\` writes it anew). Over gRPC, gRPC-Web and Connect all of it is at
\`/milvus.cdc.v1.CdcService/METHOD\`. \`POST /cdc\` has the same messages under the names below; Connect's JSON answers with names
in camelCase and takes either. [openapi.yaml](openapi.yaml) describes both for programs. 64-bit numbers are text in JSON.`;

/** `docs/api.md` as it has to be. */
export function apiPage(api: ApiDescriptors = readApiDescriptors()): Promise<string> {
  const text = [
    INTRODUCTION,
    "## Methods",
    ...api.service.methods.map(methodText),
    "## Messages",
    ...api.messages.map(messageText),
    "## Enumerations",
    ...api.enums.map(enumText),
  ].join("\n\n");
  return format(text, { parser: "markdown", printWidth: 120 });
}

function methodText(method: DescMethod): string {
  const isStream = method.methodKind === "server_streaming";
  const answer = `${isStream ? "a stream of " : ""}${link(method.output)}`;
  return [`### ${method.name}`, commentOf(method), `Takes ${link(method.input)}, answers ${answer}.`]
    .filter(Boolean)
    .join("\n\n");
}

function messageText(message: DescMessage): string {
  const fields = message.fields.map(
    (field) => `| \`${field.name}\` | ${typeText(field)} | ${cell(meaningOf(field))} |`,
  );
  const rows = ["| field | type | meaning |", "| --- | --- | --- |", ...fields].join("\n");
  const body = fields.length === 0 ? "It has no fields." : rows;
  return [`### ${nameOf(message)}`, commentOf(message), body].filter(Boolean).join("\n\n");
}

function enumText(desc: DescEnum): string {
  const values = desc.values.map(
    (value) => `| \`${value.name}\` | ${value.number} | ${cell(commentOf(value))} |`,
  );
  const rows = ["| value | number | meaning |", "| --- | --- | --- |", ...values].join("\n");
  return [`### ${nameOf(desc)}`, commentOf(desc), rows].filter(Boolean).join("\n\n");
}

function meaningOf(field: DescField): string {
  const oneof = field.oneof === undefined ? "" : ` One of \`${field.oneof.name}\`.`;
  return `${commentOf(field)}${oneof}`.trim();
}

function typeText(field: DescField): string {
  if (field.fieldKind === "list") return `list of ${valueText(field, field.listKind)}`;
  if (field.fieldKind === "map")
    return `map of ${ScalarType[field.mapKey].toLowerCase()} to ${valueText(field, field.mapKind)}`;
  return valueText(field, field.fieldKind);
}

function valueText(field: DescField, kind: "message" | "enum" | "scalar"): string {
  if (kind === "message" && field.message !== undefined) return link(field.message);
  if (kind === "enum" && field.enum !== undefined) return link(field.enum);
  return field.scalar === undefined ? "" : ScalarType[field.scalar].toLowerCase();
}

/** Of ours to its place in this page; Google's are known by their name. */
function link(desc: DescMessage | DescEnum): string {
  const name = nameOf(desc);
  if (!desc.typeName.startsWith("milvus.")) return `\`${desc.typeName}\``;
  return `[${name}](#${name.toLowerCase().replaceAll(".", "")})`;
}

function nameOf({ typeName, file }: DescMessage | DescEnum): string {
  return typeName.slice(file.proto.package.length + 1);
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n- ", "<br>– ");
}
