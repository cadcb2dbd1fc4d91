/**
 * The codes with which this end closes a WebSocket; core/close.go has all that there are. After a code below 4500 the
 * client connects again, and from 4500 on it does not.
 */
export const CloseCode = {
  /** The client is done, and its session ends. */
  Normal: 1000,
  /** No code of anybody's: the browser says so when the connection just broke. */
  Abnormal: 1006,
  /** The page was left, and the next one goes on with its session. To the bridge this is a cut like any other. */
  Left: 3000,
  GoingAway: 4000,
  Timeout: 4001,
  /** The credentials are not valid any more: connect again with others. */
  Expired: 4401,
  Malformed: 4500,
  Version: 4503,
} as const;
