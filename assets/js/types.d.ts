/** What crosses the wall between server, core and page. Times are ms of the host's own clock. */

export interface SeriesInfo { key: string; entity: string; metric: string; label: string; unit: string }

export interface Column { t: number[]; v: (number | null)[]; j: number[] }

export type Point = [key: string, bucket_ms: number, value: number | null, joined: number];

export interface HelloMessage { type: "hello"; node: string; w_ms: number; version: string }

export interface ViewMessage {
  type: "view"; id: number; step_ms: number; from_ms: number; to_ms: number; now_ms: number; live: boolean;
  period_ms: number; series: SeriesInfo[]; columns: Record<string, Column>;
  error: string | null;
}

export interface PointsMessage {
  type: "points"; id: number; now_ms: number; series: SeriesInfo[]; points: Point[]; remove: [string, number][];
}

export interface KnownPresence {
  id: string; name: string; fleet: string; note: string; state: "live" | "silent" | "down" | "stopped";
  for_ms: number; age_ms: number; offset_ms: number; now_ms: number; period_ms: number;
  queue: { count: number; from_ms: number | null; to_ms: number | null };
  containers?: number; unhealthy?: number; suspended?: string;
}

export interface UnknownPresence { id: string; name: string; fleet: string; note: string; state: "unknown"; containers?: number; unhealthy?: number; suspended?: string }

export type HostPresence = KnownPresence | UnknownPresence;

export interface PresenceMessage { type: "presence"; hosts: HostPresence[]; retired?: string[] }

/** A link of the web node to an ingest node. failure: why there is none, or "". dead: the node is known to be down. */
export interface NodeLink { name: string; failure: string; dead: boolean; for_ms: number }

/** store.text: "" while it answers. for_ms: since when it is so. */
export interface LinksMessage {
  type: "links"; links: NodeLink[]; store: { text: string; detail: string; for_ms: number };
}

/** The web node is there. */
export interface BeatMessage { type: "beat" }

export interface Gap { from_ms: number; to_ms: number; state: string; text: string }

export interface GapsMessage { type: "gaps"; host: string; gaps: Gap[] }

/** An event as the server words it; count: events it stands for, itself among them. */
export interface Happening {
  id: string; time_ms: number; entity: string; name: string; mark: string; text: string; count: number;
}

/** whole: all of the range, else new ones. */
export interface EventsMessage { type: "events"; host: string; container: string; whole: boolean; events: Happening[] }

/** A container that runs; health "": it has no check. */
export interface ContainerInfo {
  id: string; name: string; project: string; service: string; image: string; runtime: string; health: string;
}

/** Those of a host, or the one that is watched, if it runs. */
export interface ContainersMessage { type: "containers"; host: string; container: string; containers: ContainerInfo[] }

/** Which hosts have containers that a text finds: the first names, and how many. */
export interface FoundMessage { type: "found"; find: string; hosts: Record<string, { names: string[]; count: number }> }

/** What a person set: tidegauge/sessions/preferences.py. */
export interface Kept { theme: "system" | "light" | "dark"; pins: string[]; last: string; count: number }

export interface PreferencesChange { theme?: Kept["theme"]; pin?: string[]; unpin?: string[]; last?: string }

/** kept null: the store was never read. */
export interface PreferencesMessage { type: "preferences"; person: string; kept: Kept | null }

/** Whether nothing can be changed for now: the store does not answer. */
export interface StoreMessage { type: "store"; read_only: boolean }

export interface ErrorMessage { type: "error"; id: number | null; error: string; reason: string; hint: string }

export type Level = "ok" | "warn" | "bad";

/** The system as its web node sees it: app/diagnosis.py. */
export interface SystemMessage {
  type: "system"; level: Level; problems: { level: Level; text: string; hint: string }[];
  store: {
    url: string; level: Level; text: string; detail: string; hint: string; waited_ms: number; write_ms: number | null;
    refresh_ms: number; bytes: number | null; samples: number | null;
  };
  web: {
    name: string; version: string; up_ms: number; window_rows: number;
    tiles: { bytes: number; max_bytes: number; entries: number; hit_ratio: number | null };
  };
  nodes: IngestNode[];
  webs: WebPeer[];
  backlog: { hosts: number; records: number; unheard: number; shown: Waiting[] };
  collectors: { hosts: number; shown: Doubt[] };
  ailing: { hosts: number; shown: Ailing[] };
  clocks: { hosts: number; shown: HostClock[] };
  aside: { retired: number; revoked: number };
}

/** link: why there is none to it, or "". Numbers are null where it was not heard yet. */
export interface IngestNode {
  node: string; version: string; state: string; link: string; age_ms: number; store: string; up_ms: number | null;
  commit_ms: number | null; waiting: number | null; waiting_bytes: number | null; records: number | null;
  retried: number | null; readers: number | null; url: string; latency_ms: number | null; link_ms: number | null;
}

/** A web node, as ingest nodes know it. reads, lacks: ingest nodes. differs: of so many hosts it makes something else. */
export interface WebPeer { name: string; url: string; version: string; reads: string[]; lacks: string[]; differs: number }

export interface Waiting {
  host: string; name: string; state: string; count: number; from_ms: number | null; held_ms: number; left_ms: number | null;
}

/** What is odd about a collector. */
export interface Doubt { host: string; name: string; level: Level; about: string; text: string; offset_ms: number }

/** What a collector's disk or dead letters are like. count: of errors, or of letters. */
export interface Ailing { host: string; name: string; level: Level; about: string; count: number }

export interface HostClock { host: string; name: string; state: string; offset_ms: number }

export interface InvalidMessage { type: "invalid"; reason: string }

export type Message =
  | HelloMessage | ViewMessage | PointsMessage | PresenceMessage | SystemMessage | GapsMessage | EventsMessage
  | ContainersMessage | FoundMessage | LinksMessage | BeatMessage | PreferencesMessage | StoreMessage | ErrorMessage | InvalidMessage;

export type Unit = "percent" | "bytes" | "bytes/s" | "bits/s" | "cores" | "count" | "per_second" | "load" | "seconds" | "number";

/** `data-graph`, as layouts/cards.py writes it. */
export interface GraphSettings {
  id: string; query: string; draw: "stacked" | "line" | "mirrored"; unit: Unit; metrics: string[]; below: string[];
  headline: string; limit: number | null; line: boolean;
}

/** `data-tile`. */
export interface TileSettings {
  query: string; unit: Unit; metric?: string; scale?: number; warn?: number; alarm?: number; note?: string;
}

/** `data-fleet`. */
export interface FleetSettings {
  queries: Record<string, string>;
  hosts: { id: string; name: string; fleet: string; cores: number | null; containers: number | null }[];
}

/** The range as the URL has it: expressions of tidegauge/metrics/ranges.py; from "auto": see core/range.mjs. */
export interface Range { from: string; to: string }

/** What is on a time axis, in ms. */
export interface Axis { from: number; to: number }

/** A trace as Plotly takes it. */
export interface Trace {
  type: "scatter"; mode: "lines"; x: (number | null)[]; y: (number | null)[]; hoverinfo: "skip";
  line: { width: number; color: string; simplify: false }; fill?: "tozeroy"; fillcolor?: string; name: string;
}

export interface Plotly {
  react(gd: HTMLElement, data: Trace[], layout: object, config: object): Promise<unknown>;
}

declare global {
  interface Window { Plotly?: Plotly }
}
