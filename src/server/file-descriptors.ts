import {
  createRegistry,
  toBinary,
  type DescExtension,
  type DescFile,
  type DescService,
  type Registry,
} from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";

/** The files that describe some services, looked up as server reflection asks for them. */
export class FileDescriptors {
  readonly serviceNames: readonly string[];
  readonly #files = new Map<string, DescFile>();
  readonly #registry: Registry;

  /** `details`: files of what errors carry, which no service mentions. */
  constructor(services: readonly DescService[], details: readonly DescFile[]) {
    this.serviceNames = services.map(({ typeName }) => typeName);
    for (const file of [...services.map((service) => service.file), ...details]) collect(file, this.#files);
    this.#registry = createRegistry(...this.#files.values());
  }

  byName(name: string): DescFile | undefined {
    return this.#files.get(name);
  }

  /** Of a message, enum, service, or a member of one, such as a method. */
  bySymbol(symbol: string): DescFile | undefined {
    const found = this.#registry.get(symbol);
    if (found !== undefined) return found.file;
    const end = symbol.lastIndexOf(".");
    return end > 0 ? this.bySymbol(symbol.slice(0, end)) : undefined;
  }

  extensionsOf(typeName: string): readonly DescExtension[] {
    return Array.from(this.#registry).filter(
      (desc): desc is DescExtension => desc.kind === "extension" && desc.extendee.typeName === typeName,
    );
  }

  /** The file and all it imports, serialized: what clients need to make sense of it. */
  serialized(file: DescFile): Uint8Array[] {
    return Array.from(collect(file, new Map()).values(), ({ proto }) =>
      toBinary(FileDescriptorProtoSchema, proto),
    );
  }
}

function collect(file: DescFile, into: Map<string, DescFile>): Map<string, DescFile> {
  if (into.has(file.proto.name)) return into;
  into.set(file.proto.name, file);
  for (const dependency of file.dependencies) collect(dependency, into);
  return into;
}
