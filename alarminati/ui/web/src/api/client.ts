/** What the app answers when it refuses. */
export interface Refusal {
  code: string;
  ko: string;
  en: string;
  field?: string | null;
  retry?: boolean | null;
}

/** A refusal of the app, or the app itself being gone (code "gone"). */
export class ApiError extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.en);
    this.refusal = refusal;
  }
  /** The sentence in a language. */
  sentence(language: "ko" | "en"): string {
    return this.refusal[language] || this.refusal.en;
  }
}

const GONE: Refusal = {
  code: "gone",
  ko: "앱이 꺼졌습니다.",
  en: "The app has stopped.",
  retry: true,
};

function isRefusal(body: unknown): body is Refusal {
  return typeof body === "object" && body !== null && "code" in body && "en" in body;
}

async function call<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (method !== "GET") headers["X-Alarminati"] = "1";
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const init: RequestInit = { method, headers, credentials: "same-origin", cache: "no-store" };
  if (body !== undefined) init.body = JSON.stringify(body);
  if (signal) init.signal = signal;
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(GONE);
  }
  const text = await response.text();
  let answer: unknown = null;
  try {
    answer = text ? JSON.parse(text) : null;
  } catch {
    throw new ApiError({
      code: "unreadable",
      ko: `앱의 답을 읽을 수 없습니다 (${response.status}).`,
      en: `The app's answer cannot be read (${response.status}).`,
    });
  }
  if (response.ok) return answer as T;
  if (isRefusal(answer)) throw new ApiError(answer);
  throw new ApiError({
    code: `http_${response.status}`,
    ko: `앱이 거절했습니다 (${response.status}).`,
    en: `The app refused (${response.status}).`,
  });
}

export const get = <T>(path: string, signal?: AbortSignal) => call<T>("GET", path, undefined, signal);
export const post = <T>(path: string, body: unknown = {}, signal?: AbortSignal) => call<T>("POST", path, body, signal);
export const put = <T>(path: string, body: unknown) => call<T>("PUT", path, body);
export const del = <T>(path: string, body?: unknown) => call<T>("DELETE", path, body);

/** Write a query; what is empty is left out. */
export function query(parts: Record<string, string | number | boolean | undefined | null>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parts)) {
    if (value !== undefined && value !== null && value !== "" && value !== false) search.set(name, String(value));
  }
  const written = search.toString();
  return written && `?${written}`;
}
