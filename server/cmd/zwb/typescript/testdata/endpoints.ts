// Written by zwb types, which writes it anew: the endpoints that a bridge has names for, as far as a user may reach them.
export interface Endpoints {
  calculator: {
    types: 'REQ';
    functions: {
      add(...args: unknown[]): unknown;
      'rpc.describe'(...args: unknown[]): unknown;
    };
  };
  'jobs-of.today': {
    types: 'PUSH' | 'PULL';
  };
  orders: {
    types: 'DEALER';
  };
  prices: {
    types: 'SUB';
    topics: 'fx.' | 'eq.';
  };
}
