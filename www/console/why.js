// The right pane: each decision of the page, with why, and why not something else.

import { choice, choose } from './choice.js';
import { h, prose } from './dom.js';

const MARK = { met: '✓', 'not-met': '✗', open: '?' };
const MARK_WORDS = { met: 'true', 'not-met': 'false', open: 'cannot be decided' };
const OUTCOME = {
  decided: 'decided', refuted: 'no match', undecided: 'cannot be decided', 'outside-traffic': 'outside the traffic', 'gave-way': 'gave way',
  'not-running': 'not running', 'too-late': 'decided before',
};

/** The pane's children. `faults` says what is wrong with slots on the page, by their names. */
export function whyPane(answer, faults, timing) {
  if (!answer) return [h('p', { class: 'note' }, 'Deciding…')];
  const { decisions } = answer;
  if (!decisions.length) {
    return [h('h2', {}, 'Decisions'), h('p', { class: 'note' }, 'This page has no slot, so it is not changed.')];
  }
  const changed = decisions.filter(({ slot, decision }) => decision.content !== null && !faults[slot]?.isKept).length;
  return [
    h('div', { class: 'title row' }, h('h2', {}, 'Decisions'),
      h('span', { class: 'note' }, `${changed} of ${decisions.length} slots changed`)),
    h('p', { class: 'note' }, h('span', { class: `cache ${answer.cache}` }, `cache: ${answer.cache}`), ` ${answer.cache_words}.`,
      timing ? ` ${timing.text}${timing.milliseconds ? `, ${timing.milliseconds.toFixed(1)} ms` : ''}.` : ''),
    decisions.map((entry) => card(entry, faults[entry.slot])),
  ];
}

/** The same decisions in one line each, for the columns of several visitors. */
export function shortList(answer) {
  if (!answer) return h('p', { class: 'note' }, 'Deciding…');
  return h('dl', { class: 'short' }, answer.decisions.map(({ slot, explanation, decision }) => h('div', {},
    h('dt', {}, slot),
    h('dd', {}, shown(decision), h('span', { class: 'note' }, prose(explanation.because))))));
}

function shown(decision) {
  return decision.content === null
    ? h('span', { class: 'content own' }, 'the origin’s own')
    : h('span', { class: 'content' }, decision.content, decision.locale ? h('small', {}, decision.locale) : null);
}

function card(entry, fault) {
  const { slot, decision, explanation, if_all_granted: then } = entry;
  const isOpen = choice().slot === slot;
  const details = h('details', {
    class: 'card', open: isOpen, id: `slot-${slot}`,
    toggle: () => {
      if (details.open) choose({ slot });
      else if (choice().slot === slot) choose({ slot: '' });
    },
  },
  h('summary', { id: `of-${slot}` },
    h('span', { class: 'slot' }, slot),
    shown(decision),
    h('span', { class: 'because' }, prose(explanation.because)),
    then.differs ? h('span', { class: 'then' }, prose(then.sentence), h('small', {}, ' (computed for the preview only)')) : null,
    fault ? h('span', { class: 'fault' }, fault.words) : null),
  h('div', { class: 'inside' },
    facts(entry),
    then.differs ? null : h('p', { class: 'note' }, then.sentence, ' (Computed for the preview only.)'),
    h('h3', {}, 'Experiences, in the order in which they are tried'),
    explanation.experiences.length
      ? h('ol', { class: 'weighed' }, explanation.experiences.map((experience) => experienceItem(slot, experience)))
      : h('p', { class: 'note' }, 'No experience uses this slot.')));
  return details;
}

function facts({ decision, cache }) {
  const { reason, detail, depth, read, experiment, arm, unit, point } = decision;
  const pairs = [
    ['Reason', detail ? `${reason} · ${detail}` : reason],
    ['Depth', `${depth}, the most personal data that this decision used`],
    ['Data read', read.length ? read.join(', ') : 'no data of the visit'],
    ['Cache', cache],
    experiment && ['Experiment', `${experiment}: arm ${arm}, by ${unit} id, point ${point} of 10000`],
  ];
  return h('dl', { class: 'facts' }, pairs.filter(Boolean).map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))));
}

function experienceItem(slot, experience) {
  const { name, purpose, owner, benefit, place, schedule, sentence, eligible, rules, decided, running } = experience;
  return h('li', { class: decided ? 'won' : running ? '' : 'idle' },
    h('details', { open: decided, id: `weighed-${slot}-${name}` },
      h('summary', { id: `head-${slot}-${name}` }, h('strong', {}, name), h('span', { class: 'note' }, prose(sentence))),
      benefit ? h('p', { class: 'note' }, `${benefit}.`) : null,
      h('p', { class: 'note' }, `For ${purpose}${owner ? `, of ${owner}` : ''}. `, h('code', {}, place)),
      schedule ? h('p', { class: 'note' }, `${schedule}.`) : null,
      eligible.length ? rowList('For every rule', eligible) : null,
      h('ol', { class: 'rules' }, rules.map(ruleItem))));
}

function ruleItem(rule) {
  return h('li', { class: `rule ${rule.outcome}` },
    h('p', { class: 'effect' }, h('span', { class: 'badge' }, OUTCOME[rule.outcome]), rule.split ? splitWords(rule.split) : [' show ', h('code', {}, rule.effect)]),
    rule.outcome === 'decided' ? null : h('p', { class: 'note' }, prose(rule.sentence)),
    rowList('', rule.rows),
    h('p', { class: 'note place' }, h('code', {}, rule.place)));
}

function splitWords({ experiment, arms, unit, traffic, layer, drawn }) {
  return [' experiment ', h('code', {}, experiment),
    h('span', { class: 'note' }, ` ${arms.map(([name, share]) => `${name} ${share} %`).join(', ')} by ${unit}${traffic < 100 ? `, ${traffic} % ${layer ? `of layer ${layer}` : 'take part'}` : ''}.`,
      drawn ? ` Drew ${drawn[0]}.` : '')];
}

function rowList(title, rows) {
  if (!rows.length) return null;
  return [
    title ? h('p', { class: 'note' }, `${title}:`) : null,
    h('ul', { class: 'rows' }, rows.map((row) => h('li', { class: row.standing, title: row.text },
      h('span', { class: 'sign', role: 'img', 'aria-label': MARK_WORDS[row.standing] }, MARK[row.standing]),
      h('div', {},
        h('span', {}, row.group === 'none' ? 'not: ' : row.group === 'any' ? 'one of: ' : '', row.sentence),
        row.unknown_because && !row.inside.length ? h('span', { class: 'unknown' }, 'cannot be decided: ', prose(row.unknown_because)) : null,
        row.inside.length ? rowList('', row.inside) : null)))),
  ];
}
