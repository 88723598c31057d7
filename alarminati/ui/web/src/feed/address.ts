import { useCallback, useMemo } from "react";
import { useLocation, useSearch } from "wouter";
import { type FeedQuery, read, written } from "../store/query";

/** The query of the list and the open alarm, kept in the address of the page. */
export function useAddress() {
  const search = useSearch();
  const [, navigate] = useLocation();
  const [asked, open] = useMemo((): [FeedQuery, string] => {
    const { open: shown, ...rest } = read(search);
    return [rest, shown];
  }, [search]);
  const change = useCallback(
    (part: Partial<FeedQuery>) => navigate(`/${written({ ...asked, ...part }, open)}`, { replace: true }),
    [asked, open, navigate],
  );
  const show = useCallback(
    (key: string) => navigate(`/${written(asked, key)}`, { replace: Boolean(open) === Boolean(key) }),
    [asked, open, navigate],
  );
  return { asked, open, change, show };
}
