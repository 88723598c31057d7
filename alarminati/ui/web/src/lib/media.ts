import { useSyncExternalStore } from "react";

/** Watch a media query. */
export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const list = window.matchMedia(query);
      list.addEventListener("change", listener);
      return () => list.removeEventListener("change", listener);
    },
    () => window.matchMedia(query).matches,
  );
}

/** Wide enough for the pane beside the list. */
export const useWide = () => useMedia("(min-width: 1100px)");
