/** An error as the console shows it: those of the client have a code, those of the browser do not. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly code?: string | undefined;
}

/** Makes a Failure of anything that was thrown. */
export function failureOf(thrown: unknown): Failure {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
