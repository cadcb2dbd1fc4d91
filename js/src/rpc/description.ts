/** What a server tells of itself, when it is asked for it (core/PROTOCOL.md, section 14). */
export interface Description {
  readonly functions: readonly FunctionDescription[];
}

export interface FunctionDescription {
  readonly name: string;
  /** What it does, in the words of its author. */
  readonly doc?: string;
  /** How it is called, in the language of the server: "add(a: float, b: float) -> float". */
  readonly signature?: string;
  readonly params?: readonly ParamDescription[];
  /** It is a stream: it is called with stream, and not with call. */
  readonly stream?: boolean;
}

export interface ParamDescription {
  /** Go does not tell it. */
  readonly name?: string;
  /** In the words of the server's language, or of JSON. */
  readonly type?: string;
  /** It may be left out. */
  readonly optional?: boolean;
  /** It is a named argument, one of kwargs. */
  readonly keyword?: boolean;
  /** It stands for any number of arguments. */
  readonly rest?: boolean;
}
