// Follows the alarms of a cluster and writes each of them to a file, once, however often it is
// stopped, killed, or sent to another replica. What it writes it also prints.
import { parseArgs } from "node:util";
import { Code, ConnectError } from "@connectrpc/connect";
import { Book } from "./book.js";
import { type Alarms, Cluster } from "./cluster.js";

const { values } = parseArgs({
  options: {
    agents: { type: "string", default: "127.0.0.1:7443" },
    tls: { type: "string", default: "tls/me" },
    file: { type: "string", default: "alarms.jsonl" },
  },
});

/** Ends only with an error. */
async function follow(alarms: Alarms, book: Book, signal: AbortSignal, well: () => void) {
  for await (const answer of alarms.subscribe({ cursor: book.cursor }, { signal })) {
    well();
    const line = book.add(answer);
    if (line.missed) {
      console.error(`up to ${line.missed} entries were cut from the history before they were seen`);
    }
    for (const alarm of line.alarms) {
      console.log(alarm.at, alarm.resolved ? "RESOLVED" : alarm.severity, alarm.message);
    }
  }
  // A subscription has no end of its own: something between us and the replica ended it.
  throw new ConnectError("the subscription was ended", Code.Unavailable);
}

const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
process.once("SIGTERM", () => stop.abort());
try {
  const cluster = new Cluster(values.agents.split(","), values.tls);
  const book = new Book(values.file);
  try {
    await cluster.try(stop.signal, (alarms, well) => follow(alarms, book, stop.signal, well));
  } finally {
    book.close();
  }
} catch (error) {
  if (!stop.signal.aborted) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
