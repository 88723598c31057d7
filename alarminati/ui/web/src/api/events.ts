/* One stream for all tabs: browsers allow six connections a host. The tab that holds the lock reads
   it and hands every event to the others; when it closes, the next one takes over. */

const LOCK = "alarminati-events";
const RETRY_SECONDS = [1, 2, 5, 10];
export const EVENTS = ["hello", "changed", "cluster", "act", "reset"] as const;

export type EventName = (typeof EVENTS)[number];
export type Link = { state: "connecting" | "open" } | { state: "gone"; retryAt: number };

export type Message =
  | { kind: "event"; name: EventName; data: unknown }
  | { kind: "link"; link: Link }
  | { kind: "ask" };

export interface Listener {
  onEvent(name: EventName, data: unknown): void;
  onLink(link: Link): void;
  /** This tab holds the stream: it alone notifies and sounds. */
  onLead(): void;
}

/** Read events, here or through the tab that leads; returns a way to stop. */
export function follow(listener: Listener, path = "/api/events"): { retry: () => void; stop: () => void } {
  const channel = new BroadcastChannel(LOCK);
  const abort = new AbortController();
  let leader: Leader | null = null;

  channel.onmessage = ({ data }: MessageEvent<Message>) => {
    if (data.kind === "event") listener.onEvent(data.name, data.data);
    else if (data.kind === "link") listener.onLink(data.link);
    else leader?.say();
  };
  channel.postMessage({ kind: "ask" } satisfies Message);

  const lead = () =>
    new Promise<void>((resolve) => {
      if (abort.signal.aborted) return resolve();
      leader = new Leader(path, (message) => {
        channel.postMessage(message);
        if (message.kind === "event") listener.onEvent(message.name, message.data);
        if (message.kind === "link") listener.onLink(message.link);
      });
      abort.signal.addEventListener("abort", () => {
        leader?.stop();
        resolve();
      });
      listener.onLead();
    });
  if ("locks" in navigator) navigator.locks.request(LOCK, { signal: abort.signal }, lead).catch(() => undefined);
  else void lead();

  return {
    retry: () => (leader ? leader.open() : channel.postMessage({ kind: "ask" } satisfies Message)),
    stop: () => {
      abort.abort();
      channel.close();
    },
  };
}

/** The one reader of the stream. It opens it anew after 1, 2, 5 and then every 10 seconds. */
class Leader {
  private source: EventSource | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  private link: Link = { state: "connecting" };
  private lastId = "";

  constructor(
    private readonly path: string,
    private readonly tell: (message: Message) => void,
  ) {
    this.open();
  }

  /** Close what is open and connect now. */
  open(): void {
    clearTimeout(this.timer);
    this.source?.close();
    const resume = this.lastId ? `?after=${encodeURIComponent(this.lastId)}` : "";
    const source = new EventSource(this.path + resume);
    this.source = source;
    source.onopen = () => {
      this.failures = 0;
      this.become({ state: "open" });
    };
    source.onerror = () => this.failed();
    for (const name of EVENTS) {
      source.addEventListener(name, (event: MessageEvent<string>) => {
        if (event.lastEventId) this.lastId = event.lastEventId;
        this.tell({ kind: "event", name, data: JSON.parse(event.data) });
      });
    }
  }

  /** Tell a tab that came later how things stand. */
  say(): void {
    this.tell({ kind: "link", link: this.link });
  }

  stop(): void {
    clearTimeout(this.timer);
    this.source?.close();
  }

  private failed(): void {
    this.source?.close();
    const seconds = RETRY_SECONDS[Math.min(this.failures, RETRY_SECONDS.length - 1)] ?? 10;
    this.failures += 1;
    this.become({ state: "gone", retryAt: Date.now() + seconds * 1000 });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.open(), seconds * 1000);
  }

  private become(link: Link): void {
    this.link = link;
    this.tell({ kind: "link", link });
  }
}
