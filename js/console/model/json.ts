/** Reads an array that somebody typed; nothing is an empty one. What is wrong comes as an Error in plain words. */
export function parseArray(text: string): unknown[] {
  if (text.trim() === '') return [];
  const value = parse(text);
  if (!Array.isArray(value)) throw new Error('Must be a JSON array, like [1, 2].');
  return value;
}

/** Reads an object that somebody typed; nothing is an empty one. What is wrong comes as an Error in plain words. */
export function parseObject(text: string): object {
  if (text.trim() === '') return {};
  const value = parse(text);
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new Error('Must be a JSON object, like {"username": "hugo"}.');
  }
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw new Error(`Not valid JSON: ${thrown instanceof Error ? thrown.message : ''}`);
  }
}

/** A JSON text indented for reading, its numbers digit by digit as they came; undefined where it is no JSON. */
export function indented(text: string): string | undefined {
  try {
    return JSON.stringify(JSON.parse(text, exact), null, 2);
  } catch {
    return undefined;
  }
}

/** A number whose digits a JavaScript number cannot keep. */
export class Digits {
  constructor(readonly text: string) {}
}

/** Reads JSON, with Digits where a number would lose some. What is wrong is thrown. */
export function parseExact(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) => {
    const source = context?.source;
    if (typeof value !== 'number' || source === undefined || Number.isSafeInteger(value)) return value;
    return Math.abs(value) > Number.MAX_SAFE_INTEGER && /^-?\d+$/.test(source) ? new Digits(source) : value;
  });
}

function exact(_key: string, value: unknown, context: { source?: string } = {}): unknown {
  if (typeof value !== 'number' || JSON.rawJSON === undefined) return value;
  return JSON.rawJSON(String(context.source));
}
