/** How many numbers are read out of one message, and how deep. */
export const MOST_FIELDS = 24;
const DEEPEST = 6;

/**
 * The numbers in a value, each under its path: {"bid": 1, "levels": [2, 3]} has bid, levels[0] and levels[1]. A value that is
 * a number itself has the path ''.
 */
export function fieldsOf(value: unknown): Map<string, number> {
  const fields = new Map<string, number>();
  collect(value, '', 0, fields);
  return fields;
}

function collect(value: unknown, path: string, depth: number, fields: Map<string, number>): void {
  if (fields.size >= MOST_FIELDS || depth > DEEPEST) return;
  if (typeof value === 'number' || typeof value === 'bigint') {
    fields.set(path, Number(value));
  } else if (typeof value === 'boolean') {
    fields.set(path, value ? 1 : 0);
  } else if (Array.isArray(value)) {
    for (let i = 0; i < Math.min(value.length, MOST_FIELDS); i++) collect(value[i], `${path}[${i}]`, depth + 1, fields);
  } else if (value !== null && typeof value === 'object' && !ArrayBuffer.isView(value)) {
    for (const [key, kid] of Object.entries(value))
      collect(kid, path === '' ? key : `${path}.${key}`, depth + 1, fields);
  }
}
