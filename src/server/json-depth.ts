const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = new Set([0x5b, 0x7b]);
const CLOSE = new Set([0x5d, 0x7d]);

/**
 * Whether brackets of a JSON text nest deeper than `limit`. Looks at the text
 * alone: whoever walks the parsed value finds the depth by overflowing the stack.
 */
export function isDeeperThan(limit: number, text: string): boolean {
  let depth = 0;
  let isInString = false;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (isInString) {
      if (char === BACKSLASH) i++;
      else if (char === QUOTE) isInString = false;
    } else if (char === QUOTE) isInString = true;
    else if (OPEN.has(char)) {
      if (++depth > limit) return true;
    } else if (CLOSE.has(char)) depth--;
  }
  return false;
}
