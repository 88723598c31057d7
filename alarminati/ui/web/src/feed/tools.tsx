import { type RefObject, Suspense, useEffect, useState } from "react";
import { FilterMenu } from "../chunks";
import { Icon } from "../components/icon";
import { Key } from "../components/key";
import { useTexts } from "../i18n/texts";
import { type FeedQuery, split } from "../store/query";
import { Chip, partsOf } from "./chips";

const TYPING_MS = 120;

/** Search, chips and, in a place kept for it, the button that shows new alarms. */
export function Tools({
  asked,
  change,
  fresh,
  onFresh,
  field,
}: {
  asked: FeedQuery;
  change: (part: Partial<FeedQuery>) => void;
  fresh: number;
  onFresh: () => void;
  field: RefObject<HTMLInputElement | null>;
}) {
  const t = useTexts();
  const [typed, setTyped] = useState(asked.words);
  const [filtering, setFiltering] = useState(false);
  useEffect(() => setTyped(asked.words), [asked.words]);
  useEffect(() => {
    if (typed.trim() === asked.words) return;
    const timer = setTimeout(() => change({ words: typed.trim() }), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed, asked.words, change]);
  const commit = () => {
    const { words, matchers } = split(typed);
    setTyped(words); // or what was typed is sent once more
    if (matchers.length) change({ words, matchers: [...new Set([...asked.matchers, ...matchers])] });
    else change({ words });
  };
  return (
    <div className="tools">
      <label className="field">
        <Icon name="search" />
        <input
          ref={field}
          type="search"
          value={typed}
          placeholder={t.searchHint}
          aria-label={t.searchHint}
          spellCheck={false}
          onChange={(event) => setTyped(event.target.value)}
          onKeyDown={(event) => {
            if (event.nativeEvent.isComposing) return;
            if (event.key === "Enter") commit();
            if (event.key === "Escape") event.currentTarget.blur();
            if (event.key === "Enter" || event.key === "Escape") event.stopPropagation();
          }}
        />
        <Key command="search" />
      </label>
      {partsOf(asked, (severity) => t.atLeast(t[severity as "ERROR"])).map((part) => (
        <Chip key={part.id} part={part} drop={change} />
      ))}
      <span className="anchor">
        <button type="button" className="btn bare" aria-haspopup="dialog" onClick={() => setFiltering(true)}>
          <Icon name="plus" />
          <span>{t.filter}</span>
        </button>
      </span>
      <Suspense fallback={null}>
        {filtering && <FilterMenu asked={asked} change={change} onClose={() => setFiltering(false)} />}
      </Suspense>
      <span className="end">
        {fresh > 0 && (
          <button type="button" className="btn fresh" onClick={onFresh}>
            <Icon name="up" />
            <span>{t.fresh(fresh)}</span>
            <Key command="fresh" />
          </button>
        )}
      </span>
    </div>
  );
}
