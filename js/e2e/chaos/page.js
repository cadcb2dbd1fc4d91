// This is what the page does: it uses a socket of each kind, and notes everything that happens. The Go program collects the
// notes and evaluates them. chaos.start(config) begins, chaos.stop() ends the sending, and chaos.collect() returns the notes and
// removes them here.
globalThis.chaos = (() => {
  const pad = new Uint8Array(60000);
  for (let i = 0, x = 1; i < pad.length; i++) pad[i] = x = (x * 75 + 74) % 65537;

  const filler = (n) => {
    const start = (n * 7919) % 30000;
    return pad.subarray(start, start + (n % 997 === 0 ? 20000 : (n * 37) % 150));
  };

  const now = () => performance.timeOrigin + performance.now();
  const empty = () => ({ farewells: [], heirs: [], told: 0, streams: {}, pushed: 0, reports: [], asked: [], answered: [], events: [], comebacks: [], errors: [] });
  let notes = empty();
  let pushed = 0;
  let stopped = false;
  let welcomed = 0;
  let running = 0;

  const delivered = () => {
    if (welcomed) notes.comebacks.push([welcomed, now()]);
    welcomed = 0;
  };

  /** Returns the generation and the number of a message, or undefined if it is not what was sent. */
  const read = (parts) => {
    const [header, body] = parts.slice(-2);
    const [generation, n] = String(header).split(' ').map(Number);
    const want = filler(n);
    if (!(n > 0) || body.length !== want.length || body.some((byte, i) => byte !== want[i])) return undefined;
    return [generation, n];
  };

  /** Notes what comes. streams has the names of the socket's streams by their topics: a gap concerns all of them. */
  const follow = (socket, streams) => {
    const names = Object.values(streams);
    const note = (name, pair) => (notes.streams[name] ??= []).push(pair);
    socket.on('message', (_, parts) => {
      note(streams[String(parts[0])] ?? names[0], read(parts) ?? [-2, 0]);
      delivered();
    });
    socket.on('gap', ({ missed }) => names.forEach((name) => note(name, [-1, missed])));
    failures(socket, names[0]);
  };

  const failures = (socket, name) => {
    socket.on('error', (error) => notes.errors.push(`${name}: ${error}`));
    socket.on('closed', (error) => notes.errors.push(`${name} closed: ${error}`));
  };

  /** Calls step rate times a second, on time or late. */
  const paced = async (rate, step) => {
    const start = now();
    for (let done = 0; !stopped; ) {
      for (const due = ((now() - start) / 1000) * rate; done < due && !stopped; done++) await step();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };

  const push = (socket, rate) =>
    paced(rate, async () => {
      await socket.send([`1 ${pushed + 1}`, filler(pushed + 1)]);
      notes.pushed = ++pushed;
    }).catch((error) => notes.errors.push(`PUSH: ${error}`));

  const ask = (sockets, config) => {
    let number = config.first;
    let asking = 0;
    return paced(config.askRate, async () => {
      while (asking >= config.maxAsking) await new Promise((resolve) => setTimeout(resolve, 5));
      const n = number++;
      asking++;
      notes.asked.push([n, now()]);
      const idempotent = n % 2 === 0;
      sockets[n % 4 < 2 ? 0 : 1].request([`1 ${n}`, filler(n)], { idempotent, timeout: config.timeout }).then(
        (parts) => {
          notes.answered.push([n, now(), '', read(parts)?.[1] === n]);
          delivered();
        },
        (error) => notes.answered.push([n, now(), error.code ?? String(error), false]),
      ).finally(() => asking--);
    });
  };

  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const draw = (n) => Math.floor(Math.random() * n);

  /** Makes one socket after another, each of which sends some messages and is closed at once. */
  const leaveAtOnce = async (context, config) => {
    for (let i = 0, next = 1; !stopped; i++) {
      const socket = context.Socket(zmq.PUSH);
      let unknown = false;
      socket.on('gap', () => (unknown = true));
      socket.on('error', (error) => notes.errors.push(`PUSH that is closed: ${error}`));
      socket.connect(i % config.deadEnds === 0 ? config.nowhere : config.final);
      const [first, count, start, linger] = [next, 1 + draw(config.maxBrief), now(), config.lingers[i % config.lingers.length]];
      next += count;
      // What cannot be sent any more is among those that close tells of.
      for (let n = first; n < next; n++) socket.send([`1 ${n}`, filler(n)]).catch(() => {});
      const unpassed = await socket.close({ linger }).catch((error) => {
        if (error.code !== 'lost') notes.errors.push(`PUSH that is closed: ${error}`);
        unknown = true;
        return 0;
      });
      notes.farewells.push([first, count, unpassed, unknown, start, now(), linger]);
      await sleep(config.closePause);
    }
  };

  /** Makes a socket that has a name, or waits for it, and tells the ROUTER its number again and again. */
  const claim = (context, number, config) => {
    const socket = context.Socket(zmq.DEALER, { identity: config.name });
    const heir = { socket, told: false, served: false };
    socket.on('down', (_, { code }) => (heir.told ||= code === 'conflict'));
    socket.on('gap', ({ missed }) => notes.heirs.push([number, -1, missed]));
    socket.on('error', (error) => notes.errors.push(`heir ${number}: ${error}`));
    socket.on('message', (_, parts) => {
      const [generation, n] = read(parts) ?? [-2, 0];
      heir.served ||= Math.floor(n / 2 ** 20) === number;
      notes.heirs.push([number, generation, n]);
    });
    socket.connect(config.herald);
    const announce = () => socket.send([`1 ${number}`, filler(number)]).catch(() => {});
    announce();
    const timer = setInterval(announce, config.announceEach);
    heir.close = () => {
      clearInterval(timer);
      void socket.close();
    };
    return heir;
  };

  const until = async (met, what, patience) => {
    const end = now() + patience;
    while (!stopped && !met() && now() < end) await sleep(5);
    if (!stopped && !met()) notes.errors.push(`hang: ${what}`);
  };

  /** Hands a name from socket to socket, on two contexts in turn. */
  const inherit = async (contexts, config) => {
    let owner;
    for (let number = config.firstHeir; !stopped; number++) {
      const next = claim(contexts[number % 2], number, config);
      if (owner !== undefined) {
        await until(() => next.told || next.served, `heir ${number} is told nothing`, config.timeout);
        if (next.told) notes.told++;
        owner.close();
      }
      owner = next;
      await until(() => next.served, `heir ${number} gets nothing`, config.timeout);
      await sleep(draw(config.maxTenure));
    }
    owner.close();
  };

  const run = (loop) => {
    running++;
    loop.catch((error) => notes.errors.push(String(error))).finally(() => running--);
  };

  return {
    start(config) {
      const context = new zmq.Context(config.url);
      context.on('status', ({ state, resumed }) => {
        notes.events.push([resumed ? 'resumed' : state, now()]);
        if (state === 'connected') welcomed = now();
      });
      context.on('reset', () => notes.events.push(['reset', now()]));
      const connect = (type, address) => {
        const socket = context.Socket(type);
        socket.connect(address);
        return socket;
      };
      for (const { addresses, streams } of config.subs) {
        const sub = context.Socket(zmq.SUB);
        for (const address of addresses) sub.connect(address);
        sub.subscribe(...Object.keys(streams));
        follow(sub, streams);
      }
      follow(connect(zmq.PULL, config.source), { '': 'PULL' });
      const pushing = connect(zmq.PUSH, config.sink);
      pushing.on('gap', () => notes.reports.push(pushed));
      failures(pushing, 'PUSH');
      push(pushing, config.pushRate);
      const others = [0, 1, 2].map(() => new zmq.Context(config.side));
      if (config.final) run(leaveAtOnce(others[0], config));
      run(inherit(others.slice(1), config));
      ask([connect(zmq.REQ, config.rep), connect(zmq.REQ, config.router)], config);
    },
    idle: () => running === 0,
    stop() {
      stopped = true;
    },
    collect() {
      const collected = notes;
      notes = { ...empty(), pushed };
      return collected;
    },
  };
})();
