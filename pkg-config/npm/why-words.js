// Every word of <selvedge-why>, by language. `{…}` is filled in. A site adds a language, or changes a word, before the first element is on the page.

export const words = {
  en: {
    ask: "Why am I seeing this?",
    about: "Why am I seeing this? About “{slot}”",
    close: "Close",
    wait: "One moment…",
    failed: "The explanation could not be fetched. Please try again later.",
    // Why the slot shows this.
    everybody: "Everybody sees this here. Nothing about you was used.",
    chosen: "This was chosen for you.",
    fitting: "This was chosen by this request and this page. Nothing that is kept about you was used.",
    drawn: "This was drawn by chance.",
    meant: "This is what everybody sees, and the site shows it here on purpose.",
    lookedAt: "Everybody sees this here, as nothing that was looked at made a difference.",
    withheld: "This is what everybody sees. What could change it needs a permission that has not been given.",
    withdrawn: "This is what everybody sees. What could change it is off, because you or your browser said no.",
    unsure: "This is what everybody sees. Something that could change it was not known for certain.",
    plainly: "This is what everybody sees.",
    measured: "It is part of a test of {versions} versions, called “{experiment}”.",
    benefit: "What you gain: {benefit}.",
    data: "What was looked at",
    nothing: "Nothing but the page itself.",
    kept: "{description} ({source}, at most {days} days old)",
    notKept: "{description} ({source}, not kept)",
    looked: "{description} ({source})",
    special: "This is sensitive data.",
    sources: { request: "from this request", page: "from this page", device: "from this device", account: "from your account", feed: "from another system" },
    purposes: "What it is used for",
    // How it ends.
    object: "How to object",
    stop: "Stop this use",
    stops: "“Stop this use” switches this off on the whole site, until you allow it again.",
    necessary: "What is strictly necessary cannot be stopped here. You can object as follows.",
    nothingToStop: "Nothing about you is used here, so there is nothing to stop.",
    back: "This use has stopped. What you see was put back.",
    same: "This use has stopped. What you see stays as it was, as everybody sees it.",
    other: "This use has stopped. What you see now was chosen without it.",
    later: "This use has stopped. What you see changes with the next page.",
    failedToStop: "This use could not be stopped here. Please object as follows.",
    more: "More about your choices",
    // The site, and who else has a part in it.
    details: "Who gets this data, and your rights",
    recipients: "Who gets this data",
    transfer: "Data goes to {to} ({recipient}). {safeguard}",
    cookies: "What is kept on this device",
    cookie: "{name}, for {days} days",
    rights: "Your rights",
    right: {},
    controller: "Answerable: {name}, {address}, {email}",
    representative: "Representative in the European Union: {representative}",
    officer: "Data protection officer: {officer}",
    authority: "Supervisory authority: {authority}",
  },
  de: {
    ask: "Warum sehe ich das?",
    about: "Warum sehe ich das? Es geht um „{slot}“",
    close: "Schließen",
    wait: "Einen Augenblick …",
    failed: "Die Erklärung ließ sich nicht laden. Bitte versuchen Sie es später noch einmal.",
    everybody: "Das sehen hier alle. Nichts über Sie wurde benutzt.",
    chosen: "Das wurde für Sie ausgewählt.",
    fitting: "Das wurde nach dieser Anfrage und dieser Seite ausgewählt. Nichts, was über Sie aufbewahrt wird, wurde benutzt.",
    drawn: "Das wurde ausgelost.",
    meant: "Das sehen alle, und die Website zeigt es hier mit Absicht.",
    lookedAt: "Das sehen hier alle, denn nichts, was angesehen wurde, machte einen Unterschied.",
    withheld: "Das sehen alle. Was es ändern könnte, braucht eine Erlaubnis, die nicht erteilt ist.",
    withdrawn: "Das sehen alle. Was es ändern könnte, ist aus, weil Sie oder Ihr Browser Nein gesagt haben.",
    unsure: "Das sehen alle. Etwas, das es ändern könnte, war nicht sicher bekannt.",
    plainly: "Das sehen alle.",
    measured: "Es gehört zu einem Versuch mit {versions} Fassungen namens „{experiment}“.",
    benefit: "Was Sie davon haben: {benefit}.",
    data: "Was angesehen wurde",
    nothing: "Nichts als die Seite selbst.",
    kept: "{description} ({source}, höchstens {days} Tage alt)",
    notKept: "{description} ({source}, nicht aufbewahrt)",
    looked: "{description} ({source})",
    special: "Das sind besonders schutzwürdige Daten.",
    sources: { request: "aus dieser Anfrage", page: "von dieser Seite", device: "von diesem Gerät", account: "aus Ihrem Konto", feed: "aus einem anderen System" },
    purposes: "Wozu es benutzt wird",
    object: "Wie Sie widersprechen",
    stop: "Diese Nutzung beenden",
    stops: "„Diese Nutzung beenden“ schaltet das auf der ganzen Website ab, bis Sie es wieder erlauben.",
    necessary: "Was unbedingt nötig ist, lässt sich hier nicht beenden. Sie können so widersprechen:",
    nothingToStop: "Hier wird nichts über Sie benutzt, also gibt es nichts zu beenden.",
    back: "Diese Nutzung ist beendet. Was Sie sehen, ist wieder wie für alle.",
    same: "Diese Nutzung ist beendet. Was Sie sehen, bleibt, denn alle sehen es.",
    other: "Diese Nutzung ist beendet. Was Sie jetzt sehen, wurde ohne sie ausgewählt.",
    later: "Diese Nutzung ist beendet. Was Sie sehen, ändert sich mit der nächsten Seite.",
    failedToStop: "Diese Nutzung ließ sich hier nicht beenden. Bitte widersprechen Sie so:",
    more: "Mehr über Ihre Wahl",
    details: "Wer diese Daten bekommt, und Ihre Rechte",
    recipients: "Wer diese Daten bekommt",
    transfer: "Daten gehen nach {to} ({recipient}). {safeguard}",
    cookies: "Was auf diesem Gerät bleibt",
    cookie: "{name}, {days} Tage lang",
    rights: "Ihre Rechte",
    right: {
      access: "Sie können fragen, welche Daten über Sie benutzt werden, und eine Kopie bekommen.",
      rectification: "Sie können falsche Daten berichtigen lassen.",
      erasure: "Sie können Ihre Daten löschen lassen.",
      restriction: "Sie können die Nutzung Ihrer Daten einschränken lassen.",
      portability: "Sie können Ihre Daten in einer Form bekommen, die Maschinen lesen.",
      objection: "Sie können einer Nutzung Ihrer Daten widersprechen, der Sie nicht zugestimmt haben.",
      withdrawal: "Sie können Ihre Einwilligung jederzeit zurücknehmen.",
      complaint: "Sie können sich bei einer Aufsichtsbehörde beschweren.",
    },
    controller: "Verantwortlich: {name}, {address}, {email}",
    representative: "Vertreter in der Europäischen Union: {representative}",
    officer: "Datenschutzbeauftragte Person: {officer}",
    authority: "Aufsichtsbehörde: {authority}",
  },
};

/** The languages to try for a tag, best first: `de-AT`, `de`. */
export function tags(tag) {
  const parts = tag.split("-");
  return parts.map((_, at) => parts.slice(0, parts.length - at).join("-"));
}

/** The language of which there are words. */
export function spoken(tag) {
  return tags(tag).find((one) => Object.hasOwn(words, one)) ?? "en";
}

/** A template with its values. What has no value goes, with the comma or the brackets around it. */
export function fill(text, values) {
  const filled = text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "\0");
  return filled.replace(/,? ?\0| ?\(\0\)/g, "");
}
