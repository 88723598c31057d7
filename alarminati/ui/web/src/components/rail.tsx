import { useState } from "react";
import { Link, useLocation } from "wouter";
import { useTexts } from "../i18n/texts";
import { shown } from "../keys/bindings";
import { chordOf } from "../keys/keyboard";
import { Icon, type IconName } from "./icon";
import { Menu } from "./menu";

const PAGES = [
  { path: "/", icon: "p-alarms", text: "alarms", command: "goAlarms" },
  { path: "/clusters", icon: "p-clusters", text: "clusters", command: "goClusters" },
  { path: "/channels", icon: "p-channels", text: "channels", command: "goChannels" },
  { path: "/silences", icon: "p-silences", text: "silences", command: "goSilences" },
  { path: "/statistics", icon: "p-stats", text: "statistics", command: "goStatistics" },
] as const;
const BELOW = [
  { path: "/join", icon: "p-join", text: "join", command: "join" },
  { path: "/settings", icon: "p-settings", text: "settings", command: "goSettings" },
] as const;
type Place = (typeof PAGES)[number] | (typeof BELOW)[number];

/** Say whether an address belongs to a page of the rail; an alarm's own page belongs to the alarms. */
export function isCurrent(path: string, location: string): boolean {
  if (path === "/") return location === "/" || location.startsWith("/a/");
  return location === path || location.startsWith(`${path}/`);
}

/** The pages, as icons with words; a bar at the bottom of a phone. */
export function Rail({ critical }: { critical: number }) {
  const t = useTexts();
  const [location, navigate] = useLocation();
  const [more, setMore] = useState(false);
  const item = (place: Place, wide: boolean) => (
    <Link
      key={place.path}
      href={place.path}
      className={wide ? "wide" : ""}
      title={shown(chordOf(place.command)).toLowerCase()}
      aria-current={isCurrent(place.path, location) ? "page" : undefined}
    >
      <Icon name={place.icon as IconName} />
      <span>{t[place.text]}</span>
      {place.path === "/" && critical > 0 && (
        <span className="badge">
          {critical > 999 ? "999+" : critical}
          <span className="sr"> {t.CRITICAL}</span>
        </span>
      )}
    </Link>
  );
  const go = (path: string) => {
    setMore(false);
    navigate(path);
  };
  return (
    <nav className="rail" aria-label="Alarminati">
      <div className="logo">
        <Icon name="logo" />
      </div>
      {PAGES.map((place) => item(place, place.path === "/statistics"))}
      <span className="gap" />
      {BELOW.map((place) => item(place, true))}
      <span className="only-narrow anchor more">
        <button type="button" aria-haspopup="menu" aria-expanded={more} onClick={() => setMore(!more)}>
          <Icon name="p-more" />
          <span>{t.more}</span>
        </button>
        {more && (
          <Menu label={t.more} onClose={() => setMore(false)}>
            {[PAGES[4], ...BELOW].map((place) => (
              <button key={place.path} type="button" role="menuitem" onClick={() => go(place.path)}>
                {t[place.text]}
              </button>
            ))}
          </Menu>
        )}
      </span>
    </nav>
  );
}
