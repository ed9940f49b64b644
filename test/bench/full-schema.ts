import { createFileRegistry, create, type DescMessage } from "@bufbuild/protobuf";
import {
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  FileDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";

const PACKAGE = "bench";

/** An insert of the log with every value in it, as a client that knows the whole schema decodes it. */
export function fullInsert(): DescMessage {
  const messages = {
    Floats: [field("data", 1, Type.FLOAT, { isRepeated: true })],
    Longs: [field("data", 1, Type.INT64, { isRepeated: true })],
    Scalars: [field("long_data", 3, Type.MESSAGE, { of: "Longs" })],
    Vectors: [field("dim", 1, Type.INT64), field("float_vector", 2, Type.MESSAGE, { of: "Floats" })],
    FieldData: [
      field("type", 1, Type.INT32),
      field("field_name", 2, Type.STRING),
      field("scalars", 3, Type.MESSAGE, { of: "Scalars" }),
      field("vectors", 4, Type.MESSAGE, { of: "Vectors" }),
      field("field_id", 5, Type.INT64),
    ],
    Insert: [
      field("collection_id", 7, Type.INT64),
      field("timestamps", 10, Type.UINT64, { isRepeated: true }),
      field("fields_data", 13, Type.MESSAGE, { of: "FieldData", isRepeated: true }),
      field("num_rows", 14, Type.UINT64),
    ],
  };
  const file = create(FileDescriptorProtoSchema, {
    name: "bench.proto",
    package: PACKAGE,
    syntax: "proto3",
    messageType: Object.entries(messages).map(([name, fields]) => ({ name, field: fields })),
  });
  const message = createFileRegistry(file, () => undefined).getMessage(`${PACKAGE}.Insert`);
  if (message === undefined) throw new Error("the schema has no insert");
  return message;
}

function field(
  name: string,
  number: number,
  type: Type,
  { of, isRepeated = false }: { of?: string; isRepeated?: boolean } = {},
): { name: string; number: number; type: Type; label: Label; typeName?: string } {
  const label = isRepeated ? Label.REPEATED : Label.OPTIONAL;
  return { name, number, type, label, ...(of !== undefined && { typeName: `.${PACKAGE}.${of}` }) };
}
