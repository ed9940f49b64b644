import type { Random } from "./random.js";

/** Numbers at which code tends to break, as varints. */
const VARINTS = [
  [0x00],
  [0x7f],
  [0x80, 0x01],
  [0xff, 0xff, 0x03],
  [0xff, 0xff, 0xff, 0xff, 0x07],
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
].map((bytes) => Buffer.from(bytes));

export function randomBytes(random: Random, maxLength: number): Buffer {
  return Buffer.from(Array.from({ length: random.int(maxLength + 1) }, () => random.int(256)));
}

/** Bytes with one or a few things done to them; `others` lend parts. */
export function mutate(random: Random, bytes: Uint8Array, others: readonly Uint8Array[]): Buffer {
  let mutant: Buffer = Buffer.from(bytes);
  const changes = 1 + random.int(3);
  for (let i = 0; i < changes; i++) mutant = random.pick(MUTATIONS)(random, mutant, others);
  return mutant;
}

type Mutation = (random: Random, bytes: Buffer, others: readonly Uint8Array[]) => Buffer;

const MUTATIONS: readonly Mutation[] = [
  flipBit,
  setByte,
  (random, bytes) => bytes.subarray(0, random.int(bytes.length + 1)),
  (random, bytes) => Buffer.concat([bytes, randomBytes(random, 16)]),
  (random, bytes) => spliced(random, bytes, randomBytes(random, 8)),
  (random, bytes) => spliced(random, bytes, random.pick(VARINTS)),
  (random, bytes, others) => spliced(random, bytes, pieceOf(random, random.pick(others))),
  (random, bytes) => spliced(random, bytes, pieceOf(random, bytes)),
  mutateField,
  mutateField,
  mutateField,
];

function flipBit(random: Random, bytes: Buffer): Buffer {
  if (bytes.length > 0) {
    const at = random.int(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.int(8));
  }
  return bytes;
}

function setByte(random: Random, bytes: Buffer): Buffer {
  if (bytes.length > 0) bytes[random.int(bytes.length)] = random.pick([0, 1, 0x7f, 0x80, 0xff]);
  return bytes;
}

/** Puts a piece somewhere, in place of as many bytes, or fewer. */
function spliced(random: Random, bytes: Buffer, piece: Uint8Array): Buffer {
  const at = random.int(bytes.length + 1);
  const end = Math.min(bytes.length, at + random.int(piece.length + 1));
  return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(end)]);
}

function pieceOf(random: Random, bytes: Uint8Array): Uint8Array {
  const at = random.int(bytes.length + 1);
  return bytes.subarray(at, at + random.int(64));
}

/** A field of a serialized message: tag and payload, with the length where it has one. */
interface Field {
  readonly number: number;
  readonly wireType: number;
  readonly payload: Buffer;
}

const VARINT = 0;
const FIXED64 = 1;
const DELIMITED = 2;
const FIXED32 = 5;

/** Changes one field of a message that can still be read, or of a message in it. */
function mutateField(random: Random, bytes: Buffer, others: readonly Uint8Array[]): Buffer {
  const fields = fieldsOf(bytes);
  if (fields === undefined || fields.length === 0) return flipBit(random, bytes);
  const at = random.int(fields.length);
  const field = fields[at];
  if (field === undefined) return bytes;
  const isNested = field.wireType === DELIMITED && random.int(2) === 0;
  const changed = isNested
    ? [{ ...field, payload: mutateField(random, Buffer.from(field.payload), others) }]
    : random.pick(FIELD_MUTATIONS)(random, field, fields);
  return toBytes([...fields.slice(0, at), ...changed, ...fields.slice(at + 1)]);
}

type FieldMutation = (random: Random, field: Field, all: readonly Field[]) => Field[];

const FIELD_MUTATIONS: readonly FieldMutation[] = [
  () => [],
  (_, field) => [field, field],
  (random, field, all) => [field, random.pick(all)],
  (random, field) => [{ ...field, number: 1 + random.int(20) }],
  (random, field) => [{ ...field, wireType: random.int(8) }],
  (_, field) => [{ ...field, payload: Buffer.alloc(0) }],
  (random, field) => [{ ...field, wireType: VARINT, payload: random.pick(VARINTS) }],
  (random, field) => [{ ...field, wireType: DELIMITED, payload: randomBytes(random, 32) }],
  (random, field, all) => [{ ...field, payload: random.pick(all).payload }],
];

function fieldsOf(bytes: Buffer): Field[] | undefined {
  const fields: Field[] = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = varintAt(bytes, at);
    if (tag === undefined) return undefined;
    const wireType = tag.value & 7;
    const end = endOf(bytes, tag.end, wireType);
    if (end === undefined || end.end > bytes.length) return undefined;
    fields.push({ number: tag.value >>> 3, wireType, payload: bytes.subarray(end.start, end.end) });
    at = end.end;
  }
  return fields;
}

function endOf(bytes: Buffer, at: number, wireType: number): { start: number; end: number } | undefined {
  switch (wireType) {
    case VARINT: {
      const varint = varintAt(bytes, at);
      return varint && { start: at, end: varint.end };
    }
    case FIXED64:
      return { start: at, end: at + 8 };
    case FIXED32:
      return { start: at, end: at + 4 };
    case DELIMITED: {
      const length = varintAt(bytes, at);
      return length && { start: length.end, end: length.end + length.value };
    }
    default:
      return undefined;
  }
}

function varintAt(bytes: Buffer, at: number): { value: number; end: number } | undefined {
  let value = 0;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, end: at + i + 1 };
  }
  return undefined;
}

function toBytes(fields: readonly Field[]): Buffer {
  return Buffer.concat(
    fields.flatMap(({ number, wireType, payload }) => {
      const tag = varint(number * 8 + wireType);
      return wireType === DELIMITED ? [tag, varint(payload.length), payload] : [tag, payload];
    }),
  );
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return Buffer.from([...bytes, left]);
    bytes.push((left % 128) + 128);
  }
}
