// Reaches the agents of one cluster: mutual TLS from a folder, and any replica will do.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Client, Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { AlarmService } from "@dongdorrong/alarminati/v1/alarm_service";

// Every agent's certificate carries this name, whatever its address: what matters is that it is an
// agent of the authority in ca.crt.
const SERVER_NAME = "agent.alarminati";
const FIRST_PAUSE = 500; // milliseconds
const LAST_PAUSE = 15_000;

// Asking again, here or elsewhere, gets the same answer.
const FINAL = new Set([
  Code.InvalidArgument,
  Code.NotFound,
  Code.AlreadyExists,
  Code.FailedPrecondition,
  Code.PermissionDenied,
  Code.Unauthenticated,
  Code.Unimplemented,
]);

export type Alarms = Client<typeof AlarmService>;

/** Some replicas of a cluster and who we are to them. */
export class Cluster {
  readonly #addresses: string[];
  readonly #tls: { ca: Buffer; cert: Buffer; key: Buffer; servername: string };

  /** `addresses` are host:port, at least one; `folder` has ca.crt, tls.crt and tls.key. */
  constructor(addresses: string[], folder: string) {
    this.#addresses = addresses;
    this.#tls = {
      ca: readFileSync(join(folder, "ca.crt")),
      cert: readFileSync(join(folder, "tls.crt")),
      key: readFileSync(join(folder, "tls.key")),
      servername: SERVER_NAME,
    };
  }

  /**
   * Calls one replica after the other, with growing pauses, until one call returns, or fails in a way
   * that trying again does not mend, or `signal` aborts. The pauses start over whenever a call says
   * through `well` that it is getting answers.
   */
  async try<T>(
    signal: AbortSignal,
    call: (alarms: Alarms, well: () => void) => Promise<T>,
  ): Promise<T> {
    let pause = FIRST_PAUSE;
    const first = Math.floor(Math.random() * this.#addresses.length);
    for (let turn = first; ; turn++) {
      const address = this.#addresses[turn % this.#addresses.length]!;
      try {
        return await this.#ask(address, (alarms) => call(alarms, () => (pause = FIRST_PAUSE)));
      } catch (error) {
        if (!(error instanceof ConnectError) || FINAL.has(error.code) || signal.aborted) throw error;
        console.error(`${address}: ${error.message}`);
        // Random, so that many clients of a replica that fell do not come back at once.
        await sleep(pause * (0.5 + Math.random()), undefined, { signal }).catch(() => {
          throw error;
        });
        pause = Math.min(2 * pause, LAST_PAUSE);
      }
    }
  }

  async #ask<T>(address: string, call: (alarms: Alarms) => Promise<T>): Promise<T> {
    const url = `https://${address}`;
    // A silent stream may have died unnoticed. NAT gateways forget connections after 240 s or more.
    const pings = { pingIntervalMs: 200_000, pingTimeoutMs: 20_000 };
    const sessionManager = new Http2SessionManager(url, pings, this.#tls);
    try {
      return await call(
        createClient(AlarmService, createGrpcTransport({ baseUrl: url, sessionManager })),
      );
    } finally {
      sessionManager.abort();
    }
  }
}
