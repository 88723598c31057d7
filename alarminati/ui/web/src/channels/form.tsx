import { useEffect, useState } from "react";
import { ApiError, put } from "../api/client";
import type { Channel, ChannelRequest, ChannelType } from "../api/schema";
import { Dialog } from "../components/dialog";
import { useTexts } from "../i18n/texts";
import { SEVERITIES } from "../lib/alarms";
import { type Field, fieldsOf, KEPT, readValue, shownValue } from "./fields";

const NAME = /^[\p{L}\p{N}._-]{1,64}$/u;

type Typed = Record<string, string | boolean>;

/** Start a form: what is set, else what the schema presets. */
function begun(fields: readonly Field[], channel: Channel | null): Typed {
  return Object.fromEntries(
    fields.map((field) => [field.name, shownValue(field, channel?.settings[field.name] ?? field.initial)]),
  );
}

/** Register or change a channel: a form made of the settings of its type. */
export function ChannelForm({
  cluster,
  channel,
  types,
  onClose,
  onSaved,
}: {
  cluster: string;
  channel: Channel | null;
  types: readonly ChannelType[];
  onClose: () => void;
  onSaved: () => void;
}) {
  const t = useTexts();
  const [type, setType] = useState(channel?.type ?? types[0]?.type ?? "");
  const [name, setName] = useState(channel?.name ?? "");
  const [matchers, setMatchers] = useState(channel?.matchers.join("\n") ?? "");
  const [severity, setSeverity] = useState(channel?.min_severity ?? "");
  const schema = types.find((one) => one.type === type)?.settings_schema ?? {};
  const fields = fieldsOf(schema);
  const [typed, setTyped] = useState<Typed>(() => begun(fields, channel));
  const [problem, setProblem] = useState<{ field: string; text: string } | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another type is another form
  useEffect(() => {
    if (!channel) setTyped(begun(fields, null));
  }, [type]);

  const save = async () => {
    if (!NAME.test(name)) return setProblem({ field: "name", text: t.channelNameHelp });
    const settings: Record<string, unknown> = {};
    for (const field of fields) {
      try {
        const value = readValue(field, typed[field.name] ?? "", channel?.settings[field.name]);
        if (value !== undefined) settings[field.name] = value;
        else if (field.required) return setProblem({ field: field.name, text: t.required });
      } catch (error) {
        return setProblem({ field: field.name, text: String(error) });
      }
    }
    const body: ChannelRequest = {
      type,
      settings,
      matchers: matchers
        .split("\n")
        .map((line) => line.trim())
        .filter(Boolean),
      min_severity: severity,
    };
    try {
      await put(`/api/channels/${encodeURIComponent(cluster)}/${encodeURIComponent(name)}`, body);
      onSaved();
      onClose();
    } catch (error) {
      if (error instanceof ApiError) setProblem({ field: error.refusal.field ?? "", text: error.sentence(t.locale) });
    }
  };
  const wrong = (field: string) => problem?.field === field || problem?.field?.endsWith(`.${field}`);
  const known = problem && (fields.some((field) => wrong(field.name)) || ["name", "matchers"].some(wrong));
  return (
    <Dialog title={channel ? `${t.channelEdit}: ${channel.name}` : t.channelAdd} onClose={onClose}>
      <form
        className="form dialog-body"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <label className="f">
          <span>{t.channelType}</span>
          <select
            className="select"
            value={type}
            disabled={Boolean(channel)}
            onChange={(event) => setType(event.target.value)}
          >
            {types.map((one) => (
              <option key={one.type} value={one.type}>
                {one.title[t.locale]}
              </option>
            ))}
          </select>
        </label>
        <label className="f">
          <span>{t.name}</span>
          <input
            className="input"
            value={name}
            disabled={Boolean(channel)}
            aria-invalid={Boolean(wrong("name"))}
            onChange={(event) => setName(event.target.value)}
          />
          <small className={wrong("name") ? "bad" : ""}>{wrong("name") ? problem?.text : t.channelNameHelp}</small>
        </label>
        {fields.map((field) => (
          <Setting
            key={`${type} ${field.name}`}
            field={field}
            value={typed[field.name] ?? ""}
            kept={channel?.settings[field.name] === KEPT}
            problem={wrong(field.name) ? (problem?.text ?? "") : ""}
            onChange={(value) => setTyped((before) => ({ ...before, [field.name]: value }))}
          />
        ))}
        <fieldset>
          <legend>
            {t.channelWhich}: {t.channelLeast}
          </legend>
          <div className="opts">
            {["", ...SEVERITIES].map((one) => (
              <label key={one} className="opt">
                <input type="radio" name="least" checked={severity === one} onChange={() => setSeverity(one)} />
                <span>{one ? t.atLeast(t[one as "ERROR"]) : t.channelLeastAny}</span>
              </label>
            ))}
          </div>
        </fieldset>
        <label className="f">
          <span>
            {t.channelWhich}: {t.channelMatchers}
          </span>
          <textarea
            className="area mono"
            rows={2}
            spellCheck={false}
            value={matchers}
            aria-invalid={Boolean(wrong("matchers"))}
            onChange={(event) => setMatchers(event.target.value)}
          />
          <small className={wrong("matchers") ? "bad" : ""}>
            {wrong("matchers") ? problem?.text : t.channelWhichHelp}
          </small>
        </label>
        {problem && !known && (
          <p className="c-critical" role="alert">
            {problem.text}
          </p>
        )}
        <div className="dialog-foot">
          <button type="submit" className="btn main">
            {t.save}
          </button>
          <button type="button" className="btn" onClick={onClose}>
            {t.cancel}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function Setting({
  field,
  value,
  kept,
  problem,
  onChange,
}: {
  field: Field;
  value: string | boolean;
  kept: boolean;
  problem: string;
  onChange: (value: string | boolean) => void;
}) {
  const t = useTexts();
  const help = problem || (field.kind === "secret" ? (kept ? t.channelSecretKeep : t.channelSecret) : field.about);
  if (field.kind === "switch") {
    return (
      <label className="switch">
        <input
          className="sw"
          type="checkbox"
          checked={Boolean(value)}
          onChange={(event) => onChange(event.target.checked)}
        />
        <span>
          {field.name} <span className="muted">{field.about}</span>
        </span>
      </label>
    );
  }
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: either branch is a control
    <label className="f">
      <span>
        {field.name}
        {field.required ? ` · ${t.required}` : ""}
      </span>
      {field.kind === "choice" ? (
        <select className="select" value={String(value)} onChange={(event) => onChange(event.target.value)}>
          {[...(field.choices.includes("") ? [] : [""]), ...field.choices].map((one) => (
            <option key={one} value={one}>
              {one || t.none}
            </option>
          ))}
        </select>
      ) : (
        <input
          className="input"
          type={field.kind === "secret" ? "password" : "text"}
          inputMode={field.kind === "number" ? "decimal" : undefined}
          autoComplete="off"
          spellCheck={false}
          aria-invalid={Boolean(problem)}
          value={String(value)}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
      {help && <small className={problem ? "bad" : ""}>{help}</small>}
    </label>
  );
}
