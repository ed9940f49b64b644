/** Milvus's numbers of column types. */
export const DataType = {
  bool: 1,
  int8: 2,
  int16: 3,
  int32: 4,
  int64: 5,
  float: 10,
  double: 11,
  varChar: 21,
  array: 22,
  json: 23,
  binaryVector: 100,
  floatVector: 101,
  float16Vector: 102,
  bfloat16Vector: 103,
  sparseFloatVector: 104,
  int8Vector: 105,
} as const;
