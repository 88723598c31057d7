import { useState } from "react";
import { toast } from "../components/toast";
import { useTexts } from "../i18n/texts";
import { SEVERITIES } from "../lib/alarms";
import { askPermission, beep } from "../store/notify";
import { changeSettings, type Settings } from "../store/settings";
import { useSummary } from "../store/summary";
import { Switch } from "./controls";

/** Which alarms notify and sound, of which projects, and at what hours not. */
export function NotifySettings({ settings }: { settings: Settings }) {
  const t = useTexts();
  const [permission, setPermission] = useState(() =>
    "Notification" in window ? Notification.permission : "unsupported",
  );
  const projects = [...new Set(useSummary()?.clusters.map((chip) => chip.project) ?? [])];
  const change = (part: Partial<Settings>) => void changeSettings(part).catch(() => toast(t.failed));
  const rule = (severity: (typeof SEVERITIES)[number]) => settings.notify[severity] ?? { notify: false, sound: false };
  const project = (name: string) => {
    const all = settings.notify_projects.length ? settings.notify_projects : projects;
    const next = all.includes(name) ? all.filter((one) => one !== name) : [...all, name];
    change({ notify_projects: next.length === projects.length ? [] : next });
  };
  return (
    <div className="rows">
      {permission === "default" && (
        <p>
          <button type="button" className="btn" onClick={() => void askPermission().then(setPermission)}>
            {t.notificationsOn}
          </button>
        </p>
      )}
      {permission === "denied" && <p className="muted">{t.notificationsBlocked}</p>}
      {permission === "unsupported" && <p className="muted">{t.notificationsUnsupported}</p>}
      <table className="tbl narrow">
        <thead>
          <tr>
            <th scope="col">{t.notifyFor}</th>
            <th scope="col">{t.notificationsShort}</th>
            <th scope="col">{t.soundShort}</th>
          </tr>
        </thead>
        <tbody>
          {SEVERITIES.map((severity) => (
            <tr key={severity}>
              <td className="lead">{t[severity]}</td>
              {(["notify", "sound"] as const).map((way) => (
                <td key={way}>
                  <input
                    className="sw"
                    type="checkbox"
                    role="switch"
                    aria-checked={rule(severity)[way]}
                    aria-label={`${t[severity]}: ${way === "notify" ? t.notificationsShort : t.soundShort}`}
                    checked={rule(severity)[way]}
                    onChange={(event) =>
                      change({
                        notify: { ...settings.notify, [severity]: { ...rule(severity), [way]: event.target.checked } },
                      })
                    }
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <Switch
        on={settings.notify_silent}
        text={t.notifySilent}
        onChange={(notify_silent) => change({ notify_silent })}
      />
      {projects.length > 1 && (
        <div className="line">
          <span>{t.notifyProjects}</span>
          <div className="opts" role="group" aria-label={t.notifyProjects}>
            {projects.map((name) => (
              <label key={name} className="opt">
                <input
                  type="checkbox"
                  checked={!settings.notify_projects.length || settings.notify_projects.includes(name)}
                  onChange={() => project(name)}
                />
                <span>{name}</span>
              </label>
            ))}
          </div>
        </div>
      )}
      <div className="line">
        <span>{t.quietHours}</span>
        <span className="inline">
          <input
            className="input short"
            type="time"
            aria-label={`${t.quietHours} ${t.composeFrom}`}
            value={settings.quiet_start}
            onChange={(event) => change({ quiet_start: event.target.value })}
          />
          –
          <input
            className="input short"
            type="time"
            aria-label={`${t.quietHours} ${t.composeTo}`}
            value={settings.quiet_end}
            onChange={(event) => change({ quiet_end: event.target.value })}
          />
        </span>
      </div>
      <div className="line">
        <label className="inline">
          {t.volume}
          <input
            type="range"
            min="0"
            max="100"
            step="10"
            value={settings.volume}
            onChange={(event) => change({ volume: Number(event.target.value) })}
          />
        </label>
        <button type="button" className="btn" onClick={() => beep(settings.volume)}>
          {t.soundTest}
        </button>
      </div>
    </div>
  );
}
