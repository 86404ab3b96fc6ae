/** What data may be used for. */
export type Purpose =
  | "necessary"
  | "contextual"
  | "functional"
  | "analytics"
  | "personalization"
  | "advertising"
  | "sensitive"
  | "storage";

/** What holds now, for every purpose. */
export type Grants = Record<Purpose, boolean>;

/**
 * A visitor's choices: `true` grants, `false` denies, `null` takes back an earlier choice. `"parent"` is a grant that a
 * parent gave; the site has made sure of that. No other grant counts where the law asks for a parent at the visitor's
 * age.
 */
export type Choices = Partial<Record<Purpose, boolean | "parent" | null>>;

export interface Consent {
  /** What holds now, what the visitor said, and how often they changed their mind. */
  get(): { epoch: number; grants: Grants; said: Choices };
  /**
   * Records choices in the consent cookie. A denial takes effect before this returns: content is the origin's own
   * again, and data kept on the device is removed. A grant counts from the next decision on. Throws a `TypeError` on an
   * unknown purpose, before anything changes.
   */
  set(choices: Choices): void;
  /** Denies everything that is optional, at once. */
  withdraw(): void;
  /**
   * Passes on the answer of a consent platform that the page's data block has no table for. A `pending` platform can
   * only take back its own grants. A `known` answer, from before, fills in what the visitor never said here. A `chosen`
   * one, from just now, counts. If one platform denies a purpose, it is denied.
   */
  hear(platform: string, level: "pending" | "known" | "chosen", choices: Choices): void;
  /** Calls `listener` after every change. Returns what ends that. */
  onchange(listener: (grants: Grants) => void): () => void;
}

/** What is behind a reason. `CONSENT_WITHDRAWN`: what it would take is something that the visitor denied; `CONSENT_WITHHELD`: never permitted. */
export type Detail =
  | "CONSENT_WITHHELD"
  | "CONSENT_WITHDRAWN"
  | "DATA_QUALITY"
  | "SCHEDULED"
  | "PAUSED"
  | "STOPPED"
  | "STALE_FEED"
  | "OUT_OF_STOCK"
  | "EXPIRED"
  | "NO_IDENTITY"
  | "HOLDOUT"
  | "SUPPRESSED"
  | "GOAL_REACHED"
  | "DISMISSED"
  | "CAPPED"
  | "TOO_SOON"
  | "QUIET_HOURS"
  | "HISTORY_MISSING"
  | "REPEATED"
  | "OUT_OF_TURN"
  | "BUDGET_SPENT"
  | "PAGE_PLAN"
  | "SLOT_NOT_FOUND"
  | "LOCALE_MISSING"
  | "BUDGET_EXHAUSTED";

/** Why a slot shows what it shows. */
export interface Decision {
  /** The content, or `null` for the origin's own. */
  content: string | null;
  locale: string | null;
  experience: string | null;
  rule: number | null;
  reason: "STATIC" | "DEFAULT" | "TARGETING_MATCH" | "SPLIT" | "DISABLED" | "STALE" | "ERROR";
  detail: Detail | null;
  depth: "none" | "contextual" | "declared" | "behavioural" | "inferred" | "sensitive";
  /** The attributes that were read. */
  read: string[];
  experiment: string | null;
  /** The layer that the experiment shares its visitors with, if it is in one. */
  layer?: string;
  arm: string | null;
  /** The holdout that holds the visitor back from all personalization, if one does, and the content that it holds back. */
  holdout?: string;
  would?: string | null;
  /** The part of the contact policy that held content back, and the first moment at which nothing does. */
  contact?: string | null;
  not_before?: string | null;
  /** A cap had a say, and holds within this page only: nothing remembers contacts before. */
  memory?: "page";
  /** The rules of an earlier release decided, as the visitor is on a journey. Only in what an edge decided. */
  bundle?: string;
  /** The first experience that matched and gave way to what the page shows, if one did: why, and to which slot. */
  gave_way?: { experience: string; why: "repeat" | "conflict" | "changes" | "class"; to: string };
  /** When the message is due, if its experience says so; otherwise at once. */
  when?: { after?: string; not_before?: string };
  /** How the content is shown, if its rule says so: a layout that the slot knows. */
  how?: { layout: string };
  unit: "page" | "session" | "visitor" | "account" | null;
  point: number | null;
}

/** By slot. */
export type Decisions = Record<string, Decision>;

export interface Selvedge {
  readonly version: string;
  readonly consent: Consent;
  /** What this page shows, by slot, without what was taken back. */
  decisions(): Decisions;
  /**
   * `change`: slots changed. `reverted`: slots do not show what was decided, as a framework rendered them again. `consent`: permissions changed.
   * `error`: nothing could be decided on the device, and the page is unchanged.
   */
  on(event: "change" | "reverted", listener: (detail: { slots: string[] }) => void): () => void;
  on(event: "consent", listener: (grants: Grants) => void): () => void;
  on(event: "error", listener: (error: unknown) => void): () => void;
  /**
   * Remembers an attribute of the device, with the day, for later decisions; `null` forgets it. `false` when the page's data block does not list
   * it, or when `storage` and one of its purposes are not granted.
   */
  set(attribute: string, value: string | number | boolean | string[] | null): boolean;
  /**
   * Notes an event for the next beacon, with its name, the minute and `detail`. It never has an id. Returns `false`
   * without `analytics`, or if the page's data block names no receiver. Waiting events are dropped when permission is
   * lowered or the visitor chooses again.
   */
  track(name: string, detail?: Record<string, string | number | boolean | null>): boolean;
  /** Shows the origin's content in one slot, or in all, and says in which. Slots that need a new page for it keep what they show. */
  restore(slot?: string): string[];
  /**
   * Notes that the visitor dismissed what a slot shows: the origin's content comes back, and the contact policy keeps this content away for as
   * long as its `cool_off` says. It fetches the engine. Without `storage` it holds until the page is left.
   */
  dismiss(slot: string): Promise<void>;
  /** Fetches the engine, once. */
  engine(): Promise<Engine>;
  /** Decides this page on the device and applies what changed: after a navigation within the page, say. */
  decide(): Promise<Decisions>;
  /** What the `<Slot>` of frameworks and the loader tell each other; no interface of its own. */
  readonly frames: object;
}

