/** A whole number: 12,345. */
export const count = new Intl.NumberFormat('en').format;

/** A number in at most five characters or so: 12.3k. */
export function short(n: number): string {
  if (n < 1e4) return count(Math.round(n));
  if (n < 1e6) return `${(n / 1e3).toFixed(n < 1e5 ? 1 : 0)}k`;
  return `${(n / 1e6).toFixed(2)}M`;
}

/** A number of bytes: 1.5 KiB. */
export function size(n: number): string {
  if (n < 1024) return `${n} B`;
  if (n < 1 << 20) return `${(n / 1024).toFixed(1)} KiB`;
  return `${(n / (1 << 20)).toFixed(1)} MiB`;
}

/** A duration: 1.5 ms. */
export function millis(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${ms.toFixed(0)} ms`;
  return `${(ms / 1000).toFixed(1)} s`;
}

/** A rate by the second, to the tenth where it is small: 0.2/s. Nothing is a dash. */
export function rate(n: number): string {
  if (n === 0) return '–';
  return `${n < 10 && n % 1 !== 0 ? n.toFixed(1) : short(n)}/s`;
}

/** How long ago something was: 5 s ago. */
export function ago(ms: number): string {
  if (ms < 1500) return 'just now';
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s ago`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min ago` : `${Math.round(seconds / 3600)} h ago`;
}

/** A measured number, with as many digits as say something. */
export function figure(n: number): string {
  if (Number.isInteger(n)) return String(n);
  return String(Number(n.toPrecision(7)));
}

/** The time of the day: 12:00:00. */
export function clock(when: number): string {
  return new Date(when).toTimeString().slice(0, 8);
}
