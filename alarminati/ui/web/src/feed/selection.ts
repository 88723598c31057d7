import { useCallback, useState } from "react";
import type { AlarmRow } from "../api/schema";
import { keyOf } from "../lib/alarms";

/** Chosen rows, by key; `all` stands for everything that matches, loaded or not. */
export interface Chosen {
  keys: ReadonlySet<string>;
  all: boolean;
}

const NONE: Chosen = { keys: new Set(), all: false };

/** Return the keys between two rows, both included. */
export function between(rows: readonly AlarmRow[], from: string, to: string): string[] {
  const keys = rows.map(keyOf);
  const [a, b] = [keys.indexOf(from), keys.indexOf(to)];
  if (a < 0 || b < 0) return [to];
  return keys.slice(Math.min(a, b), Math.max(a, b) + 1);
}

/** Choose rows one by one, as a range from the last one, or all. */
export function useSelection(rows: readonly AlarmRow[]) {
  const [chosen, setChosen] = useState<Chosen>(NONE);
  const [anchor, setAnchor] = useState("");
  const toggle = useCallback(
    (key: string, range = false) => {
      setChosen(({ keys }) => {
        const next = new Set(keys);
        if (range && anchor) for (const one of between(rows, anchor, key)) next.add(one);
        else if (!next.delete(key)) next.add(key);
        return { keys: next, all: false };
      });
      setAnchor(key);
    },
    [rows, anchor],
  );
  const extend = useCallback((keys: readonly string[]) => {
    setChosen((before) => ({ keys: new Set([...before.keys, ...keys]), all: false }));
  }, []);
  const choose = useCallback((keys: readonly string[], all = false) => setChosen({ keys: new Set(keys), all }), []);
  const clear = useCallback(() => setChosen((before) => (before.keys.size ? NONE : before)), []);
  return { chosen, toggle, extend, choose, clear };
}