/** Decides on the device, by the same rules as the edge. */
export interface Engine {
  /** Decides slots, or all of them: the JSON that every host writes, or `{"error": …}` for what is not a context. */
  decide(context: Context, slots?: string[]): string;
  /** The changes that these decisions make. `chunk`, `start` and `length` say where the body is. */
  edits(context: Context, slots?: string[]): Edit[];
  /** The names of the slots of the page at `path`. */
  slotsAt(path: string): string[];
  /**
   * A visitor, for many decisions: the answers of `decide`, without its text. The context crosses into the Wasm once. Throws a `TypeError` that says
   * what is wrong with a context; what `decide` refuses, this refuses, in the same words.
   */
  visitor(context: Context): Visitor;
}

/**
 * One visitor. There may be any number of them, and none has to be freed. The engine holds the one who was asked about
 * last, and reads the context of another one again. So a context stays as it is for as long as its visitor is asked
 * about. Without `now`, it is the moment at which the visitor was made.
 */
export interface Visitor {
  /** Decides one slot. A slot that the bundle does not have is control, with `SLOT_NOT_FOUND`. */
  decide(slot: string): Decision;
  /** Decides every slot of the bundle. */
  decideAll(): AllDecisions;
  /** The attributes that a slot's decision read. */
  read(slot: string): string[];
}

/** The decisions of every slot, by the slot's position; names are looked up when they are asked for. */
export interface AllDecisions {
  readonly length: number;
  /** A number for each slot's content, -1 for the origin's own. The same content has the same number in every answer of one engine. */
  readonly contents: Int32Array;
  slot(at: number): string;
  content(at: number): string | null;
  reason(at: number): Decision["reason"];
  detail(at: number): Decision["detail"];
  depth(at: number): Decision["depth"];
}

export type Value = string | number | boolean | string[] | null;
/** RFC 3339 with its offset, or Unix milliseconds. */
export type Instant = string | number;

/** Consent signals as they arrived. */
export interface Signals {
  /** `navigator.globalPrivacyControl`, or `Sec-GPC: 1`. */
  gpc?: boolean | null;
  /** The site's own consent cookie. */
  cookie?: string | null;
  /** A TC string. */
  tcf?: string | null;
  /** A GPP string. */
  gpp?: string | null;
  /** A US Privacy string. */
  usp?: string | null;
  /** The cookies `OptanonConsent` and `OptanonAlertBoxClosed`. */
  onetrust?: string | null;
  onetrust_closed?: string | null;
  /** The cookie `CookieConsent`. */
  cookiebot?: string | null;
  /** The cookie `didomi_token`. */
  didomi?: string | null;
  /** Google Consent Mode by type, as in `ad_storage`. */
  google?: Record<string, "granted" | "denied" | null> | null;
}

/** A contact before, or content that the person dismissed. */
export interface Contact {
  at: Instant;
  channel?: string | null;
  class?: "promotional" | "service" | "legal" | null;
  experience?: string | null;
  content?: string | null;
  dismissed?: boolean | null;
}

/** A person let the site link a device to their account, or withdrew that. */
export interface Link {
  /** The stored id of the device. */
  visitor: string;
  account: string;
  at: Instant;
  /** `false` if the person withdrew it. */
  linked?: boolean;
}

export interface Context {
  attributes?: Record<string, Value>;
  /** When values were observed, if not now. */
  observed?: Record<string, Instant>;
  /** Attributes that nobody could look up. */
  unknown?: string[];
  /** Feeds whose values are older than they may be. */
  stale?: string[];
  /** Contacts before, for the contact policy. `null` says that they are not known, and an empty list that there was none. */
  contacts?: Contact[] | null;
  /** The cookie `selvedge-contact`. It is read only with `storage`. */
  contact_state?: string | null;
  grants?: Choices;
  signals?: Signals;
  /** The age band of the visitor, as the site was told it. */
  minor?: "unknown" | "child" | "teen" | "adult" | null;
  /** How personal decisions may be at most. */
  depth?: Decision["depth"] | null;
  /** ISO 3166: `DE`, `US-CA`. Without it the strictest law holds. */
  region?: string | null;
  identity?: {
    visitor?: string | null;
    account?: string | null;
    session?: string | null;
    page?: string | null;
    /** What is known of links between devices and accounts: those of this device, and those of this account. */
    links?: Link[] | null;
  };
  locale?: string | null;
  now?: Instant | null;
}

export interface Edit {
  slot: string;
  selector: string;
  change: "inner" | "text" | "replace" | "before" | "after" | "remove" | "attribute";
  attribute: string;
  content: string;
  chunk: number;
  start: number;
  length: number;
}

declare global {
  interface Window {
    selvedge: Selvedge;
  }
  interface DocumentEventMap {
    "selvedge:change": CustomEvent<{ slots: string[] }>;
    /** Slots that do not show what was decided, as a framework rendered them again. */
    "selvedge:reverted": CustomEvent<{ slots: string[] }>;
  }
}

/** Nothing on a server that imports the package to render pages: there is no page yet. */
declare const selvedge: Selvedge;
export default selvedge;
