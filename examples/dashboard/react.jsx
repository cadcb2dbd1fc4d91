import { StrictMode, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { Context, SUB } from 'zmq-web-bridge';

const decode = ([topic, body]) => ({ pair: String(topic).slice('fx.'.length), ...body.json() });

/** The last price of each pair. The connection lives as long as the component that uses it. */
function usePrices(url) {
  const [prices, setPrices] = useState({});
  useEffect(() => {
    const context = new Context(url);
    const sub = context.Socket(SUB, { overflow: 'conflate', rate: 10, decode });
    sub.connect('prices');
    sub.subscribe('fx.');
    (async () => {
      for await (const price of sub) setPrices((known) => ({ ...known, [price.pair]: price }));
    })();
    return () => void context.close();
  }, [url]);
  return prices;
}

function Prices({ url }) {
  const prices = usePrices(url);
  return (
    <>
      <h1>Prices</h1>
      <table>
        <thead><tr><th>Pair</th><th>Bid</th><th>Ask</th></tr></thead>
        <tbody>
          {Object.values(prices).map(({ pair, bid, ask }) => (
            <tr key={pair}><td>{pair}</td><td>{bid.toFixed(5)}</td><td>{ask.toFixed(5)}</td></tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

createRoot(document.querySelector('#app')).render(<StrictMode><Prices url="ws://127.0.0.1:8000/data" /></StrictMode>);
