import type { ReactNode } from "react";
import type { About } from "../api/schema";
import { toast } from "../components/toast";
import { Code } from "../first/cards";
import { useTexts } from "../i18n/texts";
import { bytes } from "../lib/figures";
import { appearance } from "../lib/preferences";
import { useStore } from "../lib/store";
import { useAnswer } from "../lib/use-answer";
import { Companies } from "../settings/companies";
import { Choice, Switch } from "../settings/controls";
import { Keys } from "../settings/keys";
import { NotifySettings } from "../settings/notify";
import { changeSettings, type Settings, useSettings } from "../store/settings";
import "../styles/data.css";
import "../styles/first.css";
import "../styles/forms.css";

/** Everything a person may choose; each choice is kept at once. */
export default function SettingsPage() {
  const t = useTexts();
  const settings = useSettings();
  if (!settings) return <div className="page" />;
  return (
    <div className="page">
      <div className="page-in">
        <header className="page-head">
          <h1>{t.settings}</h1>
        </header>
        <div className="set">
          <Looks settings={settings} />
          <Section title={t.notifications}>
            <NotifySettings settings={settings} />
          </Section>
          <Section title={t.shortcuts}>
            <div className="rows">
              <Switch
                on={settings.shortcuts}
                text={t.shortcutsOn}
                onChange={(shortcuts) => void changeSettings({ shortcuts })}
              />
              <p className="muted">{t.shortcutsHelp}</p>
              <Keys settings={settings} />
            </div>
          </Section>
          <Section title={t.company}>
            <Companies />
          </Section>
          <Moving />
        </div>
      </div>
    </div>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      <div>{children}</div>
    </section>
  );
}

function Looks({ settings }: { settings: Settings }) {
  const t = useTexts();
  const { language } = useStore(appearance);
  const change = (part: Partial<Settings>) => void changeSettings(part).catch(() => toast(t.failed));
  return (
    <Section title={t.appearance}>
      <div className="rows">
        <Choice
          label={t.language}
          value={language}
          options={[
            ["ko", "한국어"],
            ["en", "English"],
          ]}
          onChange={(value) => change({ language: value })}
        />
        <Choice
          label={t.theme}
          value={settings.theme}
          options={[
            ["system", t.themeSystem],
            ["light", t.themeLight],
            ["dark", t.themeDark],
          ]}
          onChange={(theme) => change({ theme })}
        />
        <Choice
          label={t.density}
          value={settings.density}
          options={[
            ["normal", t.densityNormal],
            ["dense", t.densityDense],
            ["roomy", t.densityRoomy],
          ]}
          onChange={(density) => change({ density })}
        />
      </div>
    </Section>
  );
}

function Moving() {
  const t = useTexts();
  const { answer } = useAnswer<About>("/api/about");
  const records = answer?.storage.reduce((sum, one) => sum + one.records, 0) ?? 0;
  const size = answer?.storage.reduce((sum, one) => sum + one.bytes, 0) ?? 0;
  return (
    <>
      <Section title={t.exportTitle}>
        <div className="rows">
          <p className="muted">{t.exportText}</p>
          <Code text="alarminati export --all alarminati.jsonl.gz">alarminati export --all alarminati.jsonl.gz</Code>
          <p className="muted">{t.importCommand}</p>
          <Code text="alarminati import alarminati.jsonl.gz">alarminati import alarminati.jsonl.gz</Code>
          <p className="inline">
            <a className="btn" href="/api/export?format=jsonl&tab=all" download>
              {t.exportJsonl}
            </a>
            <a className="btn" href="/api/export?format=csv&tab=all" download>
              {t.exportCsv}
            </a>
          </p>
        </div>
      </Section>
      <Section title={t.storage}>
        {answer && (
          <dl className="kv">
            <dt>{t.storage}</dt>
            <dd>{t.storageText(records, bytes(size))}</dd>
            <dt>{t.storageFolder}</dt>
            <dd className="mono">{answer.data_folder}</dd>
            <dt>{t.about}</dt>
            <dd>
              {t.aboutText(answer.version)}, {answer.licenses.join(", ")}, Python {answer.python}, {answer.system}
            </dd>
          </dl>
        )}
      </Section>
    </>
  );
}
