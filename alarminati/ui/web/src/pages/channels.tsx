import { useState } from "react";
import type { Channel, ChannelList, ChannelTypes, ClusterChannels } from "../api/schema";
import { Dead } from "../channels/dead";
import { ChannelForm } from "../channels/form";
import { ChannelItem } from "../channels/item";
import { Icon } from "../components/icon";
import { ChipMark } from "../components/where";
import { useTexts } from "../i18n/texts";
import { useAnswer } from "../lib/use-answer";
import { useChip } from "../store/summary";
import "../styles/data.css";
import "../styles/forms.css";

/** Where each cluster delivers to, which alarms, and how it fares. */
export default function ChannelsPage() {
  const t = useTexts();
  const { answer, again } = useAnswer<ChannelList>("/api/channels");
  const types = useAnswer<ChannelTypes>("/api/channel-types").answer?.types ?? [];
  const [form, setForm] = useState<{ cluster: string; channel: Channel | null } | null>(null);
  return (
    <div className="page">
      <div className="page-in wide">
        <header className="page-head">
          <h1>{t.channels}</h1>
          <p className="muted">{t.channelsEmptyText}</p>
        </header>
        {answer?.clusters.map((one) => (
          <Group
            key={one.cluster}
            group={one}
            onForm={(channel) => setForm({ cluster: one.cluster, channel })}
            onChanged={again}
          />
        ))}
      </div>
      {form && types.length > 0 && (
        <ChannelForm
          cluster={form.cluster}
          channel={form.channel}
          types={types}
          onClose={() => setForm(null)}
          onSaved={again}
        />
      )}
    </div>
  );
}

function Group({
  group,
  onForm,
  onChanged,
}: {
  group: ClusterChannels;
  onForm: (channel: Channel | null) => void;
  onChanged: () => void;
}) {
  const t = useTexts();
  const chip = useChip(group.cluster);
  return (
    <section className="of-cluster" aria-label={chip?.name ?? group.cluster}>
      <h2 className="gh">
        <ChipMark chip={chip} />
        {chip?.name ?? group.cluster}
        <span className="muted">{chip?.project}</span>
        <button
          type="button"
          className="btn bare end"
          aria-disabled={!group.writable}
          title={group.writable ? undefined : t.needsOperator}
          onClick={() => group.writable && onForm(null)}
        >
          <Icon name="plus" />
          <span>{t.channelAdd}</span>
        </button>
      </h2>
      {group.error && <p className="muted">{group.error[t.locale]}</p>}
      {group.channels.length === 0 && !group.error && <p className="muted">{t.channelsEmpty}</p>}
      <ul className="items">
        {group.channels.map((channel) => (
          <ChannelItem
            key={channel.name}
            channel={channel}
            writable={group.writable}
            onEdit={() => onForm(channel)}
            onChanged={onChanged}
          />
        ))}
      </ul>
      <Dead cluster={group.cluster} writable={group.writable} />
    </section>
  );
}
