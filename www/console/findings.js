// The findings about the site's files, above everything else. A site with an error keeps its last good version.

import { fill, h, prose } from './dom.js';

/** Fills the section. */
export function showFindings(section, site) {
  const { diagnostics, broken } = site;
  section.hidden = diagnostics.length === 0;
  section.classList.toggle('broken', broken);
  if (section.hidden) return section.replaceChildren();
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  const warnings = diagnostics.length - errors;
  const count = [errors && several(errors, 'error'), warnings && several(warnings, 'warning')].filter(Boolean).join(', ');
  const state = broken ? (site.name ? ': the last good version stays live' : ': nothing can be shown yet') : '';
  const isOpen = section.querySelector('details')?.open ?? broken;
  fill(section, h('details', { open: isOpen || broken },
    h('summary', {}, count + state),
    h('ul', {}, diagnostics.slice(0, 50).map(finding)),
    diagnostics.length > 50 ? h('p', {}, `and ${diagnostics.length - 50} more; run selvedge check`) : null));
}

function finding({ code, severity, what, why, help, mended, owner, source, place }) {
  return h('li', { class: severity },
    h('p', {}, h('span', { class: 'severity' }, severity), ' ', h('strong', {}, prose(what)), ' ', h('span', { class: 'note' }, `${code}${owner ? `, of ${owner}` : ''}`)),
    h('p', {}, h('code', {}, place)),
    source ? h('pre', { tabindex: '0', 'aria-label': 'Source line' }, source) : null,
    why ? h('p', { class: 'note' }, prose(why)) : null,
    help || mended ? h('p', {}, h('span', { class: 'help' }, 'Help: '), prose(help ?? 'write'), mended ? [' → ', h('code', {}, mended)] : null) : null);
}

function several(count, name) {
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}
