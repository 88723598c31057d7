import type { ChannelState } from "../api/schema";
import { type Texts, useTexts } from "../i18n/texts";
import { clock } from "../lib/time";
import { Icon, type IconName } from "./icon";

const SIGNS: Record<ChannelState["state"], IconName> = {
  delivered: "sent",
  waiting: "wait",
  failed: "refused",
  muted: "hushed",
};

function told(one: ChannelState, t: Texts): string {
  if (one.state === "delivered") return t.delivered(one.channel, one.time_ms ? clock(one.time_ms, true) : "");
  if (one.state === "waiting") return t.waiting(one.channel);
  return one.state === "failed" ? t.failedDelivery(one.channel) : t.muted(one.channel);
}

/** One sign a channel, at most three; the rest is in the text for readers and in the pane. */
export function Deliveries({ states }: { states: readonly ChannelState[] }) {
  const t = useTexts();
  const rank = (one: ChannelState) => (one.state === "failed" ? 0 : 1);
  const shown = states.length > 3 ? [...states].sort((a, b) => rank(a) - rank(b)).slice(0, 3) : states;
  return (
    <span role="gridcell" className="dlv" title={states.map((one) => told(one, t)).join("\n") || undefined}>
      {shown.map((one) => (
        <span key={one.channel} className={one.state === "failed" ? "c-error" : ""}>
          <Icon name={SIGNS[one.state]} />
        </span>
      ))}
      {states.length > 0 && <span className="sr">{states.map((one) => told(one, t)).join(", ")}</span>}
    </span>
  );
}
