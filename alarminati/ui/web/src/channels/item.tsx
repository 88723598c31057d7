import { useState } from "react";
import { ApiError, del, post } from "../api/client";
import type { Channel, ChannelTest } from "../api/schema";
import { Dialog } from "../components/dialog";
import { Icon } from "../components/icon";
import { toast } from "../components/toast";
import { type Texts, useTexts } from "../i18n/texts";
import { useNow } from "../lib/clock";
import { ago, clock } from "../lib/time";

/** Say in words which alarms a channel gets. */
export function whichText(channel: Channel, t: Texts): string {
  const least = channel.min_severity ? t.atLeast(t[channel.min_severity as "ERROR"] ?? channel.min_severity) : "";
  if (!channel.matchers.length && !least) return channel.origin === "registered" ? t.channelWhichAll : t.channelByRoute;
  return least;
}

function Health({ channel }: { channel: Channel }) {
  const t = useTexts();
  const now = useNow();
  const paused = channel.paused_until_ms > now ? t.channelPaused(clock(channel.paused_until_ms, true)) : "";
  const last = channel.last_delivered_ms ? t.channelLast(ago(now - channel.last_delivered_ms, t)) : t.channelNever;
  const waiting = channel.pending ? t.channelWaiting(channel.pending) : "";
  const quota = channel.left_today >= 0 ? t.channelQuotaLeft(channel.left_today) : "";
  return (
    <div>
      {channel.problem ? (
        <span className="bad">
          <Icon name="warning" />
          <span>{channel.problem}</span>
        </span>
      ) : (
        <span>{t.channelOk}</span>
      )}
      <small>{[paused, waiting, last].filter(Boolean).join(", ")}</small>
      {(quota || channel.limits) && <small>{[quota, channel.limits].filter(Boolean).join(", ")}</small>}
    </div>
  );
}

/** One channel: where to, which alarms, how it is, and what can be done. */
export function ChannelItem({
  channel,
  writable,
  onEdit,
  onChanged,
}: {
  channel: Channel;
  writable: boolean;
  onEdit: () => void;
  onChanged: () => void;
}) {
  const t = useTexts();
  const [testing, setTesting] = useState(false);
  const [removing, setRemoving] = useState(false);
  const path = `/api/channels/${encodeURIComponent(channel.cluster)}/${encodeURIComponent(channel.name)}`;
  const may = writable && channel.origin === "registered";
  const why = !writable ? t.needsOperator : channel.origin === "registered" ? undefined : t.channelFile;
  const test = async () => {
    setTesting(true);
    try {
      const result = await post<ChannelTest>(`${path}/test`);
      toast(result.delivered ? t.channelTested(result.duration_ms) : t.channelTestFailed(result.detail));
      onChanged();
    } catch (error) {
      if (error instanceof ApiError) toast(t.channelTestFailed(error.sentence(t.locale)));
    } finally {
      setTesting(false);
    }
  };
  const remove = async () => {
    try {
      await del(path);
      onChanged();
    } catch (error) {
      if (error instanceof ApiError) toast(t.actFailed(error.sentence(t.locale)));
    }
  };
  const which = whichText(channel, t);
  return (
    <li className="item">
      <div>
        <b>{channel.name}</b>
        <small>{[channel.type, channel.destination].filter(Boolean).join(" · ")}</small>
      </div>
      <div>
        {which && <span>{which}</span>}
        {channel.matchers.length > 0 && (
          <span className="matchers-line">
            {channel.matchers.map((one) => (
              <span key={one} className="lab">
                {one}
              </span>
            ))}
          </span>
        )}
        {channel.origin !== "registered" && <small>{t.channelFile}</small>}
      </div>
      <Health channel={channel} />
      <div className="item-acts">
        <button
          type="button"
          className="btn"
          aria-disabled={!writable || testing}
          title={writable ? undefined : t.needsOperator}
          onClick={() => writable && !testing && void test()}
        >
          {testing ? t.channelTesting : t.channelTest}
        </button>
        {channel.origin === "registered" && (
          <>
            <button type="button" className="btn" aria-disabled={!may} title={why} onClick={() => may && onEdit()}>
              {t.channelChange}
            </button>
            <button
              type="button"
              className="btn bare"
              aria-disabled={!may}
              title={why}
              onClick={() => may && setRemoving(true)}
            >
              {t.delete}
            </button>
          </>
        )}
      </div>
      {removing && (
        <Dialog title={t.channelDeleteAsk(channel.name)} onClose={() => setRemoving(false)}>
          <div className="dialog-body">
            <p className="muted">{t.channelDeleteHelp}</p>
            <div className="dialog-foot">
              <button
                type="button"
                className="btn main"
                onClick={() => {
                  setRemoving(false);
                  void remove();
                }}
              >
                {t.delete}
              </button>
              <button type="button" className="btn" onClick={() => setRemoving(false)}>
                {t.cancel}
              </button>
            </div>
          </div>
        </Dialog>
      )}
    </li>
  );
}
