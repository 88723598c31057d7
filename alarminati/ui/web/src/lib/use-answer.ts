import { useCallback, useEffect, useState } from "react";
import { ApiError, get } from "../api/client";
import { changes } from "../store/live";
import { useStore } from "./store";

/** Ask for an answer, and anew when clusters or alarms changed, at most every two seconds. */
export function useAnswer<T>(path: string): { answer: T | null; error: ApiError | null; again: () => void } {
  const [answer, setAnswer] = useState<T | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [count, setCount] = useState(0);
  const again = useCallback(() => setCount((value) => value + 1), []);
  const { seq } = useStore(changes);
  useEffect(() => {
    if (!seq) return;
    const timer = setTimeout(again, 2000);
    return () => clearTimeout(timer);
  }, [seq, again]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the count only says when to ask
  useEffect(() => {
    const abort = new AbortController();
    get<T>(path, abort.signal).then(
      (value) => {
        setAnswer(value);
        setError(null);
      },
      (failure) => {
        if (failure instanceof ApiError) setError(failure);
      },
    );
    return () => abort.abort();
  }, [path, count]);
  return { answer, error, again };
}
