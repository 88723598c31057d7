import { ApiError, type Refusal } from "../api/client";
import type { JoinStep } from "../api/schema";

/** Join by an invitation, which travels in the body only; steps are told as they come. */
export async function join(invitation: string, onStep: (step: JoinStep) => void, signal: AbortSignal): Promise<void> {
  const response = await fetch("/api/join", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Alarminati": "1" },
    body: JSON.stringify({ invitation }),
    signal,
  });
  if (!response.ok || !response.body) throw new ApiError((await response.json()) as Refusal);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    const lines = (rest + (value ?? "")).split("\n");
    rest = done ? "" : (lines.pop() ?? "");
    for (const line of lines) if (line.trim()) onStep(JSON.parse(line) as JoinStep);
    if (done) return;
  }
}
