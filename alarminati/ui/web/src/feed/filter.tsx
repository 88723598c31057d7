import { useEffect, useState } from "react";
import { get } from "../api/client";
import type { AlarmList, Facet } from "../api/schema";
import { Dialog } from "../components/dialog";
import { useTexts } from "../i18n/texts";
import { type FeedQuery, listPath, matcher } from "../store/query";

/** Labels of the present list with their values and counts: a press filters. */
export function FilterMenu({
  asked,
  change,
  onClose,
}: {
  asked: FeedQuery;
  change: (part: Partial<FeedQuery>) => void;
  onClose: () => void;
}) {
  const t = useTexts();
  const [facets, setFacets] = useState<Facet[] | null>(null);
  const [name, setName] = useState("");
  const [value, setValue] = useState("");
  const [exclude, setExclude] = useState(false);
  useEffect(() => {
    const abort = new AbortController();
    get<AlarmList>(listPath(asked, { limit: 1, facets: true, plain: true }), abort.signal).then(
      (answer) => setFacets(answer.facets),
      () => setFacets([]),
    );
    return () => abort.abort();
  }, [asked]);
  const add = (label: string, wanted: string) => {
    const written = matcher(label, wanted, exclude);
    change({ matchers: [...asked.matchers.filter((one) => one !== written), written] });
    onClose();
  };
  return (
    <Dialog title={t.filter} onClose={onClose}>
      <div className="dialog-body">
        <form
          className="inline"
          onSubmit={(event) => {
            event.preventDefault();
            if (name.trim()) add(name.trim(), value.trim());
          }}
        >
          <input
            className="input short"
            aria-label={t.filterLabel}
            placeholder={t.filterLabel}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
          <fieldset className="seg" aria-label={t.filter}>
            <button type="button" aria-pressed={!exclude} onClick={() => setExclude(false)}>
              = {t.filterInclude}
            </button>
            <button type="button" aria-pressed={exclude} onClick={() => setExclude(true)}>
              ≠ {t.filterExclude}
            </button>
          </fieldset>
          <input
            className="input short"
            aria-label={t.filterValue}
            placeholder={t.filterValue}
            value={value}
            onChange={(event) => setValue(event.target.value)}
          />
          <button type="submit" className="btn">
            {t.filter}
          </button>
        </form>
        {facets?.map((facet) => (
          <section key={facet.name}>
            <h3 className="h">{facet.name}</h3>
            <div className="facet">
              {facet.values.map((one) => (
                <button key={one.value} type="button" className="opt" onClick={() => add(facet.name, one.value)}>
                  {one.value || t.none} <span className="muted">{t.number(one.count)}</span>
                </button>
              ))}
              {facet.more > 0 && <span className="muted">+{t.number(facet.more)}</span>}
            </div>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
