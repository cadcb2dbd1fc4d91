/** The first bytes of the images that browsers show. */
const beginnings: readonly [type: string, ...bytes: number[]][] = [
  ['image/png', 0x89, 0x50, 0x4e, 0x47],
  ['image/jpeg', 0xff, 0xd8, 0xff],
  ['image/gif', 0x47, 0x49, 0x46, 0x38],
  ['image/bmp', 0x42, 0x4d],
];

/** The type of the image that begins with these bytes, or undefined. */
export function imageType(bytes: Uint8Array): string | undefined {
  const known = beginnings.find(([, ...begins]) => begins.every((byte, i) => bytes[i] === byte));
  if (known !== undefined) return known[0];
  const text = String.fromCharCode(...bytes.subarray(0, 12));
  if (/^RIFF....WEBP/s.test(text)) return 'image/webp';
  return /^....ftypavif/s.test(text) ? 'image/avif' : undefined;
}
