// Hands in one alarm and prints its id once it is safe.
//
// However often it has to try, and at whichever replica, the alarm is taken once: every attempt
// carries the same request id.
import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import { create } from "@bufbuild/protobuf";
import { ReportRequestSchema } from "@dongdorrong/alarminati/v1/alarm_service";
import { Severity } from "@dongdorrong/alarminati/v1/alarm";
import { Cluster } from "./cluster.js";

const ONE_ATTEMPT = 5_000; // milliseconds
const USAGE = `node dist/report.js [--agents HOST:PORT,...] [--tls FOLDER] [--severity NAME]
    [--resolved] [--request-id ID] [--timestamp-ms NUMBER] [--patience SECONDS] MESSAGE`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    agents: { type: "string", default: "127.0.0.1:7443" },
    tls: { type: "string", default: "tls/me" },
    severity: { type: "string", default: "WARNING" },
    resolved: { type: "boolean", default: false },
    "request-id": { type: "string", default: randomUUID() },
    // The same request id must say the same, this too.
    "timestamp-ms": { type: "string", default: String(Date.now()) },
    patience: { type: "string", default: "60" },
  },
});
const severity = Severity[values.severity.toUpperCase() as keyof typeof Severity];
const [message] = positionals;
if (message === undefined || positionals.length !== 1 || severity === undefined) {
  console.error(USAGE);
  process.exit(2);
}
const request = create(ReportRequestSchema, {
  alarm: {
    message,
    severity,
    resolved: values.resolved,
    // When it happened, not when somebody took it.
    timestampMs: BigInt(values["timestamp-ms"]),
  },
  requestId: values["request-id"],
});

try {
  const cluster = new Cluster(values.agents.split(","), values.tls);
  const signal = AbortSignal.timeout(Number(values.patience) * 1000);
  const answer = await cluster.try(signal, (alarms) =>
    alarms.report(request, { timeoutMs: ONE_ATTEMPT, signal }),
  );
  console.log(answer.id);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
