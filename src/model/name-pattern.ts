// Names with `*` (any letters, also none) and `?` (any one letter), neither of which a Milvus name can have.

export function isPattern(text: string): boolean {
  return text.includes("*") || text.includes("?");
}

/** Linear in memory, and at most the product of both lengths in time, which a regular expression is not. */
export function matchesName(pattern: string, name: string): boolean {
  let [at, next, star, retry] = [0, 0, -1, 0];
  while (at < name.length) {
    const wanted = pattern[next];
    if (wanted === "*") [star, retry, next] = [next, at, next + 1];
    else if (wanted === name[at] || wanted === "?") [at, next] = [at + 1, next + 1];
    else if (star >= 0) [at, retry, next] = [retry + 1, retry + 1, star + 1];
    else return false;
  }
  while (pattern[next] === "*") next++;
  return next === pattern.length;
}
